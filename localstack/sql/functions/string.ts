/** Strings: https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html → trino.io/docs/476/functions/string.html. */
import { SqlError } from '../errors.ts';
import { failWith } from '../translate/failure.ts';
import { VARCHAR } from '../types.ts';
import { same, scalar, unlessNull } from './entry.ts';

const blanks = 'hw_blanks()';

export const STRING_FUNCTIONS = [
  same('lower(varchar(x)) -> varchar(x)', 'lower'),
  same('upper(varchar(x)) -> varchar(x)', 'hw_upper'),
  same('length(varchar(x)) -> bigint', 'length'),
  scalar('length(varbinary) -> bigint', ([x]) => `octet_length(${x})`),
  same('reverse(varchar(x)) -> varchar(x)', 'hw_reverse'),
  scalar('trim(varchar(x)) -> varchar(x)', ([x]) => `trim(${x}, ${blanks})`),
  scalar('ltrim(varchar(x)) -> varchar(x)', ([x]) => `ltrim(${x}, ${blanks})`),
  scalar('rtrim(varchar(x)) -> varchar(x)', ([x]) => `rtrim(${x}, ${blanks})`),
  same('trim(varchar(x), varchar(y)) -> varchar(x)', 'trim'),
  same('ltrim(varchar(x), varchar(y)) -> varchar(x)', 'ltrim'),
  same('rtrim(varchar(x), varchar(y)) -> varchar(x)', 'rtrim'),
  scalar('concat(varchar...) -> varchar', (args, call) =>
    args.length < 2 ? call.refuse('concat of one value') : `(${args.join(' || ')})`,
  ),
  scalar('concat_ws(varchar, varchar...) -> varchar', (args, call) => {
    // An untyped NULL could as well be the array of the other form.
    if (args.length === 2 && call.arguments[1]!.literal?.kind === 'null')
      throw new SqlError(
        'AMBIGUOUS_FUNCTION_CALL',
        'Could not choose a best candidate operator. Explicit type casts must be added.',
        call.position,
      );
    return `concat_ws(${args.join(', ')})`;
  }),
  scalar('concat_ws(varchar, array(varchar)) -> varchar', ([separator, list]) =>
    unlessNull(
      [separator!, list!],
      `coalesce(array_to_string(list_filter(${list}, lambda e: e IS NOT NULL), ${separator}), '')`,
    ),
  ),
  same('substr(varchar(x), bigint) -> varchar(x)', 'hw_substr'),
  same('substr(varchar(x), bigint, bigint) -> varchar(x)', 'hw_substr_length'),
  same('substring(varchar(x), bigint) -> varchar(x)', 'hw_substr'),
  same('substring(varchar(x), bigint, bigint) -> varchar(x)', 'hw_substr_length'),
  scalar('strpos(varchar(x), varchar(y)) -> bigint', ([text, needle]) => `strpos(${text}, ${needle})`),
  scalar(
    'replace(varchar(x), varchar(y), varchar(z)) -> varchar',
    ([text, from, to], call) =>
      call.arguments[1]?.literal?.text === ''
        ? call.refuse('replace of an empty string')
        : `hw_replace(${text}, ${from}, ${to})`,
    ([text, from, to]) => {
      const length = (index: 0 | 1 | 2) => {
        const type = [text, from, to][index]!.type;
        return type.kind === 'varchar' ? type.length : 0;
      };
      const [x, z] = [length(0), length(2)];
      return x === undefined || z === undefined
        ? VARCHAR
        : { kind: 'varchar', length: Math.min(2_147_483_647, x + z * (x + 1)) };
    },
  ),
  scalar(
    'replace(varchar(x), varchar(y)) -> varchar(x)',
    ([text, from]) => `hw_replace(${text}, ${from}, '')`,
  ),
  scalar(
    'split(varchar(x), varchar(y)) -> array(varchar(x))',
    ([text, separator]) =>
      `CASE WHEN ${separator} = '' THEN ${failWith('The delimiter may not be the empty string')} ELSE string_split(${text}, ${separator}) END`,
  ),
  scalar(
    'split_part(varchar(x), varchar(y), bigint) -> varchar(x)',
    ([text, separator, index]) =>
      `CASE WHEN ${text} IS NULL OR ${separator} IS NULL THEN NULL WHEN ${index} <= 0 THEN ${failWith('Index must be greater than zero')} WHEN ${separator} = '' THEN ${failWith('split_part of an empty delimiter is not in the verified list (docs/athena-sql.md)')} ELSE list_extract(string_split(${text}, ${separator}), ${index}) END`,
  ),
  same('lpad(varchar(x), bigint, varchar(y)) -> varchar', 'hw_lpad'),
  same('rpad(varchar(x), bigint, varchar(y)) -> varchar', 'hw_rpad'),
  same('starts_with(varchar(x), varchar(y)) -> boolean', 'starts_with'),
  scalar('chr(bigint) -> varchar(1)', ([code]) => `chr(CAST(${code} AS INTEGER))`),
  scalar('codepoint(varchar(1)) -> integer', ([text], call) =>
    call.arguments[0]!.type.kind === 'varchar' && call.arguments[0]!.literal?.text.length !== 1
      ? call.refuse('codepoint of other than one literal character')
      : `unicode(${text})`,
  ),
  same('translate(varchar(x), varchar(y), varchar(z)) -> varchar', 'translate'),
  same('levenshtein_distance(varchar(x), varchar(y)) -> bigint', 'hw_levenshtein'),
  scalar(
    'hamming_distance(varchar(x), varchar(y)) -> bigint',
    ([a, b]) =>
      `CASE WHEN length(${a}) <> length(${b}) THEN ${failWith('The input strings to hamming_distance function must have the same length')} ELSE hw_hamming(${a}, ${b}) END`,
  ),
  scalar(
    'strpos(varchar(x), varchar(y), bigint) -> bigint',
    ([text, needle, instance]) => `hw_js_strpos(${text}, ${needle}, ${instance})`,
  ),
  scalar('split(varchar(x), varchar(y), bigint) -> array(varchar(x))', ([text, separator, limit]) =>
    unlessNull(
      [text!, separator!, limit!],
      `CASE WHEN ${limit} <= 0 THEN ${failWith('Limit must be positive')} WHEN ${limit} > 2147483647 THEN ${failWith('Limit is too large')} WHEN ${separator} = '' THEN ${failWith('The delimiter may not be the empty string')} ELSE hw_split_limited(string_split(${text}, ${separator}), ${separator}, ${limit}) END`,
    ),
  ),
  scalar('uuid() -> uuid', () => 'uuid()'),
  same('soundex(varchar) -> varchar(4)', 'hw_js_soundex'),
  same('luhn_check(varchar) -> boolean', 'hw_js_luhn_check'),
  scalar('normalize(varchar(x), varchar(y)) -> varchar', ([text], call) => {
    const form = call.constant(1).toUpperCase();
    if (!['NFC', 'NFD', 'NFKC', 'NFKD'].includes(form)) call.refuse(`normalize to ${form}`);
    return `hw_js_normalize(${text}, '${form}')`;
  }),
  same('from_utf8(varbinary, varchar(x)) -> varchar', 'hw_js_from_utf8'),
  scalar('to_utf8(varchar(x)) -> varbinary', ([x]) => `encode(${x})`),
  scalar('from_utf8(varbinary) -> varchar', ([x]) => `hw_from_utf8(${x})`),
];
