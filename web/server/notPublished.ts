/** What a page says of tables and columns that no run has published yet. */
import { QueryFailedError } from '../../lake/ask.ts';
import { PageProblem } from './http.ts';

const MISSING = {
  TABLE_NOT_FOUND: 'No run has published this yet.',
  COLUMN_NOT_FOUND: 'The last run did not publish this column.',
} as const;

/**
 * Tables of models exist once a run has published them, and a column that was added to one once the next run has.
 * @throws PageProblem 409 for a table or a column that is missing, else the error itself
 */
export const orNotPublished =
  (study: string) =>
  (error: unknown): never => {
    if (!(error instanceof QueryFailedError)) throw error;
    const missing = Object.entries(MISSING).find(([code]) => error.message.startsWith(code));
    if (!missing) throw error;
    throw new PageProblem(409, missing[1], {
      detail: error.message,
      remedy: `npx headwaters run ${study}`,
    });
  };
