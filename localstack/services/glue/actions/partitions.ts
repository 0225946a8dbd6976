/** The partitions of Hive tables. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { page } from '../paging.ts';
import { compilePartitionExpression } from '../partitionExpression.ts';
import { type PartitionInput, partitionOf, type Table } from '../records.ts';
import { type CatalogStore, partitionKey } from '../store.ts';
import { requireTable } from './tables.ts';

interface OfTable {
  readonly DatabaseName: string;
  readonly TableName: string;
}

const partitionsAPage = 1000;

function checkValues(table: Table, values: readonly string[] | undefined) {
  if (values === undefined)
    throw new AwsError(
      'ValidationException',
      "1 validation error detected: Value null at 'partitionInput.values' failed to satisfy constraint: Member must not be null",
    );
  const keys = table.PartitionKeys ?? [];
  if (values.length !== keys.length)
    throw new AwsError(
      'InvalidInputException',
      `The number of partition keys do not match the number of partition values: ${table.Name} has ${keys.length} keys, ${values.length} values were given.`,
    );
}

/** Which segment of a parallel read a partition belongs to. */
function segmentOf(values: readonly string[], total: number) {
  let hash = 0;
  for (const character of partitionKey(values)) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return hash % total;
}

interface Glue {
  readonly context: CloudContext;
  readonly store: CatalogStore;
}

const toPartition = ({ context }: Glue, table: Table, input: PartitionInput, createTime: number) =>
  partitionOf(input, {
    database: table.DatabaseName,
    table: table.Name,
    createTime,
    catalogId: context.accountId,
  });

function create(glue: Glue, table: Table, input: PartitionInput): void {
  const { store } = glue;
  checkValues(table, input.Values);
  if (store.partition(table.DatabaseName, table.Name, input.Values))
    throw new AwsError('AlreadyExistsException', 'Partition already exists.');
  store.putPartition(toPartition(glue, table, input, Math.floor(glue.context.clock.now() / 1000)));
}

function update(glue: Glue, table: Table, oldValues: readonly string[], input: PartitionInput): void {
  const { store } = glue;
  const existing = store.partition(table.DatabaseName, table.Name, oldValues);
  if (!existing) throw new AwsError('EntityNotFoundException', 'Partition not found.');
  checkValues(table, input.Values);
  if (partitionKey(input.Values) !== partitionKey(oldValues)) {
    if (store.partition(table.DatabaseName, table.Name, input.Values))
      throw new AwsError('AlreadyExistsException', 'Partition already exists.');
    store.deletePartition(table.DatabaseName, table.Name, oldValues);
  }
  store.putPartition(toPartition(glue, table, input, existing.CreationTime));
}

function remove(glue: Glue, table: Table, values: readonly string[]): void {
  const { store } = glue;
  if (store.deletePartition(table.DatabaseName, table.Name, values) === 0)
    throw new AwsError('EntityNotFoundException', 'Partition not found.');
}

/** Does each entry of a batch separately, and answers the ones that failed. */
const eachOf = <T>(
  store: CatalogStore,
  entries: readonly T[],
  values: (entry: T) => readonly string[],
  work: (entry: T) => void,
) =>
  store.atomically(() =>
    entries.flatMap((entry) => {
      try {
        work(entry);
        return [];
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return [
          {
            PartitionValues: values(entry),
            ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message },
          },
        ];
      }
    }),
  );

interface PartitionsRequest extends OfTable {
  readonly Expression?: string;
  readonly Segment?: { SegmentNumber: number; TotalSegments: number };
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly ExcludeColumnSchema?: boolean;
}

