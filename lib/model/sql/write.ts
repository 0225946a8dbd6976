/** Writes names and values into Athena SQL so that no content can end them. */

import { type AthenaType, parseType } from '../contract/types.ts';

/** A name in a query: double quotes. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `"database"."table"` in a query. */
export const quoteTable = (database: string, table: string): string =>
  `${quoteName(database)}.${quoteName(table)}`;

/**
 * A name in DDL, which Athena hands to Hive's parser: backticks.
 * @throws RangeError for a name with a backtick.
 */
export function quoteDdlName(name: string): string {
  if (name.includes('`')) throw new RangeError(`the name '${name}' holds a backtick, which DDL cannot carry`);
  return `\`${name}\``;
}

/** `database`.`table` in DDL. */
export const quoteDdlTable = (database: string, table: string): string =>
  `${quoteDdlName(database)}.${quoteDdlName(table)}`;

/** Words that DDL takes as a name in backticks only (https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html). */
const reservedInDdl = new Set(
  (
    'all alter and array as authorization between bigint binary boolean both by case cashe cast char column conf ' +
    'constraint commit create cross cube current current_date current_timestamp cursor database date dayofweek ' +
    'decimal delete describe distinct div double drop else end exchange exists extended external extract false fetch ' +
    'float floor following for foreign from full function grant group grouping having if import in inner insert int ' +
    'integer intersect interval into is join lateral left less like local macro map more none not null numeric of on ' +
    'only or order out outer over partialscan partition percent preceding precision preserve primary procedure range ' +
    'reads reduce regexp references revoke right rlike rollback rollup row rows select set smallint start table ' +
    'tablesample then time timestamp to transform trigger true truncate unbounded union uniquejoin update user using ' +
    'utc_timestamp utc_tmestamp values varchar views when where window with'
  ).split(' '),
);

/**
 * Whether OPTIMIZE and VACUUM take the name: AWS documents them with plain names only, and they refuse double quotes
 * (https://github.com/dbt-labs/dbt-athena/pull/191). A name that begins with an underscore needs quotes too
 * (https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html).
 */
export const isPlainDdlName = (name: string): boolean =>
  /^[a-z][a-z0-9_]*$/.test(name) && !reservedInDdl.has(name);

/** A text literal in a query. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * A text in DDL for people to read. Hive's and Trino's ways to escape a quote differ, so a typographic one replaces it; a
 * semicolon, at which Hive's clients cut a script even within a text, becomes a comma.
 */
export const quoteComment = (text: string): string =>
  `'${text.replaceAll("'", '’').replaceAll('\\', '/').replaceAll(';', ',').replace(/\s+/g, ' ')}'`;

/** How a value of a type is written as a literal, from the text that `CAST(value AS varchar)` gives. */
const literalForms: Readonly<Record<string, (text: string) => string | undefined>> = {
  string: quoteText,
  varchar: quoteText,
  char: quoteText,
  date: (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? `DATE '${text}'` : undefined),
  timestamp: (text) =>
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(text) ? `TIMESTAMP '${text}'` : undefined,
  int: (text) => (/^-?\d+$/.test(text) ? text : undefined),
  bigint: (text) => (/^-?\d+$/.test(text) ? text : undefined),
  decimal: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? `DECIMAL '${text}'` : undefined),
  boolean: (text) => (/^(true|false)$/.test(text) ? text : undefined),
};

/**
 * A literal of the given type.
 * @throws RangeError when the text is not a value of the type, or the type has no literal (a partition column cannot have it).
 */
export function literal(type: AthenaType | string, text: string): string {
  const parsed = typeof type === 'string' ? parseType(type) : type;
  const name = parsed.kind === 'scalar' ? parsed.name : parsed.kind;
  const written = literalForms[name]?.(text);
  if (written === undefined)
    throw new RangeError(
      `'${text}' cannot be written as a literal of type ${name}; types with literals: ${Object.keys(literalForms).join(', ')}`,
    );
  return written;
}

/** `a, b, c` of quoted names, each behind `qualifier` if given. */
export const nameList = (names: readonly string[], qualifier?: string): string =>
  names.map((name) => (qualifier ? `${qualifier}.${quoteName(name)}` : quoteName(name))).join(', ');

/** Athena's limit on a statement (https://docs.aws.amazon.com/athena/latest/ug/service-limits.html). */
export const maxStatementBytes = 262_144;

/**
 * Bytes as JSON that a statement of the pipeline may have, and the texts that travel through its state together. Step
 * Functions carries 262,144 from state to state
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StateEnteredEventDetails.html). A failure adds a cause
 * of up to 32,768 characters (API_TaskFailedEventDetails), of at most 3 bytes each; 32 KiB are left for the rest of the state.
 */
export const maxTravellingBytes = 262_144 - 3 * 32_768 - 32 * 1024;

/** Bytes of a value as JSON. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * A statement that the pipeline can carry, and Athena takes.
 * @throws RangeError naming the statement's purpose and its size.
 */
export function checkedStatement(purpose: string, sql: string): string {
  const bytes = jsonBytes(sql);
  if (bytes > maxTravellingBytes)
    throw new RangeError(
      `${purpose} has ${bytes} bytes as JSON; a statement of the pipeline may have ${maxTravellingBytes}, so that Step Functions can carry it. Make the model or its rules smaller`,
    );
  return sql;
}

/**
 * Joins parts of a statement into as few texts as a limit allows, in their order.
 * @param mostBytes as JSON
 * @throws RangeError for a part that is too long for itself
 */
export function packed(
  purpose: string,
  parts: readonly string[],
  separator: string,
  mostBytes: number,
): string[] {
  const texts: string[] = [];
  let bytes = 0;
  for (const part of parts) {
    const more = jsonBytes(checkedStatement(purpose, part)) + jsonBytes(separator);
    if (texts.length > 0 && bytes + more <= mostBytes) {
      texts[texts.length - 1] += separator + part;
      bytes += more;
    } else {
      texts.push(part);
      bytes = more;
    }
  }
  return texts;
}
