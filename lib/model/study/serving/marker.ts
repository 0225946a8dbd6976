/** Marks each served statement with what it answers and the run it reads, so that Athena's own record proves where a cursor belongs. */

export interface Marker {
  readonly study: string;
  /** `query <name>` of a declared endpoint, or `sql`. */
  readonly of: string;
  readonly runId: string;
  readonly attempt: number;
}

/** The comment's line; a statement follows on the next one. */
export const markerLine = ({ study, of, runId, attempt }: Marker): string =>
  `-- headwaters ${study} ${of} of run ${runId} attempt ${attempt}\n`;

const LINE = /^-- headwaters (\S+) (query \S+|sql) of run (\S+) attempt (\d+)\n/;

/** A marked statement as its marker and what follows it; undefined for a statement that was not served here. */
export function readMarked(sql: string): { readonly marker: Marker; readonly sql: string } | undefined {
  const found = LINE.exec(sql);
  if (!found) return undefined;
  const [line, study, of, runId, attempt] = found as unknown as [string, string, string, string, string];
  return { marker: { study, of, runId, attempt: Number(attempt) }, sql: sql.slice(line.length) };
}

/** `line 2:5` of the marked statement → `line 1:5` of what the caller wrote. */
export const withoutMarkerLine = (message: string): string =>
  message.replace(
    /\bline (\d+):(\d+)/,
    (_all, line: string, column: string) => `line ${Number(line) - 1}:${column}`,
  );

export interface Cursor {
  readonly queryExecutionId: string;
  /** GetQueryResults' token of the page. */
  readonly token: string;
}

export const encodeCursor = ({ queryExecutionId, token }: Cursor): string =>
  Buffer.from(JSON.stringify([queryExecutionId, token])).toString('base64url');

/** The cursor, or undefined for a text that is not one; whose it is, Athena's record of the execution says. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(read) || read.length !== 2 || !read.every((part) => typeof part === 'string'))
      return undefined;
    const [queryExecutionId, token] = read as [string, string];
    return UUID.test(queryExecutionId) && token !== '' ? { queryExecutionId, token } : undefined;
  } catch {
    return undefined;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isExecutionId = (text: string): boolean => UUID.test(text);
