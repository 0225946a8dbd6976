/** Parses what changes or shows the catalog: Athena's DDL, which is Hive's, with Iceberg's partition transforms. */
import { notVerified, SqlError } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseHiveType } from './hiveType.ts';
import { takeQuery } from './query.ts';
import type {
  AlterAction,
  ColumnDefinition,
  PartitionTransform,
  PartitionValues,
  PropertyValue,
  RowFormat,
  Statement,
} from './tree.ts';

const acceptIfNotExists = (cursor: Cursor) => cursor.accept('IF', 'NOT', 'EXISTS');
const acceptIfExists = (cursor: Cursor) => cursor.accept('IF', 'EXISTS');

export function parseCreate(cursor: Cursor): Statement {
  cursor.expect('CREATE');
  if (cursor.accept('DATABASE') || cursor.accept('SCHEMA')) return parseCreateDatabase(cursor);
  if (cursor.accept('EXTERNAL')) {
    cursor.expect('TABLE');
    return parseExternalTable(cursor);
  }
  const orReplace = cursor.accept('OR', 'REPLACE');
  if (cursor.accept('VIEW')) {
    const name = cursor.qualifiedName();
    cursor.expect('AS');
    return { kind: 'create-view', name, orReplace, ...takeQuery(cursor) };
  }
  if (orReplace) cursor.fail("'MATERIALIZED', 'MULTI', 'PROTECTED', 'VIEW'");
  cursor.expect('TABLE');
  return parseTable(cursor);
}

function parseCreateDatabase(cursor: Cursor): Statement {
  const ifNotExists = acceptIfNotExists(cursor);
  const { name } = cursor.identifier();
  const comment = cursor.accept('COMMENT') ? cursor.hiveString() : undefined;
  const location = cursor.accept('LOCATION') ? cursor.hiveString() : undefined;
  const properties = cursor.accept('WITH', 'DBPROPERTIES') ? parseHiveProperties(cursor) : {};
  return { kind: 'create-database', name, ifNotExists, comment, location, properties };
}

/** `('key'='value', …)`. */
function parseHiveProperties(cursor: Cursor): Record<string, string> {
  return Object.fromEntries(
    cursor.parenthesised(() => {
      const key = cursor.hiveString();
      cursor.expect('=');
      const literal =
        cursor.peek().type === 'integer' || cursor.peek().type === 'decimal'
          ? cursor.next().text
          : cursor.hiveString();
      return [key, literal] as const;
    }),
  );
}

/** `(name = literal, …)` of CTAS and UNLOAD. */
export function parseWithProperties(cursor: Cursor): Record<string, PropertyValue> {
  return Object.fromEntries(
    cursor.parenthesised(() => {
      const { name } = cursor.identifier();
      cursor.expect('=');
      return [name.toLowerCase(), parsePropertyValue(cursor)] as const;
    }),
  );
}

function parsePropertyValue(cursor: Cursor): PropertyValue {
  if (cursor.accept('TRUE')) return true;
  if (cursor.accept('FALSE')) return false;
  if (cursor.accept('ARRAY', '[')) {
    const values = cursor.at(']') ? [] : cursor.list(() => parsePropertyValue(cursor));
    cursor.expect(']');
    return values;
  }
  if (cursor.peek().type === 'string') return cursor.string();
  if (cursor.peek().type === 'decimal') return Number(cursor.next().value);
  return cursor.integer();
}

function parseColumn(cursor: Cursor): ColumnDefinition {
  const { name } = cursor.identifier();
  const type = parseHiveType(cursor);
  return {
    name: name.toLowerCase(),
    type,
    comment: cursor.accept('COMMENT') ? cursor.hiveString() : undefined,
  };
}

