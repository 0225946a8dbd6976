/** The judge of payloads against Trino: it lets through exactly what silver's casts take, of every type that a source may declare. */
import { TrinoError } from '@headwaters/localstack/trino';
import type { Column } from '../../lib/model/contract/contract.ts';
import { castSql, disagreement, isAsked, payloadCases } from '../support/payloadCases.ts';
import { appointJudge } from './judge.ts';
import type { Report } from './run.ts';

const SEEDS = [1, 2];
const CASES_PER_COLUMN = 120;

type Query = Awaited<ReturnType<typeof appointJudge>>['trino']['query'];

/** What the casts make of the payloads; null where they fail. `try` takes most errors, the others fail the statement. */
async function castsOf(
  query: Query,
  column: Column,
  payloads: readonly string[],
): Promise<(string | null)[]> {
  try {
    const { rows } = await query(castSql(column, payloads, true));
    const values = new Map(rows.map(([n, value]) => [Number(n), value as string | null]));
    return payloads.map((_, n) => values.get(n) ?? null);
  } catch (error) {
    if (!(error instanceof TrinoError && error.type === 'USER_ERROR')) throw error;
    if (payloads.length === 1) return [null];
    const half = payloads.length >> 1;
    return [
      ...(await castsOf(query, column, payloads.slice(0, half))),
      ...(await castsOf(query, column, payloads.slice(half))),
    ];
  }
}

export async function run(report: Report): Promise<void> {
  const { trino } = await appointJudge();
  const all = SEEDS.flatMap((seed) => payloadCases(seed, CASES_PER_COLUMN)).filter(isAsked);
  for (const [name, cases] of Map.groupBy(all, ({ column }) => column.name)) {
    const { column } = cases[0]!;
    const payloads = cases.map(({ text }) => text);
    const values = await castsOf((sql) => trino.query(sql), column, payloads);
    const found = cases.flatMap((one, n) => disagreement(one, values[n] ?? null) ?? []);
    report(
      `${column.type} ${name}: the judge agrees with the cast on ${cases.length - found.length} of ${cases.length} payloads`,
      found.length === 0,
      found.join('\n'),
    );
  }
}
