/** The short ways of reading an instant against the general ones: they must never differ. */
import assert from 'node:assert/strict';
import { afterAll, test } from 'vitest';
import { openSqlEngine } from '../../test/support/sqlEngine.ts';

const { connection, close } = await openSqlEngine();
afterAll(close);

/** What the expression is, or that it was refused. */
async function answer(sql: string): Promise<unknown> {
  try {
    return (await connection.runAndReadAll(`SELECT CAST(${sql} AS VARCHAR)`)).getRows();
  } catch (error) {
    return (error as Error).message.slice(0, 60);
  }
}

for (const text of [
  '2024-02-29T10:11:12Z',
  '2024-01-01T10:11:12.1Z',
  '1969-12-31T23:59:59.999Z',
  '0001-01-01T00:00:00Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T23:59:60Z',
  '2023-02-29T10:11:12Z',
  '2024-13-01T00:00:00Z',
  '2024-01-01T10:11:12.1234Z',
  '2024-01-01T10:11:12+02:00',
  '2024-01-01T10:11:12.12Z',
  '2024-01-01T10:11:12.123456Z',
  '2024-01-01 10:11:12Z',
  '2024/01/01T10:11:12Z',
  ' 024-01-01T10:11:12Z',
  '-024-01-01T10:11:12Z',
  '2024-+1-01T10:11:12Z',
  '2024-1 -01T10:11:12Z',
  '2024-01- 1T10:11:12Z',
  '2024-01-01T 1:11:12Z',
  '2024-01-01T\t1:11:12Z',
  '\t024-01-01T10:11:12Z',
  '2024-01-01T1 :11:12Z',
  '2024-01-01T10:11:1 Z',
  '2024-01-01T10:11: 1Z',
  '2024-01-01T10:11:+1Z',
  '2024-01-01T10:11:12.1 3Z',
  '2024-01-01T10:11:12. 13Z',
  '2024-01-01T10:11:12.12ZZ',
  '20x4-01-01T10:11:12Z',
  '202٤-01-01T10:11:12Z',
  '2024-01-01',
  'soon',
])
  test(`${text} is the same instant, or refused alike, by the short and the general way`, async () => {
    const [general, short, instant] = ['any_timestamp', 'timestamp', 'instant'].map(
      (name) => `hw_iso_${name}('${text}')`,
    );

    assert.deepEqual(await answer(short!), await answer(general!));
    assert.deepEqual(await answer(instant!), await answer(`(${general}).t`));
    const cast = text.replace('T', ' ');
    const zoned = await answer(`hw_zoned_any('${cast}')`);
    assert.deepEqual(await answer(`hw_zoned_instant('${cast}')`), zoned);
    assert.deepEqual(await answer(`hw_zoned_iso_instant('${text}')`), zoned);
  });

for (const name of ['hw_iso_instant', 'hw_zoned_instant', 'hw_zoned_iso_instant'])
  test(`${name} leaves its general way until the short one has failed`, async () => {
    const reader = await connection.runAndReadAll(
      `EXPLAIN (FORMAT json) SELECT ${name}(text) FROM (SELECT CAST(i AS VARCHAR) AS text FROM range(10) AS r(i))`,
    );

    const [plan] = JSON.parse(reader.getRowsJS()[0]![1] as string) as [PlanNode];
    assert.deepEqual(
      projections(plan).filter((made) => /^"?(?:regexp_extract|replace)/.test(made)),
      [],
    );
  });

interface PlanNode {
  readonly children: readonly PlanNode[];
  readonly extra_info: { readonly Projections?: string | readonly string[] };
}

/** What every projection of a plan makes, each as DuckDB writes it. */
const projections = ({ children, extra_info: { Projections: own = [] } }: PlanNode): string[] => [
  ...[own].flat(),
  ...children.flatMap(projections),
];