function parseExternalTable(cursor: Cursor): Statement {
  const ifNotExists = acceptIfNotExists(cursor);
  const name = cursor.qualifiedName();
  const columns = cursor.parenthesised(() => parseColumn(cursor));
  const comment = cursor.accept('COMMENT') ? cursor.hiveString() : undefined;
  const partitionedBy = cursor.accept('PARTITIONED', 'BY')
    ? cursor.parenthesised(() => parseColumn(cursor))
    : [];
  let clusteredBy: { columns: string[]; buckets: number } | undefined;
  if (cursor.accept('CLUSTERED', 'BY')) {
    const names = cursor.parenthesised(() => cursor.identifier().name.toLowerCase());
    cursor.expect('INTO');
    clusteredBy = { columns: names, buckets: cursor.integer() };
    cursor.expect('BUCKETS');
  }
  const rowFormat = cursor.accept('ROW', 'FORMAT') ? parseRowFormat(cursor) : undefined;
  const storedAs = cursor.accept('STORED', 'AS') ? parseStoredAs(cursor) : undefined;
  const location = cursor.accept('LOCATION') ? cursor.hiveString() : undefined;
  const properties = cursor.accept('TBLPROPERTIES') ? parseHiveProperties(cursor) : {};
  return {
    kind: 'create-external-table',
    name,
    ifNotExists,
    columns,
    comment,
    partitionedBy,
    clusteredBy,
    rowFormat,
    storedAs,
    location,
    properties,
  };
}

function parseRowFormat(cursor: Cursor): RowFormat {
  if (cursor.accept('SERDE')) {
    const serde = cursor.hiveString();
    const serdeProperties = cursor.accept('WITH', 'SERDEPROPERTIES') ? parseHiveProperties(cursor) : {};
    return { serde, serdeProperties };
  }
  cursor.expect('DELIMITED');
  const delimited: Record<string, string> = {};
  for (;;)
    if (cursor.accept('FIELDS', 'TERMINATED', 'BY')) {
      delimited['field.delim'] = cursor.hiveString();
      if (cursor.accept('ESCAPED', 'BY')) delimited['escape.delim'] = cursor.hiveString();
    } else if (cursor.accept('COLLECTION', 'ITEMS', 'TERMINATED', 'BY'))
      delimited['collection.delim'] = cursor.hiveString();
    else if (cursor.accept('MAP', 'KEYS', 'TERMINATED', 'BY'))
      delimited['mapkey.delim'] = cursor.hiveString();
    else if (cursor.accept('LINES', 'TERMINATED', 'BY')) delimited['line.delim'] = cursor.hiveString();
    else if (cursor.accept('NULL', 'DEFINED', 'AS'))
      delimited['serialization.null.format'] = cursor.hiveString();
    else return { serdeProperties: {}, delimited };
}

function parseStoredAs(cursor: Cursor): { format: string } | { inputFormat: string; outputFormat: string } {
  if (!cursor.accept('INPUTFORMAT')) return { format: cursor.identifier().name.toUpperCase() };
  const inputFormat = cursor.hiveString();
  cursor.expect('OUTPUTFORMAT');
  return { inputFormat, outputFormat: cursor.hiveString() };
}

/** `CREATE TABLE` without EXTERNAL: CTAS, or an Iceberg table. */
function parseTable(cursor: Cursor): Statement {
  const ifNotExists = acceptIfNotExists(cursor);
  const name = cursor.qualifiedName();
  const isCtas =
    !cursor.at('(') ||
    cursor.couldTake(() => {
      cursor.parenthesised(() => cursor.identifier());
      if (!cursor.at('AS') && !cursor.at('WITH') && !cursor.at('COMMENT')) cursor.fail("'AS'");
    });
  if (isCtas) return parseCtas(cursor, name, ifNotExists);
  const columns = cursor.parenthesised(() => parseColumn(cursor));
  const comment = cursor.accept('COMMENT') ? cursor.hiveString() : undefined;
  const partitionedBy = cursor.accept('PARTITIONED', 'BY')
    ? cursor.parenthesised(() => parseTransform(cursor))
    : [];
  const location = cursor.accept('LOCATION') ? cursor.hiveString() : undefined;
  const properties = cursor.accept('TBLPROPERTIES') ? parseHiveProperties(cursor) : {};
  return { kind: 'create-table', name, ifNotExists, columns, comment, partitionedBy, location, properties };
}

