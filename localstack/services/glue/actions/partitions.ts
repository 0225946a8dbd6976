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

/** Limits of https://docs.aws.amazon.com/glue/latest/webapi/ : BatchCreatePartition, BatchGetPartition, … */
const batchLimits = { create: 100, read: 1000, remove: 25, update: 100 };
const partitionsAPage = 1000;

function checkBatch(items: readonly unknown[], limit: number) {
  if (items.length > limit)
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: the batch has ${items.length} entries; at most ${limit} are allowed.`,
    );
}

function checkValues(table: Table, values: readonly string[] = []) {
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

export function partitionActions(context: CloudContext, store: CatalogStore): Record<string, Action> {
  const seconds = () => Math.floor(context.clock.now() / 1000);

  const toPartition = (table: Table, input: PartitionInput, createTime: number) =>
    partitionOf(input, {
      database: table.DatabaseName,
      table: table.Name,
      createTime,
      catalogId: context.accountId,
    });

  const create = (table: Table, input: PartitionInput) => {
    checkValues(table, input.Values);
    if (store.partition(table.DatabaseName, table.Name, input.Values))
      throw new AwsError('AlreadyExistsException', 'Partition already exists.');
    store.putPartition(toPartition(table, input, seconds()));
  };

  const update = (table: Table, oldValues: readonly string[], input: PartitionInput) => {
    const existing = store.partition(table.DatabaseName, table.Name, oldValues);
    if (!existing) throw new AwsError('EntityNotFoundException', 'Partition not found.');
    checkValues(table, input.Values);
    if (partitionKey(input.Values) !== partitionKey(oldValues)) {
      if (store.partition(table.DatabaseName, table.Name, input.Values))
        throw new AwsError('AlreadyExistsException', 'Partition already exists.');
      store.deletePartition(table.DatabaseName, table.Name, oldValues);
    }
    store.putPartition(toPartition(table, input, existing.CreationTime));
  };

  const remove = (table: Table, values: readonly string[]) => {
    if (store.deletePartition(table.DatabaseName, table.Name, values) === 0)
      throw new AwsError('EntityNotFoundException', 'Partition not found.');
  };

  /** Does each entry of a batch by itself, and answers the ones that failed. */
  const eachOf = <T>(
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

  return {
    CreatePartition(request: OfTable & { readonly PartitionInput: PartitionInput }) {
      create(requireTable(store, request.DatabaseName, request.TableName), request.PartitionInput);
      return {};
    },
    BatchCreatePartition(request: OfTable & { readonly PartitionInputList: PartitionInput[] }) {
      checkBatch(request.PartitionInputList, batchLimits.create);
      const table = requireTable(store, request.DatabaseName, request.TableName);
      return {
        Errors: eachOf(
          request.PartitionInputList,
          (input) => input.Values,
          (input) => create(table, input),
        ),
      };
    },
    GetPartition(request: OfTable & { readonly PartitionValues: string[] }) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      const found = store.partition(table.DatabaseName, table.Name, request.PartitionValues);
      if (!found) throw new AwsError('EntityNotFoundException', 'Cannot find partition.');
      return { Partition: found };
    },
    GetPartitions(
      request: OfTable & {
        readonly Expression?: string;
        readonly Segment?: { SegmentNumber: number; TotalSegments: number };
        readonly MaxResults?: number;
        readonly NextToken?: string;
        readonly ExcludeColumnSchema?: boolean;
      },
    ) {
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
    },
    BatchGetPartition(request: OfTable & { readonly PartitionsToGet: { Values: string[] }[] }) {
      checkBatch(request.PartitionsToGet, batchLimits.read);
      const table = requireTable(store, request.DatabaseName, request.TableName);
      return {
        Partitions: request.PartitionsToGet.flatMap(
          ({ Values }) => store.partition(table.DatabaseName, table.Name, Values) ?? [],
        ),
        UnprocessedKeys: [],
      };
    },
    UpdatePartition(
      request: OfTable & { readonly PartitionValueList: string[]; readonly PartitionInput: PartitionInput },
    ) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      store.atomically(() => update(table, request.PartitionValueList, request.PartitionInput));
      return {};
    },
    BatchUpdatePartition(
      request: OfTable & {
        readonly Entries: { PartitionValueList: string[]; PartitionInput: PartitionInput }[];
      },
    ) {
      checkBatch(request.Entries, batchLimits.update);
      const table = requireTable(store, request.DatabaseName, request.TableName);
      const failed = eachOf(
        request.Entries,
        (entry) => entry.PartitionValueList,
        (entry) => update(table, entry.PartitionValueList, entry.PartitionInput),
      );
      return {
        Errors: failed.map(({ PartitionValues, ErrorDetail }) => ({
          PartitionValueList: PartitionValues,
          ErrorDetail,
        })),
      };
    },
    DeletePartition(request: OfTable & { readonly PartitionValues: string[] }) {
      remove(requireTable(store, request.DatabaseName, request.TableName), request.PartitionValues);
      return {};
    },
    BatchDeletePartition(request: OfTable & { readonly PartitionsToDelete: { Values: string[] }[] }) {
      checkBatch(request.PartitionsToDelete, batchLimits.remove);
      const table = requireTable(store, request.DatabaseName, request.TableName);
      return {
        Errors: eachOf(
          request.PartitionsToDelete,
          (entry) => entry.Values,
          (entry) => remove(table, entry.Values),
        ),
      };
    },
  };
}
