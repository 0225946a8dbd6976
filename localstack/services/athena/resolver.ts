/** Gives the SQL translation its tables: Glue's catalog, Iceberg's and Hive's relations, views, metadata tables. */
import {
  columnsOf,
  isMetadataTableName,
  type LoadedTable,
  loadTable,
  metadataTable,
  type Predicate,
  planScan,
} from '../../iceberg/index.ts';
import {
  type Comparison,
  type ScanNeed,
  type SimplePredicate,
  SqlError,
  type TableName,
  type TableResolver,
} from '../../sql/index.ts';
import { typeText } from '../../sql/types.ts';
import { isIceberg, OWN_CATALOG, type Table } from './catalog.ts';
import { type Constraint, type Constraints, comparatorOf, intersect } from './hive/constraint.ts';
import { partitionRows } from './hive/partitionRows.ts';
import { hiddenColumns, hiveColumns, hiveRelation } from './hive/relation.ts';
import { informationSchema, informationSchemaTable } from './informationSchema.ts';
import type { Session } from './session.ts';
import { isView, viewOf } from './view.ts';

/** The columns that name one row of an Iceberg table: the data file and the row's position in it. */
export const rowIdColumns = ['$path', '$pos'] as const;

export interface SessionResolver extends TableResolver {
  /** The Iceberg table as every scan of this statement sees it. */
  iceberg(database: string, table: string): Promise<LoadedTable>;
}

const allOf = (predicates: readonly SimplePredicate[]): Predicate => ({
  op: 'and',
  terms: predicates.map(predicateOf),
});

const predicateOf = (predicate: SimplePredicate): Predicate => {
  if (predicate.operator === 'any of') return { op: 'or', terms: predicate.alternatives.map(allOf) };
  const { column, operator, values } = predicate;
  if (operator === 'is null' || operator === 'is not null') return { op: operator, column };
  if (operator === 'in') return { op: 'in', column, values: [...values] };
  return { op: operator, column, value: values[0]! };
};

/** Hidden columns are not the table format's to prune by. */
export const icebergFilter = (predicates: readonly SimplePredicate[]): Predicate => {
  const terms = predicates.filter(({ column }) => !column.startsWith('$')).map(predicateOf);
  return terms.length === 0 ? { op: 'true' } : { op: 'and', terms };
};

function constraintOf({ operator, values }: Comparison): Constraint {
  const texts = values.map(String);
  switch (operator) {
    case '=':
    case 'in':
      return { oneOf: texts };
    case '<':
    case '<=':
      return { high: { value: texts[0]!, inclusive: operator === '<=' } };
    case '>':
    case '>=':
      return { low: { value: texts[0]!, inclusive: operator === '>=' } };
    default:
      return {};
  }
}

/** What the predicates say of each partition key. */
function constraintsOf(table: Table, predicates: readonly SimplePredicate[]): Constraints {
  const constraints: Record<string, Constraint> = {};
  for (const { Name: name, Type: type } of table.PartitionKeys ?? [])
    for (const predicate of predicates)
      if (predicate.column === name && predicate.operator !== 'any of')
        constraints[name] = intersect(
          constraints[name] ?? {},
          constraintOf(predicate),
          comparatorOf(type ?? 'string'),
        );
  return constraints;
}

/** Columns that are compared with one text. */
const equalTexts = (predicates: readonly SimplePredicate[]): ReadonlyMap<string, string> =>
  new Map(
    predicates.flatMap((predicate) =>
      predicate.operator === '=' && typeof predicate.values[0] === 'string'
        ? [[predicate.column, predicate.values[0]] as const]
        : [],
    ),
  );

/** Whether a text can be one that the comparisons leave. */
function isLeft(text: string, predicate: SimplePredicate): boolean {
  if (predicate.operator === 'any of')
    return predicate.alternatives.some((all) => all.every((one) => isLeft(text, one)));
  const { operator, values } = predicate;
  const [value = ''] = values.map(String);
  switch (operator) {
    case '=':
      return text === value;
    case 'in':
      return values.includes(text);
    case '<':
      return text < value;
    case '<=':
      return text <= value;
    case '>':
      return text > value;
    case '>=':
      return text >= value;
    default:
      return true;
  }
}

/** Trino's Hive connector makes no split of a file whose path a condition on "$path" leaves out. */
function pathFilter(predicates: readonly SimplePredicate[]): (uri: string) => boolean {
  const ofPath = predicates
    .filter(({ column }) => column === '$path')
    // Many paths in one list are looked up, not compared one by one.
    .map((predicate) => {
      if (predicate.operator !== 'in') return (uri: string) => isLeft(uri, predicate);
      const paths = new Set<unknown>(predicate.values);
      return (uri: string) => paths.has(uri);
    });
  return (uri) => ofPath.every((isWanted) => isWanted(uri));
}