function parseCtas(
  cursor: Cursor,
  name: Extract<Statement, { kind: 'ctas' }>['name'],
  ifNotExists: boolean,
): Statement {
  const columnNames = cursor.at('(')
    ? cursor.parenthesised(() => cursor.identifier().name.toLowerCase())
    : undefined;
  const comment = cursor.accept('COMMENT') ? cursor.string() : undefined;
  const properties = cursor.accept('WITH') ? parseWithProperties(cursor) : {};
  cursor.expect('AS');
  const { query, queryText } = takeQuery(cursor);
  let withData = true;
  if (cursor.accept('WITH', 'NO', 'DATA')) withData = false;
  else cursor.accept('WITH', 'DATA');
  return { kind: 'ctas', name, ifNotExists, columnNames, comment, properties, query, queryText, withData };
}

const TRANSFORMS: Readonly<Record<string, PartitionTransform['transform']>> = {
  year: 'year',
  years: 'year',
  month: 'month',
  months: 'month',
  day: 'day',
  days: 'day',
  hour: 'hour',
  hours: 'hour',
  bucket: 'bucket',
  truncate: 'truncate',
};

/** Iceberg's transforms as Athena writes them: `bucket(16, id)`, `truncate(4, name)`, `day(ts)`, or a column. */
function parseTransform(cursor: Cursor): PartitionTransform {
  const token = cursor.peek();
  const { name } = cursor.identifier();
  if (!cursor.accept('(')) return { transform: 'identity', column: name.toLowerCase() };
  const transform = TRANSFORMS[name.toLowerCase()];
  if (!transform)
    throw new SqlError(
      'SYNTAX_ERROR',
      `'${name}' is not a partition transform; allowed: year, month, day, hour, bucket, truncate`,
      token,
    );
  let argument: number | undefined;
  if (transform === 'bucket' || transform === 'truncate') {
    argument = cursor.integer();
    cursor.expect(',');
  }
  const column = cursor.identifier().name.toLowerCase();
  cursor.expect(')');
  return argument === undefined ? { transform, column } : { transform, column, argument };
}

export function parseDrop(cursor: Cursor): Statement {
  cursor.expect('DROP');
  if (cursor.accept('DATABASE') || cursor.accept('SCHEMA')) {
    const ifExists = acceptIfExists(cursor);
    const { name } = cursor.identifier();
    const cascade = cursor.accept('CASCADE');
    if (!cascade) cursor.accept('RESTRICT');
    return { kind: 'drop-database', name, ifExists, cascade };
  }
  const kind = cursor.accept('VIEW') ? 'drop-view' : 'drop-table';
  if (kind === 'drop-table') cursor.expect('TABLE');
  const ifExists = acceptIfExists(cursor);
  return { kind, name: cursor.qualifiedName(), ifExists };
}

/** `(dt = '2024-01-01', hour = 3)`. */
function parsePartitionValues(cursor: Cursor): PartitionValues {
  return cursor.parenthesised(() => {
    const column = cursor.identifier().name.toLowerCase();
    cursor.expect('=');
    const value = cursor.peek().type === 'integer' ? cursor.next().value : cursor.hiveString();
    return { column, value };
  });
}

export function parseAlterTable(cursor: Cursor): Statement {
  cursor.expect('ALTER', 'TABLE');
  if (cursor.at('IF', 'EXISTS')) refuseAlterIfExists(cursor);
  const name = cursor.qualifiedName();
  return { kind: 'alter-table', name, change: parseAlterAction(cursor) };
}

