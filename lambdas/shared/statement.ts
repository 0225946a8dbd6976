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
  /** Model or step that the statements belong to; names are unique within it. */
  readonly owner: string;
}

/** Same run, owner and name → same token: a start that is repeated runs once. 40 characters; Athena wants 32 to 128. */
const tokenOf = ({ study, runId, owner }: StatementHome, name: string) =>
  createHash('sha256').update([study, runId, owner, name].join('\n')).digest('hex').slice(0, 40);

/** Names the texts; when they are too long together, `put` stores each under the run and its key travels. */
export async function statementsOf(
  home: StatementHome,
  texts: Readonly<Record<string, string>>,
  put: (key: string, body: string) => Promise<void>,
): Promise<Statement[]> {
  const entries = Object.entries(texts);
  const bytes = entries.reduce((sum, [, sql]) => sum + Buffer.byteLength(JSON.stringify(sql)), 0);
  const statements: Statement[] = [];
  for (const [name, sql] of entries) {
    const token = tokenOf(home, name);
    if (bytes <= MAX_INLINE_BYTES) {
      statements.push({ name, token, sql });
      continue;
    }
    const key = `${runPrefix(home.study, home.runId)}statements/${home.owner}/${name}.sql`;
    await put(key, sql);
    statements.push({ name, token, key });
  }
  return statements;
}

/** @throws Error when the step that should have run the query did not. */
export function queryOf(queries: readonly FinishedQuery[], name: string): string {
  const query = queries.find((one) => one.name === name);
  if (query) return query.queryExecutionId;
  throw new Error(
    `The query "${name}" was not run; there are: ${queries.map((one) => one.name).join(', ') || 'none'}.`,
  );
}
