/** What a page says of tables that no run has published yet. */
import { QueryFailedError } from '../../lake/ask.ts';
import { PageProblem } from './http.ts';

/** Tables of models exist once a run has published them. @throws PageProblem 409 for a table that is missing, else the error itself */
export const orNotPublished =
  (study: string) =>
  (error: unknown): never => {
    if (!(error instanceof QueryFailedError && error.message.startsWith('TABLE_NOT_FOUND'))) throw error;
    throw new PageProblem(409, 'No run has published this yet.', {
      detail: error.message,
      remedy: `npx headwaters run ${study}`,
    });
  };