/** Athena has no ALTER TABLE IF EXISTS: the grammar that reads furthest says so. Source: as refuseAlteration */
function refuseAlterIfExists(cursor: Cursor): never {
  cursor.next();
  const exists = cursor.next();
  cursor.qualifiedName();
  if (cursor.at('ADD', 'COLUMNS')) cursor.fail("'.', 'ADD'", cursor.peek(1));
  if (!cursor.at('ADD') && !cursor.at('DROP') && !cursor.at('RENAME'))
    cursor.fail("'.', 'ADD', 'DROP', 'RENAME'");
  return cursor.failUnviable(exists);
}

function parseAlterAction(cursor: Cursor): AlterAction {
  if (cursor.at('PARTITION')) {
    cursor.next();
    const partition = parsePartitionValues(cursor);
    if (cursor.accept('RENAME', 'TO', 'PARTITION'))
      return { action: 'rename-partition', from: partition, to: parsePartitionValues(cursor) };
    if (cursor.accept('SET', 'LOCATION'))
      return { action: 'set-location', location: cursor.hiveString(), partition };
    cursor.expect('ADD', 'COLUMNS');
    return { action: 'add-columns', columns: cursor.parenthesised(() => parseColumn(cursor)), partition };
  }
  if (cursor.accept('ADD', 'COLUMNS'))
    return { action: 'add-columns', columns: cursor.parenthesised(() => parseColumn(cursor)) };
  if (cursor.accept('REPLACE', 'COLUMNS'))
    return { action: 'replace-columns', columns: cursor.parenthesised(() => parseColumn(cursor)) };
  if (cursor.at('CHANGE')) return parseChangeColumn(cursor);
  if (cursor.at('DROP', 'COLUMN')) {
    const { text: drop } = cursor.next();
    const { text: word, start: at } = cursor.next();
    const column = cursor.identifier().name.toLowerCase();
    if (cursor.peek().type !== 'end' && !cursor.at(';'))
      throw new SqlError(
        'SYNTAX_ERROR',
        `mismatched input '${cursor.peek().text}' expecting {<EOF>, '.'}`,
        cursor.peek(),
      );
    return { action: 'drop-column', column, written: { drop, column: word, at } };
  }
  if (cursor.accept('RENAME', 'TO')) return { action: 'rename-table', to: cursor.qualifiedName() };
  if (cursor.accept('SET', 'TBLPROPERTIES'))
    return { action: 'set-properties', properties: parseHiveProperties(cursor) };
  if (cursor.accept('UNSET', 'TBLPROPERTIES'))
    return { action: 'unset-properties', names: cursor.parenthesised(() => cursor.hiveString()) };
  if (cursor.accept('SET', 'LOCATION')) return { action: 'set-location', location: cursor.hiveString() };
  refuseAlteration(cursor);
  if (cursor.accept('ADD')) return parseAddPartitions(cursor);
  cursor.expect('DROP');
  const ifExists = acceptIfExists(cursor);
  const partitions = cursor.list(() => {
    cursor.expect('PARTITION');
    return parsePartitionValues(cursor);
  });
  return { action: 'drop-partitions', ifExists, partitions };
}

/**
 * What Trino alters and Athena does not, in Athena's words. Source of the wording: aoyagikouhei/athena-local,
 * docs/dev/measurements/statements.md, "unquoted DDL that the service refuses at the start"
 */
function refuseAlteration(cursor: Cursor): void {
  const next = cursor.peek(1);
  if (cursor.at('RENAME', 'COLUMN'))
    throw new SqlError('SYNTAX_ERROR', `missing 'TO' at '${next.text}'`, next);
  if (cursor.at('ADD', 'COLUMN') || cursor.at('SET')) cursor.failUnviable(next);
  if (cursor.at('EXECUTE')) cursor.failUnviable(cursor.peek());
  if (cursor.at('DROP', 'COLUMNS')) cursor.fail("'.', 'DROP'", next);
  if (!cursor.at('ADD') && !cursor.at('DROP')) cursor.fail("'.', 'ADD', 'DROP', 'EXECUTE', 'RENAME', 'SET'");
}

