/** ALTER TABLE: columns, properties, location and partitions. */
import {
  columnsOf,
  evolve,
  type LoadedTable,
  loadTable,
  type SchemaChange,
  setProperties,
} from '../../../iceberg/index.ts';
import type {
  AlterAction,
  ColumnDefinition,
  PartitionValues,
  QualifiedName,
  Statement,
} from '../../../sql/index.ts';
import { parseType } from '../../../sql/types.ts';
import { inputOf, isIceberg, type Partition, type Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { orderedValues } from '../hive/folders.ts';
import { hiveType } from '../hiveType.ts';
import { asFolder, type Outcome, type Session, withoutSlash } from '../session.ts';
import { icebergProperties } from './icebergProperties.ts';
import {
  ddlFailure,
  notForHive,
  notForIceberg,
  requireDatabase,
  requireTable,
  semanticFailure,
  tableExists,
  tableId,
} from './names.ts';

export async function alterTable(
  session: Session,
  { name, change }: Extract<Statement, { kind: 'alter-table' }>,
): Promise<Outcome> {
  const table = await requireTable(session, name);
  if (isIceberg(table)) await alterIceberg(session, table, change);
  else await alterHive(session, table, change);
  return { kind: 'done' };
}

const refuse = (table: Table, what: string) =>
  new QueryFailure('NOT_SUPPORTED', `${what} is not supported for ${table.DatabaseName}.${table.Name}`);

const glueColumn = ({ name, type, comment }: ColumnDefinition) => ({
  Name: name,
  Type: type,
  ...(comment && { Comment: comment }),
});

const sameType = (a: string, b: string) => hiveType(parseType(a)) === hiveType(parseType(b));

/** CHANGE COLUMN may rename, widen, comment and move at once. */
function changesOf(
  loaded: LoadedTable,
  change: Extract<AlterAction, { action: 'change-column' }>,
): SchemaChange[] {
  const { from, column, place } = change;
  const current = columnsOf(loaded.metadata).find((one) => one.name === from.toLowerCase());
  if (!current) throw semanticFailure(10002, `Invalid column reference ${from}`);
  const name = column.name.toLowerCase();
  return [
    ...(name === current.name ? [] : [{ change: 'rename' as const, name: current.name, to: name }]),
    ...(sameType(column.type, current.athenaType)
      ? []
      : [{ change: 'widen' as const, name, type: column.type }]),
    ...(column.comment === undefined ? [] : [{ change: 'comment' as const, name, comment: column.comment }]),
    ...(place === undefined
      ? []
      : [
          {
            change: 'move' as const,
            name,
            ...(place === 'first' ? { first: true } : { after: place.after }),
          },
        ]),
  ];
}

async function alterIceberg(session: Session, table: Table, change: AlterAction): Promise<void> {
  const { iceberg } = session.lake;
  const ref = { database: table.DatabaseName, table: table.Name };
  const changes = async (): Promise<SchemaChange[]> => {
    switch (change.action) {
      case 'add-columns':
        return change.columns.map(({ name, type, comment }) => ({
          change: 'add',
          name,
          type,
          ...(comment && { comment }),
        }));
      case 'drop-column':
        return [{ change: 'drop', name: change.column }];
      case 'change-column':
        return changesOf(await loadTable(iceberg, ref), change);
      default:
        throw notForIceberg();
    }
  };
  switch (change.action) {
    case 'rename-table':
      return renameIceberg(session, table, change.to);
    case 'set-properties':
      await setProperties(iceberg, ref, { set: icebergProperties(change.properties) });
      return;
    case 'unset-properties':
      await setProperties(iceberg, ref, {
        remove: Object.keys(
          icebergProperties(Object.fromEntries(change.names.map((name) => [name, 'none']))),
        ),
      });
      return;
    default:
      await evolve(iceberg, ref, await changes());
  }
}

/** As Iceberg's GlueCatalog does it: the same metadata under another name, then the old name goes. */
async function renameIceberg(session: Session, table: Table, to: QualifiedName): Promise<void> {
  const target = tableId({ ...session, database: table.DatabaseName }, to);
  await requireDatabase(session, target.database);
  if (await session.catalog.table(target.database, target.table)) throw tableExists(target.table);
  await session.catalog.createTable(target.database, { ...inputOf(table), Name: target.table });
  await session.catalog.dropTable(table.DatabaseName, table.Name);
}

async function alterHive(session: Session, table: Table, change: AlterAction): Promise<void> {
  const { catalog } = session;
  const storage = table.StorageDescriptor ?? {};
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  const withColumns = (columns: readonly object[]) =>
    catalog.updateTable(table, {
      StorageDescriptor: { ...storage, Columns: columns as typeof storage.Columns },
    });
  switch (change.action) {
    case 'add-columns': {
      if (change.partition) throw refuse(table, 'ADD COLUMNS for one partition');
      const known = new Set(
        [...(storage.Columns ?? []), ...(table.PartitionKeys ?? [])].map((column) => column.Name),
      );
      const twice = change.columns.find((column) => known.has(column.name.toLowerCase()));
      if (twice) throw ddlFailure(`Duplicate column name: ${twice.name}`);
      return withColumns([...(storage.Columns ?? []), ...change.columns.map(glueColumn)]);
    }
    case 'replace-columns':
      if (change.partition) throw refuse(table, 'REPLACE COLUMNS for one partition');
      return withColumns(change.columns.map(glueColumn));
    case 'change-column': {
      if (change.place) throw refuse(table, 'Moving a column');
      const from = change.from.toLowerCase();
      if (!storage.Columns?.some((column) => column.Name === from))
        throw semanticFailure(10002, `Invalid column reference ${change.from}`);
      return withColumns(
        storage.Columns.map((column) => (column.Name === from ? glueColumn(change.column) : column)),
      );
    }
    case 'set-properties':
      return catalog.updateTable(table, { Parameters: { ...table.Parameters, ...change.properties } });
    case 'unset-properties':
      return catalog.updateTable(table, {
        Parameters: Object.fromEntries(
          Object.entries(table.Parameters ?? {}).filter(([name]) => !change.names.includes(name)),
        ),
      });
    case 'set-location':
      if (change.partition) {
        const location = withoutSlash(change.location);
        return changePartition(session, table, change.partition, (partition) => ({
          ...partition,
          StorageDescriptor: { ...partition.StorageDescriptor, Location: location },
        }));
      }
      return catalog.updateTable(table, {
        StorageDescriptor: { ...storage, Location: withoutSlash(change.location) },
      });
    case 'add-partitions': {
      const inputs = change.partitions.map(({ values, location }) => {
        const ordered = orderedValues(keys, values);
        const folder = keys.map((key, index) => `${key}=${ordered[index]}/`).join('');
        return {
          Values: ordered,
          StorageDescriptor: {
            ...storage,
            Location: withoutSlash(location ?? `${asFolder(storage.Location ?? '')}${folder}`),
          },
        };
      });
      const existing = await catalog.createPartitions(table.DatabaseName, table.Name, inputs);
      if (existing.length > 0 && !change.ifNotExists)
        throw ddlFailure(
          `AlreadyExistsException(message:Partition already exists: [${existing[0]!.join(', ')}] of ${table.Name})`,
        );
      return;
    }
    case 'drop-partitions': {
      const values = change.partitions.map((partition) => orderedValues(keys, partition));
      const missing = await catalog.dropPartitions(table.DatabaseName, table.Name, values);
      if (missing.length > 0 && !change.ifExists) throw partitionNotFound(keys, missing[0]!);
      return;
    }
    // The files stay where they are, as only Glue's catalog knows of a partition's values.
    case 'rename-partition': {
      const to = orderedValues(keys, change.to);
      return changePartition(session, table, change.from, (partition) => ({ ...partition, Values: to }));
    }
    case 'rename-table':
      throw ddlFailure('Unable to alter table. Table cannot be renamed', notForHive);
    default:
      throw refuse(table, `ALTER TABLE … ${change.action}`);
  }
}

async function changePartition(
  { catalog }: Session,
  table: Table,
  given: PartitionValues,
  changed: (partition: Partition) => Partition,
): Promise<void> {
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  const values = orderedValues(keys, given);
  const found = (await catalog.partitions(table.DatabaseName, table.Name)).find(
    (partition) => JSON.stringify(partition.Values) === JSON.stringify(values),
  );
  if (!found) throw partitionNotFound(keys, values);
  await catalog.updatePartition(found, changed(found));
}

const partitionNotFound = (keys: readonly string[], values: readonly string[]) =>
  semanticFailure(
    10006,
    `Partition not found (${keys.map((key, index) => `${key}=${values[index]}`).join(', ')})`,
  );
