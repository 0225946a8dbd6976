/** Defaults of the command line, readable before anything is loaded. */

/** What may run Athena's statements. */
export const ATHENA_ENGINES = ['duckdb', 'trino'] as const;
export type AthenaEngine = (typeof ATHENA_ENGINES)[number];

/** The local cloud's. */
export const DEFAULT_PORT = 4566;

/** In addition to the local cloud's own, which LocalStack and MiniStack take as well. */
export const DEFAULT_ATHENA_PORT = 4567;

/** Folder of the local cloud that a command works on when it names none. */
export const DEFAULT_STATE = '.headwaters';
