/** Column statistics that engines such as Trino store next to a table; ours neither makes nor reads them. */
import type { Action, CloudContext } from '../../../core/service.ts';
import { fold } from '../records.ts';
import { type CatalogStore, partitionKey } from '../store.ts';
import { requireTable } from './tables.ts';

interface Request {
  readonly DatabaseName: string;
  readonly TableName: string;
  readonly PartitionValues?: string[];
  readonly ColumnNames?: string[];
  readonly ColumnName?: string;
  readonly ColumnStatisticsList?: { ColumnName: string; [member: string]: unknown }[];
}

/** The key of statistics that belong to the whole table. */
const wholeTable = '';

export function statisticsActions(_context: CloudContext, store: CatalogStore): Record<string, Action> {
  const scope = (request: Request) =>
    request.PartitionValues ? partitionKey(request.PartitionValues) : wholeTable;
  const read = (request: Request) => {
    const { DatabaseName: database, Name: name } = requireTable(
      store,
      request.DatabaseName,
      request.TableName,
    );
    const found: unknown[] = [];
    const Errors: unknown[] = [];
    for (const column of request.ColumnNames ?? []) {
      const statistics = store.columnStatistics(database, name, scope(request), fold(column));
      if (statistics) found.push(statistics);
      else
        Errors.push({
          ColumnName: column,
          Error: { ErrorCode: 'EntityNotFoundException', ErrorMessage: 'Column statistics not found.' },
        });
    }
    return { ColumnStatisticsList: found, Errors };
  };
  const write = (request: Request) => {
    const { DatabaseName: database, Name: name } = requireTable(
      store,
      request.DatabaseName,
      request.TableName,
    );
    for (const statistics of request.ColumnStatisticsList ?? [])
      store.putColumnStatistics(database, name, scope(request), fold(statistics.ColumnName), statistics);
    return { Errors: [] };
  };
  const remove = (request: Request) => {
    const { DatabaseName: database, Name: name } = requireTable(
      store,
      request.DatabaseName,
      request.TableName,
    );
    store.deleteColumnStatistics(database, name, scope(request), fold(request.ColumnName!));
    return {};
  };
  return {
    GetColumnStatisticsForTable: read,
    GetColumnStatisticsForPartition: read,
    UpdateColumnStatisticsForTable: write,
    UpdateColumnStatisticsForPartition: write,
    DeleteColumnStatisticsForTable: remove,
    DeleteColumnStatisticsForPartition: remove,
  };
}