function parseChangeColumn(cursor: Cursor): AlterAction {
  cursor.expect('CHANGE');
  cursor.accept('COLUMN');
  const from = cursor.identifier().name.toLowerCase();
  const column = parseColumn(cursor);
  if (cursor.accept('FIRST')) return { action: 'change-column', from, column, place: 'first' };
  const place = cursor.accept('AFTER') ? { after: cursor.identifier().name.toLowerCase() } : undefined;
  return { action: 'change-column', from, column, place };
}

function parseAddPartitions(cursor: Cursor): AlterAction {
  const ifNotExists = acceptIfNotExists(cursor);
  const partitions: { values: PartitionValues; location?: string }[] = [];
  do {
    cursor.expect('PARTITION');
    const values = parsePartitionValues(cursor);
    partitions.push({ values, location: cursor.accept('LOCATION') ? cursor.hiveString() : undefined });
    cursor.accept(',');
  } while (cursor.at('PARTITION'));
  return { action: 'add-partitions', ifNotExists, partitions };
}

/** `LIKE 'x'` or the bare `'x'`: Hive's pattern, where `*` stands for anything. */
const parsePattern = (cursor: Cursor) =>
  cursor.accept('LIKE') || cursor.peek().type === 'string' ? cursor.hiveString() : undefined;

export function parseShow(cursor: Cursor): Statement {
  cursor.expect('SHOW');
  if (cursor.accept('DATABASES') || cursor.accept('SCHEMAS'))
    return { kind: 'show', what: 'databases', like: parsePattern(cursor) };
  for (const [word, what] of [
    ['TABLES', 'tables'],
    ['VIEWS', 'views'],
  ] as const)
    if (cursor.accept(word)) {
      const database = cursor.accept('IN') || cursor.accept('FROM') ? cursor.identifier().name : undefined;
      return { kind: 'show', what, database, like: parsePattern(cursor) };
    }
  if (cursor.accept('COLUMNS')) {
    if (!cursor.accept('IN')) cursor.expect('FROM');
    const table = cursor.qualifiedName();
    if (!cursor.accept('IN') && !cursor.accept('FROM')) return { kind: 'show', what: 'columns', name: table };
    const database = cursor.identifier();
    return {
      kind: 'show',
      what: 'columns',
      name: { parts: [database.name, ...table.parts], position: table.position },
    };
  }
  if (cursor.accept('PARTITIONS')) return { kind: 'show', what: 'partitions', name: cursor.qualifiedName() };
  if (cursor.accept('CREATE', 'TABLE'))
    return { kind: 'show', what: 'create-table', name: cursor.qualifiedName() };
  if (cursor.accept('CREATE', 'VIEW'))
    return { kind: 'show', what: 'create-view', name: cursor.qualifiedName() };
  if (cursor.accept('TBLPROPERTIES')) {
    const name = cursor.qualifiedName();
    return {
      kind: 'show',
      what: 'tblproperties',
      name,
      property: cursor.accept('(') ? closingString(cursor) : undefined,
    };
  }
  throw notVerified(`SHOW ${cursor.peek().text}`, cursor.peek());
}

function closingString(cursor: Cursor): string {
  const value = cursor.hiveString();
  cursor.expect(')');
  return value;
}

export function parseDescribe(cursor: Cursor): Statement {
  cursor.next();
  const mode = cursor.accept('EXTENDED') ? 'extended' : cursor.accept('FORMATTED') ? 'formatted' : undefined;
  const name = cursor.qualifiedName();
  const partition = cursor.accept('PARTITION') ? parsePartitionValues(cursor) : undefined;
  return { kind: 'describe', name, mode, partition };
}
