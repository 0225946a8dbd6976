/** The Glue catalog as the engine needs it: tables by name, and Iceberg's optimistic swap of the metadata pointer. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import { CommitConflict, type Catalog as IcebergCatalog } from '../../iceberg/index.ts';
import {
  type Database,
  icebergColumns,
  icebergTableInput,
  isIceberg,
  metadataLocation,
  type Partition,
  type PartitionInput,
  previousMetadataLocation,
  type Table,
  type TableInput,
} from '../glue/index.ts';

/** Glue's name, as Athena shows it and takes it in any case. */
export const OWN_CATALOG = 'awsdatacatalog';

export type { Database, Partition, PartitionInput, Table, TableInput };
export { isIceberg };

/** Missing things are `undefined`; other failures are Glue's own. */
export interface Catalog {
  database(name: string): Promise<Database | undefined>;
  databases(): Promise<Database[]>;
  createDatabase(input: object): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  table(database: string, name: string): Promise<Table | undefined>;
  tables(database: string, expression?: string): Promise<Table[]>;
  createTable(database: string, input: TableInput): Promise<void>;
  updateTable(table: Table, input: Partial<TableInput>): Promise<void>;
  dropTable(database: string, name: string): Promise<void>;
  partitions(database: string, table: string, expression?: string): Promise<Partition[]>;
  /** Gives the values of the partitions that exist already. */
  createPartitions(
    database: string,
    table: string,
    inputs: readonly PartitionInput[],
  ): Promise<readonly string[][]>;
  /** Gives a partition other values or another place. */
  updatePartition(partition: Partition, input: PartitionInput): Promise<void>;
  /** Gives the values of the partitions that were not there. */
  dropPartitions(
    database: string,
    table: string,
    values: readonly (readonly string[])[],
  ): Promise<readonly string[][]>;
}

const isMissing = (error: unknown) => error instanceof AwsError && error.code === 'EntityNotFoundException';

const createBatch = 100;
const deleteBatch = 25;

function* batches<T>(items: readonly T[], size: number) {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** A table's members that an update takes back. */
export function inputOf(table: Table): TableInput {
  const { DatabaseName: _1, CreateTime: _2, UpdateTime: _3, CatalogId: _4, VersionId: _5, ...rest } = table;
  const { CreatedBy: _6, IsRegisteredWithLakeFormation: _7, IsMultiDialectView: _8, ...input } = rest;
  return input;
}

/** The catalog, asked in the name of `principal`. */
export function glueCatalog(context: CloudContext, principal?: Principal): Catalog {
  const glue = (action: string, input: object) => context.call('glue', action, input, principal);
  const orUndefined = async <T>(answer: Promise<T>): Promise<T | undefined> => {
    try {
      return await answer;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const every = async <T>(action: string, input: object, member: string): Promise<T[]> => {
    const all: T[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await glue(action, { ...input, NextToken });
      all.push(...answer[member]);
      NextToken = answer.NextToken;
    } while (NextToken);
    return all;
  };
  return {
    database: async (name) => (await orUndefined(glue('GetDatabase', { Name: name })))?.Database,
    databases: () => every('GetDatabases', {}, 'DatabaseList'),
    createDatabase: async (DatabaseInput) => void (await glue('CreateDatabase', { DatabaseInput })),
    dropDatabase: async (Name) => void (await glue('DeleteDatabase', { Name })),
    table: async (DatabaseName, Name) => (await orUndefined(glue('GetTable', { DatabaseName, Name })))?.Table,
    tables: (DatabaseName, Expression) => every('GetTables', { DatabaseName, Expression }, 'TableList'),
    createTable: async (DatabaseName, TableInput) =>
      void (await glue('CreateTable', { DatabaseName, TableInput })),
    updateTable: async (table, changes) =>
      void (await glue('UpdateTable', {
        DatabaseName: table.DatabaseName,
        TableInput: { ...inputOf(table), ...changes },
        VersionId: table.VersionId,
        SkipArchive: true,
      })),
    dropTable: async (DatabaseName, Name) => void (await glue('DeleteTable', { DatabaseName, Name })),
    partitions: (DatabaseName, TableName, Expression) =>
      every('GetPartitions', { DatabaseName, TableName, Expression }, 'Partitions'),
    async createPartitions(DatabaseName, TableName, inputs) {
      const existing: string[][] = [];
      for (const PartitionInputList of batches(inputs, createBatch)) {
        const { Errors } = await glue('BatchCreatePartition', {
          DatabaseName,
          TableName,
          PartitionInputList,
        });
        for (const { PartitionValues, ErrorDetail } of Errors) {
          if (ErrorDetail.ErrorCode !== 'AlreadyExistsException')
            throw new AwsError(ErrorDetail.ErrorCode, ErrorDetail.ErrorMessage);
          existing.push(PartitionValues);
        }
      }
      return existing;
    },
    updatePartition: async ({ DatabaseName, TableName, Values }, { Values: values, ...input }) =>
      void (await glue('UpdatePartition', {
        DatabaseName,
        TableName,
        PartitionValueList: Values,
        PartitionInput: {
          Values: values,
          StorageDescriptor: input.StorageDescriptor,
          Parameters: input.Parameters,
        },
      })),
    async dropPartitions(DatabaseName, TableName, values) {
      const missing: string[][] = [];
      for (const batch of batches(values, deleteBatch)) {
        const { Errors } = await glue('BatchDeletePartition', {
          DatabaseName,
          TableName,
          PartitionsToDelete: batch.map((Values) => ({ Values })),
        });
        for (const { PartitionValues, ErrorDetail } of Errors) {
          if (ErrorDetail.ErrorCode !== 'EntityNotFoundException')
            throw new AwsError(ErrorDetail.ErrorCode, ErrorDetail.ErrorMessage);
          missing.push(PartitionValues);
        }
      }
      return missing;
    },
  };
}

/**
 * Iceberg's catalog over Glue: the pointer to the newest metadata is a table parameter, and a swap names the table
 * version that it replaces, as Iceberg's GlueTableOperations does.
 */
export function icebergCatalog(context: CloudContext): IcebergCatalog {
  const glue = glueCatalog(context);
  const load = async (database: string, name: string) => {
    const table = await glue.table(database, name);
    const location = table?.Parameters?.[metadataLocation];
    if (!table || !location)
      throw new AwsError('EntityNotFoundException', `There is no Iceberg table ${database}.${name}.`);
    return { table, location };
  };
  return {
    async load(database, name) {
      const { table, location } = await load(database, name);
      return { metadataLocation: location, version: table.VersionId };
    },
    async swap(database, name, expectedVersion, newLocation, metadata) {
      const { table, location } = await load(database, name);
      if (table.VersionId !== expectedVersion) throw new CommitConflict(database, name, expectedVersion);
      try {
        await glue.updateTable(table, {
          Parameters: {
            ...table.Parameters,
            [metadataLocation]: newLocation,
            [previousMetadataLocation]: location,
          },
          StorageDescriptor: {
            ...table.StorageDescriptor,
            Columns: icebergColumns(metadata),
            Location: metadata.location,
          },
        });
      } catch (error) {
        if (error instanceof AwsError && error.code === 'ConcurrentModificationException')
          throw new CommitConflict(database, name, expectedVersion);
        throw error;
      }
    },
    async create(database, name, location, metadata) {
      await glue.createTable(database, icebergTableInput(name, location, metadata));
    },
    async drop(database, name) {
      await glue.dropTable(database, name);
    },
  };
}
