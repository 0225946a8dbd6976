/** Statements on their way through the state machine: named, with a token, their text along with them or on S3. */
import { createHash } from 'node:crypto';
import type { Databases } from '../../lib/model/databases.ts';
import { runPrefix } from '../../lib/model/run/plan.ts';
import type { Batch, Finished, Statement } from '../../lib/model/run/protocol.ts';

/** Step Functions carries 256 KiB between states; the rest of the state needs some of it, and JSON escapes more. */
const MAX_INLINE_BYTES = 160 * 1024;

export interface StatementHome {
  readonly study: string;
  readonly runId: string;
  readonly attempt: number;
  /** Model or step that the statements belong to; names are unique within it. */
  readonly owner: string;
  /** Whose names the texts are given. */
  readonly databases: Databases;
}

/** Same attempt, owner and name → same token: a start that is repeated runs once. 40 characters; Athena wants 32 to 128. */
const tokenOf = ({ study, runId, attempt, owner }: StatementHome, name: string) =>
  createHash('sha256').update([study, runId, attempt, owner, name].join('\n')).digest('hex').slice(0, 40);

/** Texts that run together, and how many at a time. */
export interface Work {
  readonly texts: Readonly<Record<string, string>>;
  readonly concurrency: number;
}

/**
 * Names the texts of a step's batches. `put` keeps each under the run, where a person finds what was run; when they are too
 * long together, the keys travel instead of the texts.
 */
export async function batchesOf<Name extends string>(
  home: StatementHome,
  batches: Readonly<Record<Name, Work>>,
  put: (key: string, body: string) => Promise<void>,
): Promise<Readonly<Record<Name, Batch>>> {
  const works = Object.entries(batches) as [Name, Work][];
  const bytes = works
    .flatMap(([, { texts }]) => Object.values(texts))
    .reduce((sum, sql) => sum + Buffer.byteLength(JSON.stringify(sql)), 0);
  const prefix = `${runPrefix(home.study, home.runId)}attempt=${home.attempt}/statements/${home.owner}`;
  const travelling = async ([name, text]: [string, string]): Promise<Statement> => {
    const sql = home.databases.ownIn(text);
    const token = tokenOf(home, name);
    const key = `${prefix}/${name}.sql`;
    await put(key, sql);
    return bytes <= MAX_INLINE_BYTES ? { name, token, sql } : { name, token, key };
  };
  const named = works.map(async ([name, { texts, concurrency }]): Promise<[Name, Batch]> => {
    const statements = await Promise.all(Object.entries(texts).map(travelling));
    return [name, { statements, names: Object.keys(texts), concurrency }];
  });
  return Object.fromEntries(await Promise.all(named)) as Record<Name, Batch>;
}

/** Name of each statement of a batch → its query. */
export const queriesOf = ({ names, queries }: Finished): ReadonlyMap<string, string> =>
  new Map(names.map((name, at) => [name, queries[at]!.queryExecutionId]));
