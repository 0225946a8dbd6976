/** Types in the spellings of Athena, Trino and DuckDB, field ids, and how a schema may evolve. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { evolved, type SchemaChange } from './evolve.ts';
import type { TableMetadata } from './metadata.ts';
import { parseType } from './parseType.ts';
import { athenaType, duckdbType, glueType, newSchema, trinoType } from './schema.ts';
import { newMetadata } from './table.ts';

test('a type is read in either spelling and written in all of them', () => {
  const hive = parseType('struct<a:int,b:array<map<string,decimal(10,2)>>,c:timestamp>');
  const trino = parseType('ROW(a integer, b array(map(varchar, decimal(10, 2))), c timestamp(6))');

  assert.deepEqual(hive, trino);
  assert.equal(athenaType(hive), 'struct<a:int,b:array<map<string,decimal(10,2)>>,c:timestamp>');
  assert.equal(trinoType(hive), 'row(a integer, b array(map(varchar, decimal(10,2))), c timestamp(6))');
  assert.equal(duckdbType(hive), 'STRUCT("a" INTEGER, "b" MAP(VARCHAR, DECIMAL(10,2))[], "c" TIMESTAMP)');
  assert.equal(glueType(parseType('timestamp(6) with time zone')), 'timestamp');
});

test('types that Iceberg lacks are refused in Trino’s words', () => {
  assert.throws(() => parseType('tinyint'), {
    code: 'NOT_SUPPORTED',
    message: 'Type not supported for Iceberg: tinyint',
  });
  // The wording is that of io.trino.plugin.iceberg.TypeConverter.toIcebergType.
  assert.throws(() => parseType('timestamp(3)'), {
    message: 'Timestamp precision (3) not supported for Iceberg. Use "timestamp(6)" instead.',
  });
  assert.throws(() => parseType('timestamp(3) with time zone'), {
    message: 'Timestamp precision (3) not supported for Iceberg. Use "timestamp(6) with time zone" instead.',
  });
  assert.throws(() => parseType('array<int'), { code: 'INVALID_ARGUMENTS' });
  assert.throws(() => parseType('int)'), { code: 'INVALID_ARGUMENTS' });
});

test('field ids go to a level’s columns before those nested in them', () => {
  const { schema, lastColumnId } = newSchema([
    { name: 'id', type: 'bigint' },
    { name: 'place', type: 'struct<city:string,at:struct<x:double,y:double>>' },
    { name: 'tags', type: 'map<string,array<int>>' },
  ]);

  assert.deepEqual(
    schema.fields.map((field) => field.id),
    [1, 2, 3],
  );
  assert.deepEqual(
    JSON.stringify(schema.fields.slice(1).map((field) => field.type)).match(
      /"(?:key-|value-|element-)?id":\d+/g,
    ),
    ['"id":4', '"id":5', '"id":6', '"id":7', '"key-id":8', '"value-id":9', '"element-id":10'],
  );
  assert.equal(lastColumnId, 10);
});

test('two names that differ in case only are refused', () => {
  assert.throws(
    () =>
      newSchema([
        { name: 'Id', type: 'int' },
        { name: 'id', type: 'int' },
      ]),
    { code: 'COLUMN_ALREADY_EXISTS' },
  );
});

const table = (): TableMetadata =>
  newMetadata(
    {
      location: 's3://lake/t',
      columns: [
        { name: 'id', type: 'int' },
        { name: 'price', type: 'decimal(9,2)' },
        { name: 'place', type: 'struct<city:string>' },
        { name: 'lines', type: 'array<struct<text:string>>' },
        { name: 'at', type: 'timestamp' },
      ],
      partitioning: ['month(at)'],
    },
    0,
  );

const typesAfter = (changes: SchemaChange[]) => {
  const metadata = evolved(table(), changes)!;
  return metadata.schemas
    .at(-1)!
    .fields.map((field) => `${field.id} ${field.name} ${athenaType(field.type)}`);
};

test('columns are added, renamed, widened, moved and dropped, at any depth, and keep their ids', () => {
  const fields = typesAfter([
    { change: 'rename', name: 'place.city', to: 'town' },
    { change: 'add', name: 'place.zip', type: 'string', first: true },
    { change: 'add', name: 'lines.element.kind', type: 'int' },
    { change: 'add', name: 'note', type: 'struct<a:int>', after: 'id' },
    { change: 'widen', name: 'id', type: 'bigint' },
    { change: 'widen', name: 'price', type: 'decimal(18,2)' },
    { change: 'move', name: 'at', first: true },
  ]);

  assert.deepEqual(fields, [
    '5 at timestamp',
    '1 id bigint',
    '11 note struct<a:int>',
    '2 price decimal(18,2)',
    '3 place struct<zip:string,town:string>',
    '4 lines array<struct<text:string,kind:int>>',
  ]);
});

test('a change that old files could not be read with is refused', () => {
  const refused: [SchemaChange, string][] = [
    [{ change: 'widen', name: 'id', type: 'string' }, 'NOT_SUPPORTED'],
    [{ change: 'widen', name: 'price', type: 'decimal(18,4)' }, 'NOT_SUPPORTED'],
    [{ change: 'drop', name: 'at' }, 'NOT_SUPPORTED'],
    [{ change: 'drop', name: 'gone' }, 'COLUMN_NOT_FOUND'],
    [{ change: 'rename', name: 'id', to: 'PRICE' }, 'COLUMN_ALREADY_EXISTS'],
    [{ change: 'add', name: 'id.x', type: 'int' }, 'INVALID_ARGUMENTS'],
  ];

  for (const [change, code] of refused) assert.throws(() => evolved(table(), [change]), { code });
});

test('a change that changes nothing makes no new schema', () => {
  assert.equal(evolved(table(), [{ change: 'widen', name: 'id', type: 'int' }]), undefined);
});
