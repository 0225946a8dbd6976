/** Columns as GetQueryResults describes them. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { columnInfo, metadataFile } from './columns.ts';

// ResultSetMetadata as recorded in awswrangler's and dbt-athena's issues and in Athena's API examples.
test('precision, scale and case-sensitivity follow the type', () => {
  const shown = [
    'varchar',
    'varchar(3)',
    'bigint',
    'decimal(18,2)',
    'real',
    'timestamp(6)',
    'array(bigint)',
  ].map((type) => {
    const { Type, Precision, Scale, CaseSensitive } = columnInfo('c', type);
    return [Type, Precision, Scale, CaseSensitive];
  });

  assert.deepEqual(shown, [
    ['varchar', 2147483647, 0, true],
    ['varchar', 3, 0, true],
    ['bigint', 19, 0, false],
    ['decimal', 18, 2, false],
    ['float', 17, 0, false],
    ['timestamp', 3, 0, false],
    ['array', 0, 0, false],
  ]);
});

test('the metadata file is the message that the JDBC driver of io.burt reads', () => {
  const file = metadataFile('q', [columnInfo('n', 'integer')]);

  const column = Buffer.concat([
    Buffer.from([0x0a, 4]),
    Buffer.from('hive'),
    Buffer.from([0x22, 1]),
    Buffer.from('n'),
    Buffer.from([0x2a, 1]),
    Buffer.from('n'),
    Buffer.from([0x32, 7]),
    Buffer.from('integer'),
    Buffer.from([0x38, 10, 0x40, 0, 0x48, 3, 0x50, 0]),
  ]);
  assert.deepEqual(
    file,
    Buffer.concat([Buffer.from([0x0a, 1]), Buffer.from('q'), Buffer.from([0x22, column.length]), column]),
  );
});
