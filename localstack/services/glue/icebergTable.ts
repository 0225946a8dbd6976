/** How an Iceberg table is in the Glue catalog, and how Glue itself makes one. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/objectStore.ts';
import { columnsOf, createIceberg, createTable, type TableMetadata } from '../../iceberg/index.ts';
import type { IcebergTableMaker } from './actions/tables.ts';
import type { Table, TableInput } from './records.ts';

/** The table parameter that names the newest metadata file. */
export const metadataLocation = 'metadata_location';
export const previousMetadataLocation = 'previous_metadata_location';

export const isIceberg = (table: Pick<Table, 'Parameters'>) =>
  table.Parameters?.table_type?.toUpperCase() === 'ICEBERG';

/** The columns that Glue shows of an Iceberg table: a copy for readers of the catalog; the metadata decides. */
export const icebergColumns = (metadata: TableMetadata) =>
  columnsOf(metadata).map((column) => ({
    Name: column.name,
    Type: column.athenaType,
    ...(column.comment && { Comment: column.comment }),
    Parameters: {
      'iceberg.field.id': String(column.id),
      'iceberg.field.optional': String(!column.required),
      'iceberg.field.current': 'true',
    },
  }));

/** How a new Iceberg table is registered. */
export const icebergTableInput = (name: string, location: string, metadata: TableMetadata): TableInput => ({
  Name: name,
  TableType: 'EXTERNAL_TABLE',
  Parameters: { table_type: 'ICEBERG', [metadataLocation]: location },
  StorageDescriptor: {
    Columns: icebergColumns(metadata),
    Location: metadata.location,
    AdditionalLocations: [],
    Compressed: false,
    NumberOfBuckets: 0,
    SortColumns: [],
    StoredAsSubDirectories: false,
  },
});

const beingMade = () => {
  throw new Error('A table that is being made cannot be swapped or dropped.');
};

/**
 * CreateTable with `OpenTableFormatInput.IcebergInput`: Glue writes the first metadata file itself.
 * Source: https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergInput.html
 */
export function icebergTableMaker(store: ObjectStore, now: () => number): IcebergTableMaker {
  return async (database, input, { MetadataOperation: operation, Version: version = '2', ...others }) => {
    const unknown = Object.keys(others)[0];
    if (unknown) throw new NotEmulatedError('Glue', `IcebergInput.${unknown}`);
    if (operation !== 'CREATE')
      throw new AwsError(
        'InvalidInputException',
        `MetadataOperation is '${operation}'; CREATE is the only one.`,
      );
    if (version !== '2') throw new NotEmulatedError('Glue', `Iceberg format version ${version}`);
    const storage = input.StorageDescriptor;
    if (!storage?.Location || !storage.Columns?.length)
      throw new AwsError(
        'InvalidInputException',
        'An Iceberg table needs StorageDescriptor.Location and Columns.',
      );
    if (input.PartitionKeys?.length)
      throw new NotEmulatedError('Glue', 'PartitionKeys of a table with IcebergInput');
    let registered: TableInput | undefined;
    let location = '';
    const lake = createIceberg({
      store,
      now,
      catalog: {
        load: async () => ({ metadataLocation: location, version: '0' }),
        swap: beingMade,
        drop: beingMade,
        async create(_database, table, metadataFile, metadata) {
          location = metadataFile;
          registered = icebergTableInput(table, metadataFile, metadata);
        },
      },
    });
    await createTable(
      lake,
      { database, table: input.Name.toLowerCase() },
      {
        location: storage.Location,
        columns: storage.Columns.map((column) => ({
          name: column.Name,
          type: column.Type ?? 'string',
          ...(column.Comment && { comment: column.Comment }),
        })),
      },
    );
    return { ...input, ...registered!, Parameters: { ...input.Parameters, ...registered!.Parameters } };
  };
}
