/** JSON: trino.io/docs/476/functions/json.html, the older functions on text and on the json type. */
import type { Member } from '../translate/documents.ts';
import { quoteText } from '../types.ts';
import { type Emission, scalar, unlessNull } from './entry.ts';
import { type JsonPath, parseJsonPath } from './jsonPath.ts';

function pathOf(call: Emission): JsonPath {
  const text = call.constant(1);
  return parseJsonPath(text) ?? call.refuse(`the JSON path '${text}'`);
}

/** Whether DuckDB reads the document at this path as Trino would. */
const isReadable = (json: string, path: JsonPath) =>
  [
    `json_valid(${json})`,
    ...path.indexed.map((parent) => `coalesce(json_type(${json}, ${quoteText(parent)}) <> 'OBJECT', true)`),
  ].join(' AND ');

/**
 * DuckDB answers wherever it reads a document as Trino's streaming reader would; a number that is not an integer (its
 * text must stay as written), a broken document and an index into an object go to the slower exact reader.
 */
function extractScalar(json: string, call: Emission): string {
  const path = pathOf(call);
  const duck = quoteText(path.duck);
  const exact = `hw_js_json_scalar(${json}, ${quoteText(path.text)})`;
  const number =
    path.lastKey === undefined
      ? exact
      : `hw_json_number(${json}, ${duck}, ${quoteText(`"${path.lastKey}"`)}, ${quoteText(`"${path.lastKey}"\\s*:\\s*(-?[0-9][0-9.eE+-]*)`)}, ${quoteText(path.text)})`;
  const judged = (type: string, text: string, readable: string) => {
    const value = `CASE WHEN ${type} IN ('VARCHAR', 'UBIGINT', 'BIGINT', 'BOOLEAN') THEN ${text} WHEN ${type} = 'DOUBLE' THEN ${number} END`;
    return `CASE WHEN ${readable} THEN ${value} WHEN ${json} IS NOT NULL THEN ${exact} END`;
  };
  const single = judged(
    `json_type(${json}, ${duck})`,
    `json_extract_string(${json}, ${duck})`,
    isReadable(json, path),
  );
  // Whether a document has the key at all is checked first, since the sources of one table have different keys. What most texts are,
  // and most numbers, shows that they are written so in the document; of the rest the type is asked for.
  const made = ({ type, text, readable }: Member) =>
    type
      ? judged(type, text, readable)
      : `CASE WHEN ${text} IS NULL AND ${readable} THEN NULL WHEN hw_json_plain(${text}) THEN ${text} WHEN hw_json_written(${json}, ${quoteText(`"${path.lastKey}"`)}, ${text}) THEN ${text} ELSE ${single} END`;
  // An index is judged by what it is taken of, which the shared reading does not tell.
  return (path.indexed.length === 0 && call.member(json, path, made)) || single;
}

const extract = (json: string, path: JsonPath) =>
  `CASE WHEN ${isReadable(json, path)} THEN hw_json_text(CAST(json_extract(${json}, ${quoteText(path.duck)}) AS VARCHAR)) WHEN ${json} IS NOT NULL THEN hw_js_json_extract(${json}, ${quoteText(path.text)}) END`;

const onBoth = (text: string, emit: (args: readonly string[], call: Emission) => string) => [
  scalar(text.replace('$', 'varchar(x)'), emit),
  scalar(text.replace('$', 'json'), emit),
];

export const JSON_FUNCTIONS = [
  scalar('json_extract_scalar(varchar(x), varchar(y)) -> varchar(x)', ([json], call) =>
    extractScalar(json!, call),
  ),
  scalar('json_extract_scalar(json, varchar(y)) -> varchar', ([json], call) => extractScalar(json!, call)),
  ...onBoth('json_extract($, varchar(y)) -> json', ([json], call) => extract(json!, pathOf(call))),
  ...onBoth(
    'json_array_length($) -> bigint',
    ([json]) =>
      `CASE WHEN json_valid(${json}) AND json_type(${json}) = 'ARRAY' THEN CAST(json_array_length(${json}) AS BIGINT) END`,
  ),
  ...onBoth('json_array_get($, bigint) -> json', ([json, at]) => `hw_js_json_array_get(${json}, ${at})`),
  ...['bigint', 'boolean', 'double', 'varchar(y)'].flatMap((type) =>
    onBoth(`json_array_contains($, ${type}) -> boolean`, ([json, value]) =>
      unlessNull(
        [json!, value!],
        `hw_js_json_array_contains(${json}, CAST(${value} AS VARCHAR), '${type.replace('(y)', '')}')`,
      ),
    ),
  ),
  ...onBoth('is_json_scalar($) -> boolean', ([json]) => `hw_js_is_json_scalar(${json})`),
  scalar('json_parse(varchar(x)) -> json', ([text]) => `hw_json_parse(${text})`),
  scalar('json_format(json) -> varchar', ([json]) => json!),
  ...onBoth('json_size($, varchar(y)) -> bigint', ([json], call) => {
    const path = quoteText(pathOf(call).duck);
    return unlessNull(
      [json!],
      `CASE WHEN json_valid(${json}) THEN CASE json_type(${json}, ${path}) WHEN 'ARRAY' THEN CAST(json_array_length(${json}, ${path}) AS BIGINT) WHEN 'OBJECT' THEN CAST(len(json_keys(${json}, ${path})) AS BIGINT) WHEN NULL THEN NULL ELSE CASE WHEN json_type(${json}, ${path}) IS NOT NULL THEN 0 END END END`,
    );
  }),
];
