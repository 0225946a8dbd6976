/**
 * What Glue's API refuses of a request before an action sees it: members that are missing, empty, out of range or of characters
 * that its single-line texts do not have. Limits: https://docs.aws.amazon.com/glue/latest/webapi/
 */
import { AwsError } from '../../core/errors.ts';
import type { Action } from '../../core/service.ts';

type Json = Readonly<Record<string, unknown>>;

const ofTable = ['DatabaseName', 'TableName'];

/** Members that must be there, and may not be an empty text. */
const required: Readonly<Record<string, readonly string[]>> = {
  CreateDatabase: ['DatabaseInput.Name'],
  GetDatabase: ['Name'],
  UpdateDatabase: ['Name', 'DatabaseInput.Name'],
  DeleteDatabase: ['Name'],
  CreateTable: ['DatabaseName'],
  GetTable: ['DatabaseName', 'Name'],
  GetTables: ['DatabaseName'],
  UpdateTable: ['DatabaseName', 'TableInput.Name'],
  DeleteTable: ['DatabaseName', 'Name'],
  BatchDeleteTable: ['DatabaseName', 'TablesToDelete'],
  GetTableVersion: ofTable,
  GetTableVersions: ofTable,
  DeleteTableVersion: [...ofTable, 'VersionId'],
  BatchDeleteTableVersion: [...ofTable, 'VersionIds'],
  CreatePartition: [...ofTable, 'PartitionInput.Values'],
  BatchCreatePartition: [...ofTable, 'PartitionInputList'],
  GetPartition: [...ofTable, 'PartitionValues'],
  GetPartitions: ofTable,
  BatchGetPartition: [...ofTable, 'PartitionsToGet'],
  UpdatePartition: [...ofTable, 'PartitionValueList', 'PartitionInput.Values'],
  BatchUpdatePartition: [...ofTable, 'Entries'],
  DeletePartition: [...ofTable, 'PartitionValues'],
  BatchDeletePartition: [...ofTable, 'PartitionsToDelete'],
  GetColumnStatisticsForTable: [...ofTable, 'ColumnNames'],
  UpdateColumnStatisticsForTable: [...ofTable, 'ColumnStatisticsList'],
  DeleteColumnStatisticsForTable: [...ofTable, 'ColumnName'],
  GetPartitionIndexes: ofTable,
  CreateUserDefinedFunction: ['DatabaseName', 'FunctionInput.FunctionName'],
  GetUserDefinedFunction: ['DatabaseName', 'FunctionName'],
  GetUserDefinedFunctions: ['Pattern'],
  UpdateUserDefinedFunction: ['DatabaseName', 'FunctionName', 'FunctionInput.FunctionName'],
  DeleteUserDefinedFunction: ['DatabaseName', 'FunctionName'],
};

/** The largest MaxResults, where it is not 1000. */
const largestPage: Readonly<Record<string, number>> = {
  GetDatabases: 100,
  GetTables: 100,
  GetTableVersions: 100,
  GetUserDefinedFunctions: 100,
};

const singleLine = '[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*';
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const notSingleLine = /[\u0000-\u0008\u000a-\u001f\ufffe\uffff]/;

const memberPath = (path: string) =>
  path
    .split('.')
    .map((part) => part[0]!.toLowerCase() + part.slice(1))
    .join('.');

const valueAt = (input: Json, path: string) =>
  path.split('.').reduce<unknown>((value, part) => (value as Json | undefined | null)?.[part], input);

const complaint = (value: string, path: string, rule: string) =>
  `Value ${value} at '${memberPath(path)}' failed to satisfy constraint: ${rule}`;

function columnComplaints(input: Json): string[] {
  const table = input.TableInput as Json | undefined;
  const groups: [string, unknown][] = [
    ['TableInput.StorageDescriptor.Columns', (table?.StorageDescriptor as Json | undefined)?.Columns],
    ['TableInput.PartitionKeys', table?.PartitionKeys],
  ];
  return groups.flatMap(([path, columns]) =>
    (Array.isArray(columns) ? (columns as Json[]) : []).flatMap((column, index) =>
      (['Name', 'Comment'] as const)
        .filter((member) => notSingleLine.test(String(column?.[member] ?? '')))
        .map((member) =>
          complaint(
            `'${column[member]}'`,
            `${path}.${index + 1}.member.${member}`,
            `Member must satisfy regular expression pattern: ${singleLine}`,
          ),
        ),
    ),
  );
}

function complaintsOf(action: string, input: Json): string[] {
  const missing = (required[action] ?? []).flatMap((path) => {
    const value = valueAt(input, path);
    if (value === undefined || value === null) return [complaint('null', path, 'Member must not be null')];
    return value === '' ? [complaint("''", path, 'Member must have length greater than or equal to 1')] : [];
  });
  const size = input.MaxResults as number | undefined;
  const largest = largestPage[action] ?? 1000;
  const rule =
    size === undefined || size === null
      ? undefined
      : size < 1
        ? 'Member must have value greater than or equal to 1'
        : size > largest
          ? `Member must have value less than or equal to ${largest}`
          : undefined;
  const paging = rule ? [complaint(`'${size}'`, 'MaxResults', rule)] : [];
  return [...missing, ...paging, ...columnComplaints(input)];
}

/** Puts the checks before each action. */
export const validated = (actions: Record<string, Action>): Record<string, Action> =>
  Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      (input: Json, call: Parameters<Action>[1]) => {
        const complaints = complaintsOf(name, input ?? {});
        if (complaints.length > 0)
          throw new AwsError(
            'ValidationException',
            `${complaints.length} validation error${complaints.length === 1 ? '' : 's'} detected: ${complaints.join('; ')}`,
          );
        return action(input, call);
      },
    ]),
  );
