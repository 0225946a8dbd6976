/** Values that a file gives as text, read as the column's declared type: fitting text or Hive's error. */
import { physicalType, type Type } from '../../../sql/types.ts';
import { isNested } from '../hiveType.ts';
import { raise } from './duckText.ts';

/** What becomes of text that is not a value of the type. */
export type OnMisfit = 'fail' | 'null';

const shapes: Readonly<Record<string, string>> = {
  boolean: '(?i)true|false',
  tinyint: '[+-]?\\d+',
  smallint: '[+-]?\\d+',
  integer: '[+-]?\\d+',
  bigint: '[+-]?\\d+',
  real: '[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?|NaN|[+-]?Infinity',
  double: '[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?|NaN|[+-]?Infinity',
  decimal: '[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?',
  date: '\\d{4}-\\d{2}-\\d{2}',
  timestamp: '\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?',
};

/**
 * A DuckDB expression for the value of the text expression `text`.
 * Text columns take it as it is; `timestamp` is Hive's `yyyy-MM-dd HH:mm:ss[.fff]`, nothing else.
 */
export function fromText(text: string, type: Type, column: string, onMisfit: OnMisfit): string {
  if (isNested(type))
    return raise(
      'NOT_SUPPORTED',
      `Column '${column}': a ${type.kind} cannot be read from this format: `,
      text,
    );
  if (type.kind === 'varchar') return type.length === undefined ? text : `left(${text}, ${type.length})`;
  if (type.kind === 'varbinary') return `from_base64(${text})`;
  const shape = shapes[type.kind];
  if (!shape)
    return raise('NOT_SUPPORTED', `Column '${column}': the type ${type.kind} is not one of Hive's: `, text);
  const misfit =
    onMisfit === 'null'
      ? 'NULL'
      : raise('HIVE_BAD_DATA', `Error parsing field value for column '${column}' as ${type.kind}: `, text);
  const value = `TRY_CAST(${text} AS ${physicalType(type)})`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN regexp_full_match(${text}, '${shape}') AND ${value} IS NOT NULL THEN ${value} ELSE ${misfit} END`;
}
