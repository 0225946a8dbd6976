/** Statements on their way through the state machine: named, with a token, their text along with them or on S3. */
import { createHash } from 'node:crypto';
import type { Databases } from '../../lib/model/databases.ts';
import { runPrefix } from '../../lib/model/run/plan.ts';
import type { Batch, Finished } from '../../lib/model/run/protocol.ts';
import { checkedStatement, jsonBytes, maxTravellingBytes } from '../../lib/model/sql/write.ts';

/** What is kept of a finished query in the state, as JSON. */
const QUERY_BYTES = 64;

export interface StatementHome {
  readonly study: string;
  readonly runId: string;
  readonly attempt: number;
  /** Model or step that the statements belong to; names are unique within it. */
  readonly owner: string;
  /** Whose names the texts are given. */
  readonly databases: Databases;
}

/** Same attempt, owner and name → same token: a start that is repeated runs once. 40 characters; Athena takes 32 to 128. */
export const tokenOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 40);

/** Texts that run together, and how many at a time. */
export interface Work {
  readonly texts: Readonly<Record<string, string>>;
  readonly concurrency: number;
}

/**
 * Names the texts of a step's batches. `put` keeps each under the run, where a person finds what was run; when they are too
 * long together to be carried by Step Functions, only their names travel.
 * @throws RangeError when the names are too long too, and for a text that cannot be carried.
 */
export async function batchesOf<Name extends string>(
  home: StatementHome,
  batches: Readonly<Record<Name, Work>>,
  put: (key: string, body: string) => Promise<void>,
): Promise<Readonly<Record<Name, Batch>>> {
  const prefix = `${runPrefix(home.study, home.runId)}attempt=${home.attempt}/statements/${home.owner}/`;
  const works = Object.entries(batches) as [Name, Work][];
  const inline = works.map(([batch, { texts, concurrency }]): [Name, Batch] => {
    const statements = Object.entries(texts).map(([name, text]) => ({
      name,
      token: tokenOf(`${prefix}${name}.sql`),
      sql: checkedStatement(name, home.databases.ownIn(text)),
    }));
    return [batch, { statements, names: Object.keys(texts), prefix, concurrency }];
  });
  const all = inline.flatMap(([, { statements }]) => statements);
  await Promise.all(all.map(({ name, sql }) => put(`${prefix}${name}.sql`, sql)));
  const named = (found: [Name, Batch][]) => Object.fromEntries(found) as Record<Name, Batch>;
  const bytesOf = (found: [Name, Batch][]) => jsonBytes(named(found)) + all.length * QUERY_BYTES;
  if (bytesOf(inline) <= maxTravellingBytes) return named(inline);
  const fetched = inline.map(([batch, one]): [Name, Batch] => [batch, { ...one, statements: [] }]);
  const bytes = bytesOf(fetched);
  if (bytes > maxTravellingBytes)
    throw new RangeError(
      `${home.owner} has ${all.length} statements, whose names and queries have ${bytes} bytes as JSON; Step Functions can carry ${maxTravellingBytes} of them. Rebuild fewer partitions at a time with --from and --to, or fewer models with --select`,
    );
  return named(fetched);
}

/** Name of each statement of a batch → its query. */
export const queriesOf = ({ names, queries }: Finished): ReadonlyMap<string, string> =>
  new Map(names.map((name, at) => [name, queries[at]!.queryExecutionId]));