function getPartitions(store: CatalogStore, request: PartitionsRequest) {
  const table = requireTable(store, request.DatabaseName, request.TableName);
  const matches = request.Expression?.trim()
    ? compilePartitionExpression(request.Expression, table.PartitionKeys ?? [])
    : () => true;
  const { Segment: segment } = request;
  if (segment && (segment.SegmentNumber < 0 || segment.SegmentNumber >= segment.TotalSegments))
    throw new AwsError(
      'InvalidInputException',
      `SegmentNumber is ${segment.SegmentNumber}; it must be from 0 to ${segment.TotalSegments - 1}.`,
    );
  const chosen = store
    .partitions(table.DatabaseName, table.Name)
    .filter(
      (partition) =>
        matches(partition.Values) &&
        (!segment || segmentOf(partition.Values, segment.TotalSegments) === segment.SegmentNumber),
    );
  const { items, ...rest } = page(chosen, request, partitionsAPage);
  const shown = request.ExcludeColumnSchema
    ? items.map((partition) => ({
        ...partition,
        StorageDescriptor: { ...partition.StorageDescriptor, Columns: [] },
      }))
    : items;
  return { Partitions: shown, ...rest };
}

export const partitionActions = (context: CloudContext, store: CatalogStore): Record<string, Action> => ({
  ...readingActions(store),
  ...changingActions({ context, store }),
});

const readingActions = (store: CatalogStore): Record<string, Action> => ({
  GetPartition(request: OfTable & { readonly PartitionValues: string[] }) {
    const table = requireTable(store, request.DatabaseName, request.TableName);
    const found = store.partition(table.DatabaseName, table.Name, request.PartitionValues);
    if (!found) throw new AwsError('EntityNotFoundException', 'Cannot find partition.');
    return { Partition: found };
  },
  GetPartitions: (request: PartitionsRequest) => getPartitions(store, request),
  BatchGetPartition(request: OfTable & { readonly PartitionsToGet: { Values: string[] }[] }) {
    const table = requireTable(store, request.DatabaseName, request.TableName);
    return {
      Partitions: request.PartitionsToGet.flatMap(
        ({ Values }) => store.partition(table.DatabaseName, table.Name, Values) ?? [],
      ),
      UnprocessedKeys: [],
    };
  },
});

function changingActions(glue: Glue): Record<string, Action> {
  const { store } = glue;
  return {
    CreatePartition(request: OfTable & { readonly PartitionInput: PartitionInput }) {
      create(glue, requireTable(store, request.DatabaseName, request.TableName), request.PartitionInput);
      return {};
    },
    BatchCreatePartition(request: OfTable & { readonly PartitionInputList: PartitionInput[] }) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      return {
        Errors: eachOf(
          store,
          request.PartitionInputList,
          (input) => input.Values,
          (input) => create(glue, table, input),
        ),
      };
    },
    UpdatePartition(
      request: OfTable & { readonly PartitionValueList: string[]; readonly PartitionInput: PartitionInput },
    ) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      store.atomically(() => update(glue, table, request.PartitionValueList, request.PartitionInput));
      return {};
    },
    BatchUpdatePartition(
      request: OfTable & {
        readonly Entries: { PartitionValueList: string[]; PartitionInput: PartitionInput }[];
      },
    ) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      const failed = eachOf(
        store,
        request.Entries,
        (entry) => entry.PartitionValueList,
        (entry) => update(glue, table, entry.PartitionValueList, entry.PartitionInput),
      );
      return {
        Errors: failed.map(({ PartitionValues, ErrorDetail }) => ({
          PartitionValueList: PartitionValues,
          ErrorDetail,
        })),
      };
    },
    DeletePartition(request: OfTable & { readonly PartitionValues: string[] }) {
      remove(glue, requireTable(store, request.DatabaseName, request.TableName), request.PartitionValues);
      return {};
    },
    BatchDeletePartition(request: OfTable & { readonly PartitionsToDelete: { Values: string[] }[] }) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      return {
        Errors: eachOf(
          store,
          request.PartitionsToDelete,
          (entry) => entry.Values,
          (entry) => remove(glue, table, entry.Values),
        ),
      };
    },
  };
}
