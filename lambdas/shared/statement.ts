/** Statements on their way through the state machine: named, with a token, their text along with them or on S3. */
import { createHash } from 'node:crypto';
import { runPrefix } from '../../lib/model/plan.ts';

/** A statement to run. Its text travels in the state while all of a step's texts fit, else its S3 key does. */
export type Statement = { readonly name: string; readonly token: string } & (
  | { readonly sql: string }
  | { readonly key: string }
);

/** What running one gave. */
export interface FinishedQuery {
  readonly name: string;
  readonly queryExecutionId: string;
}

/** Step Functions carries 256 KiB between states; the rest of the state needs some of it, and JSON escapes more. */
const MAX_INLINE_BYTES = 160 * 1024;

export interface StatementHome {
  readonly study: string;
  readonly runId: string;
  readonly attempt: number;
  /** Model or step that the statements belong to; names are unique within it. */
  readonly owner: string;
}

/** Same attempt, owner and name → same token: a start that is repeated runs once. 40 characters; Athena wants 32 to 128. */
const tokenOf = ({ study, runId, attempt, owner }: StatementHome, name: string) =>
  createHash('sha256').update([study, runId, attempt, owner, name].join('\n')).digest('hex').slice(0, 40);

/**
 * Names the texts. `put` keeps each under the run, where a person finds what was run; when they are too long together,
 * the keys travel instead of the texts.
 */
export async function statementsOf(
  home: StatementHome,
  texts: Readonly<Record<string, string>>,
  put: (key: string, body: string) => Promise<void>,
): Promise<Statement[]> {
  const entries = Object.entries(texts);
  const bytes = entries.reduce((sum, [, sql]) => sum + Buffer.byteLength(JSON.stringify(sql)), 0);
  const prefix = `${runPrefix(home.study, home.runId)}attempt=${home.attempt}/statements/${home.owner}`;
  return Promise.all(
    entries.map(async ([name, sql]): Promise<Statement> => {
      const token = tokenOf(home, name);
      const key = `${prefix}/${name}.sql`;
      await put(key, sql);
      return bytes <= MAX_INLINE_BYTES ? { name, token, sql } : { name, token, key };
    }),
  );
}

/** @throws Error when the step that should have run the query did not. */
export function queryOf(queries: readonly FinishedQuery[], name: string): string {
  const query = queries.find((one) => one.name === name);
  if (query) return query.queryExecutionId;
  throw new Error(
    `The query "${name}" was not run; there are: ${queries.map((one) => one.name).join(', ') || 'none'}.`,
  );
}
