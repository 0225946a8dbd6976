/**
 * SQL that reads a payload's members out of bronze, in Athena's dialect. What these casts take is exactly what the
 * validator lets through (`contract/fit.ts`); a property test holds the two together.
 */

import type { Column } from '../contract/contract.ts';
import { parseType, queryType } from '../contract/types.ts';
import { quoteText } from '../sql/write.ts';

/** A member's path in JSON; the name of one that is not a word is in brackets. */
const pathOf = (member: string) =>
  /^[A-Za-z_]\w*$/.test(member) ? `$.${member}` : `$["${member.replaceAll('"', '\\"')}"]`;

/** An ISO 8601 text in UTC to the microsecond; `from_iso8601_timestamp` would cut it to milliseconds. */
export const instantSql = (text: string): string =>
  `cast(cast(replace(${text}, 'T', ' ') as timestamp(6) with time zone) at time zone 'UTC' as timestamp(6))`;

/** JSON writes a whole number as `2`, `2.0` or `2e0`; a cast to an integer takes the first only. */
const integerSql = (text: string, type: string, cast: string) =>
  `coalesce(try_cast(${text} as ${type}), ${cast}(${cast}(${text} as decimal(38,0)) as ${type}))`;

/** Types that a payload may have and an Iceberg table does not. */
export function tableType(type: string): string {
  if (/^(tinyint|smallint)$/.test(type)) return 'int';
  return /^(varchar|char)\b/.test(type) ? 'string' : type;
}

/** A payload's member as text; null where the payload has none, or has JSON's null. */
export const textSql = ({ name }: Pick<Column, 'name'>): string =>
  `nullif(json_format(json_extract(data, ${quoteText(pathOf(name))})), 'null')`;

/**
 * A payload's member as a value of the column's type.
 * @param cast `try_cast` gives null for a value that the type does not take: the record was judged by another contract.
 */
export function valueSql({ name, type, logicalType }: Column, cast: 'cast' | 'try_cast' = 'cast'): string {
  const path = quoteText(pathOf(name));
  const parsed = parseType(tableType(type));
  const document = `json_extract(data, ${path})`;
  if (parsed.kind !== 'scalar') return `${cast}(${document} as ${queryType(parsed)})`;
  const text = `json_extract_scalar(data, ${path})`;
  switch (parsed.name) {
    case 'string':
      // JSON's null would be the text null.
      return logicalType === 'object' || logicalType === 'array'
        ? `nullif(json_format(${document}), 'null')`
        : text;
    case 'int':
    case 'bigint':
      return integerSql(text, queryType(parsed), cast);
    case 'date':
      // A text in another form is not a date by the judge, whatever an engine makes of it.
      return cast === 'cast'
        ? `cast(${text} as date)`
        : `case when regexp_like(${text}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') then try_cast(${text} as date) end`;
    case 'timestamp':
      return cast === 'cast' ? instantSql(text) : `try(${instantSql(text)})`;
    case 'binary':
      return cast === 'cast' ? `from_base64(${text})` : `try(from_base64(${text}))`;
    default:
      return `${cast}(${text} as ${queryType(parsed)})`;
  }
}