/** One resolver a statement: a table is looked up once, so that all its scans see the same snapshot. */
export function createResolver(session: Session): SessionResolver {
  const tables = new Map<string, Promise<Table>>();
  const loaded = new Map<string, Promise<LoadedTable>>();

  const find = async (database: string, name: string): Promise<Table> => {
    const table = await session.catalog.table(database, name);
    if (table) return table;
    if (!(await session.catalog.database(database)))
      throw new SqlError('SCHEMA_NOT_FOUND', `Schema '${database}' does not exist`);
    throw new SqlError('TABLE_NOT_FOUND', `Table '${OWN_CATALOG}.${database}.${name}' does not exist`);
  };
  const once = <T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>) => {
    let found = cache.get(key);
    if (!found) {
      found = make();
      cache.set(key, found);
    }
    return found;
  };
  const tableOf = (database: string, name: string) =>
    once(tables, `${database}.${name}`, () => find(database, name));
  const icebergOf = (database: string, table: string) =>
    once(loaded, `${database}.${table}`, () => loadTable(session.lake.iceberg, { database, table }));

  const icebergTable = async (name: TableName, database: string) => {
    const { metadata } = await icebergOf(database, name.table);
    if (name.suffix) {
      if (!isMetadataTableName(name.suffix))
        throw new SqlError(
          'TABLE_NOT_FOUND',
          `Table '${OWN_CATALOG}.${database}.${name.table}${name.suffix}' does not exist`,
        );
      const { relation, columns } = await metadataTable(session.lake.iceberg, metadata, name.suffix);
      return { columns, relation: async () => relation };
    }
    const { version } = name;
    const at =
      version?.kind === 'timestamp'
        ? { asOf: version.at.getTime() }
        : typeof version?.id === 'bigint'
          ? { snapshotId: version.id }
          : version
            ? { ref: version.id }
            : {};
    const columns = version
      ? (await planScan(session.lake.iceberg, session.connection, metadata, at)).columns
      : columnsOf(metadata);
    return {
      columns: columns.map((column) => ({ name: column.name, type: column.trinoType })),
      hidden: [
        { name: '$path', type: 'varchar' },
        { name: '$pos', type: 'bigint' },
      ],
      async relation({ columns: wanted, read, predicates }: ScanNeed) {
        const plan = await planScan(session.lake.iceberg, session.connection, metadata, {
          ...at,
          filter: icebergFilter(predicates),
          columns: read.filter((column) => !column.startsWith('$')),
          rowIds: wanted.some((column) => column.startsWith('$')),
        });
        session.progress.scan(plan.bytes);
        return plan.relation;
      },
    };
  };

  return {
    iceberg: icebergOf,
    async resolve(name) {
      if (name.catalog && name.catalog.toLowerCase() !== OWN_CATALOG)
        throw new SqlError('CATALOG_NOT_FOUND', `Catalog '${name.catalog}' does not exist`);
      const database = (name.database ?? session.database).toLowerCase();
      if (database === informationSchema) return informationSchemaTable(session, name.table);
      const table = await tableOf(database, name.table);
      if (isIceberg(table)) return icebergTable(name, database);
      if (name.version)
        throw new SqlError('NOT_SUPPORTED', 'This connector does not support versioned tables');
      if (isView(table)) return viewOf(table);
      if (name.suffix === '$partitions') return partitionsTable(session, table);
      if (name.suffix)
        throw new SqlError(
          'TABLE_NOT_FOUND',
          `Table '${OWN_CATALOG}.${database}.${name.table}${name.suffix}' does not exist`,
        );
      return {
        columns: hiveColumns(table).map((column) => ({ name: column.name, type: typeText(column.type) })),
        hidden: hiddenColumns,
        relation: ({ columns, predicates }) =>
          hiveRelation(session, table, constraintsOf(table, predicates), columns, {
            equal: equalTexts(predicates),
            hasPath: pathFilter(predicates),
          }),
      };
    },
  };
}

/** Hive's `"t$partitions"`: one row for each partition in the catalog. */
function partitionsTable(session: Session, table: Table) {
  const keys = hiveColumns({ ...table, StorageDescriptor: { ...table.StorageDescriptor, Columns: [] } });
  if (keys.length === 0)
    throw new SqlError(
      'TABLE_NOT_FOUND',
      `Table '${OWN_CATALOG}.${table.DatabaseName}.${table.Name}$partitions' does not exist`,
    );
  return {
    columns: keys.map((key) => ({ name: key.name, type: typeText(key.type) })),
    relation: ({ predicates }: ScanNeed) => partitionRows(session, table, constraintsOf(table, predicates)),
  };
}
