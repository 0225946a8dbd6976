/** The law of the table format: whatever sequence of statements ran, a table holds what a plain list of rows would. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import * as iceberg from '../iceberg/index.ts';
import { icebergLake } from './support/icebergLake.ts';

type Row = { id: number; country: string | null; amount: number };

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 0, max: 30 }),
  country: fc.constantFrom('NL', 'a/b c=é', '', null),
  amount: fc.integer({ min: -500, max: 500 }),
});
const oneRowAnId = fc.uniqueArray(row, { selector: (item) => item.id, minLength: 1, maxLength: 8 });

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows: oneRowAnId }),
  fc.record({ kind: fc.constant('delete' as const), below: fc.integer({ min: 0, max: 30 }) }),
  fc.record({
    kind: fc.constant('update' as const),
    country: fc.constantFrom('NL', ''),
    plus: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ kind: fc.constant('merge' as const), rows: oneRowAnId }),
  fc.record({ kind: fc.constantFrom('optimize' as const, 'vacuum' as const) }),
);

const sqlOf = ({ id, country, amount }: Row) =>
  `(${id}, ${country === null ? 'NULL' : `'${country}'`}, ${amount})`;
const valuesOf = (rows: readonly Row[]) =>
  `SELECT * FROM (VALUES ${rows.map(sqlOf).join(', ')}) AS v(id, country, amount)`;

for (const partitioning of [[], ['country'], ['bucket(4, id)', 'truncate(1, country)']])
  test(`random statements leave what a plain list of rows would, partitioned by [${partitioning}]`, async (t) => {
    const { lake, connection, rows, clock } = await icebergLake(t);
    let tables = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const ref = { database: 'd', table: `t${tables++}` };
        await iceberg.createTable(lake, ref, {
          location: `s3://lake/d/${ref.table}`,
          columns: [
            { name: 'id', type: 'int' },
            { name: 'country', type: 'string' },
            { name: 'amount', type: 'decimal(18,2)' },
          ],
          partitioning,
          properties: {
            optimize_rewrite_delete_file_threshold: '1',
            optimize_rewrite_data_file_threshold: '2',
            vacuum_max_snapshot_age_seconds: '0',
            'commit.manifest.min-count-to-merge': '3',
          },
        });
        let model: Row[] = [];

        for (const statement of steps) {
          clock.now += 1000;
          const base = await iceberg.loadTable(lake, ref);
          const { relation } = await iceberg.planScan(lake, connection, base.metadata, { rowIds: true });
          switch (statement.kind) {
            case 'append':
              await iceberg.append(lake, connection, ref, { select: valuesOf(statement.rows) });
              model = [...model, ...statement.rows];
              break;
            case 'delete':
              await iceberg.rowDelta(lake, connection, base, {
                operation: 'delete',
                deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id < ${statement.below}`,
              });
              model = model.filter((item) => item.id >= statement.below);
              break;
            case 'update': {
              const where = `country = '${statement.country}'`;
              await iceberg.rowDelta(lake, connection, base, {
                operation: 'update',
                deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE ${where}`,
                inserts: `SELECT id, country, amount + ${statement.plus} FROM ${relation} WHERE ${where}`,
              });
              model = model.map((item) =>
                item.country === statement.country ? { ...item, amount: item.amount + statement.plus } : item,
              );
              break;
            }
            case 'merge': {
              const ids = statement.rows.map((item) => item.id);
              await iceberg.rowDelta(lake, connection, base, {
                operation: 'merge',
                deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id IN (${ids})`,
                inserts: valuesOf(statement.rows),
              });
              model = [...model.filter((item) => !ids.includes(item.id)), ...statement.rows];
              break;
            }
            case 'optimize':
              await iceberg.optimize(lake, connection, ref);
              break;
            case 'vacuum':
              await iceberg.vacuum(lake, ref);
          }
        }

        const { metadata } = await iceberg.loadTable(lake, ref);
        const plan = await iceberg.planScan(lake, connection, metadata);
        const found = await rows(`SELECT id, country, amount::VARCHAR FROM ${plan.relation}`);
        const sorted = (list: unknown[][]) => list.map((item) => JSON.stringify(item)).sort();
        assert.deepEqual(
          sorted(found),
          sorted(model.map((item) => [item.id, item.country, `${item.amount}.00`])),
        );
      }),
      { numRuns: 20 },
    );
  });
