/** The judge lets through exactly what silver's casts take, on the local engine; parity asks the same of Trino. */
import assert from 'node:assert/strict';
import { afterAll, test } from 'vitest';
import type { Column } from '../../lib/model/contract/contract.ts';
import { startEngine } from '../parity/corpus.ts';
import { castSql, disagreement, isAsked, payloadCases, rebuiltSql } from '../support/payloadCases.ts';

const engine = await startEngine();
afterAll(() => engine.close());

/** What the casts make of the payloads; an error's message where they fail. */
async function castsOf(column: Column, payloads: readonly string[]): Promise<(string | null)[] | string> {
  const answer = await engine.ask(castSql(column, payloads, false));
  return 'rows' in answer ? answer.rows.map(([, value]) => value as string | null) : answer.message;
}

for (const [name, cases] of Map.groupBy(payloadCases(1, 40), ({ column }) => column.name)) {
  const { column } = cases[0]!;

  test(`what the judge lets through of ${column.type} ${name}, one cast takes and keeps`, async () => {
    const valid = cases.filter(({ rule }) => rule === undefined);

    const values = await castsOf(
      column,
      valid.map(({ text }) => text),
    );

    if (typeof values === 'string') assert.fail(values);
    assert.deepEqual(valid.map((one, at) => disagreement(one, values[at] ?? null)).filter(Boolean), []);
  });

  test(`a rebuilt silver table keeps what the judge lets through of ${column.type} ${name}, and fails on nothing`, async () => {
    const asked = cases.filter((one) => one.rule === undefined || isAsked(one));
    const answer = await engine.ask(
      rebuiltSql(
        column,
        asked.map(({ text }) => text),
      ),
    );

    if (!('rows' in answer)) assert.fail(answer.message);
    const valid = asked.flatMap((one, at) =>
      one.rule === undefined ? [[one, answer.rows[at]!] as const] : [],
    );
    assert.deepEqual(
      valid
        .flatMap(([one, [, value, rule]]) => [disagreement(one, value as string | null), rule])
        .filter(Boolean),
      [],
    );
  });

  test(`what the judge refuses of ${column.type} ${name}, the cast does not take or would change`, async () => {
    // Each fails a statement of its own, which takes the engine longer to plan than to run.
    const refused = cases.filter((one) => one.rule !== undefined && isAsked(one)).slice(0, 12);
    const found: (string | undefined)[] = [];
    for (const one of refused) {
      const values = await castsOf(column, [one.text]);
      found.push(disagreement(one, typeof values === 'string' ? null : (values[0] ?? null)));
    }

    assert.deepEqual(found.filter(Boolean), []);
  });
}
