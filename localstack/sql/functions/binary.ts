/** Binary data and URLs: trino.io/docs/476/functions/binary.html and url.html. */
import { failWith } from '../translate/failure.ts';
import { same, scalar } from './entry.ts';

export const BINARY_FUNCTIONS = [
  scalar('to_hex(varbinary) -> varchar', ([x]) => `hex(${x})`),
  scalar(
    'from_hex(varchar(x)) -> varbinary',
    ([x]) => `CASE WHEN length(${x}) % 2 = 1 THEN ${failWith('invalid input length')} ELSE unhex(${x}) END`,
  ),
  same('to_base64(varbinary) -> varchar', 'to_base64'),
  // Java takes text without its padding.
  scalar(
    'from_base64(varchar(x)) -> varbinary',
    ([x]) => `from_base64(${x} || repeat('=', (4 - length(${x}) % 4) % 4))`,
  ),
  scalar('md5(varbinary) -> varbinary', ([x]) => `unhex(md5(${x}))`),
  scalar('sha1(varbinary) -> varbinary', ([x]) => `unhex(sha1(${x}))`),
  scalar('sha256(varbinary) -> varbinary', ([x]) => `unhex(sha256(${x}))`),
  same('sha512(varbinary) -> varbinary', 'hw_js_sha512'),
  same('crc32(varbinary) -> bigint', 'hw_js_crc32'),
  ...['md5', 'sha1', 'sha256', 'sha512'].map((hash) =>
    scalar(
      `hmac_${hash}(varbinary, varbinary) -> varbinary`,
      ([x, key]) => `hw_js_hmac(${x}, ${key}, '${hash}')`,
    ),
  ),
  same('xxhash64(varbinary) -> varbinary', 'hw_js_xxhash64'),
  same('to_base32(varbinary) -> varchar', 'hw_js_to_base32'),
  same('from_base32(varchar(x)) -> varbinary', 'hw_js_from_base32'),
  same('to_base64url(varbinary) -> varchar', 'hw_js_to_base64url'),
  same('from_base64url(varchar(x)) -> varbinary', 'hw_js_from_base64url'),
  scalar('to_big_endian_32(integer) -> varbinary', ([x]) => `hw_js_to_big_endian(CAST(${x} AS BIGINT), 4)`),
  scalar('to_big_endian_64(bigint) -> varbinary', ([x]) => `hw_js_to_big_endian(${x}, 8)`),
  scalar(
    'from_big_endian_32(varbinary) -> integer',
    ([x]) => `CAST(hw_js_from_big_endian(${x}, 4) AS INTEGER)`,
  ),
  scalar('from_big_endian_64(varbinary) -> bigint', ([x]) => `hw_js_from_big_endian(${x}, 8)`),
  scalar('to_ieee754_32(real) -> varbinary', ([x]) => `hw_js_to_ieee754(CAST(${x} AS DOUBLE), 4)`),
  scalar('to_ieee754_64(double) -> varbinary', ([x]) => `hw_js_to_ieee754(${x}, 8)`),
  scalar('from_ieee754_32(varbinary) -> real', ([x]) => `CAST(hw_js_from_ieee754(${x}, 4) AS FLOAT)`),
  scalar('from_ieee754_64(varbinary) -> double', ([x]) => `hw_js_from_ieee754(${x}, 8)`),
  scalar('concat(varbinary...) -> varbinary', (args, call) =>
    args.length < 2 ? call.refuse('concat of one value') : `(${args.join(' || ')})`,
  ),
  scalar(
    'substr(varbinary, bigint) -> varbinary',
    ([x, start]) => `hw_substr_bytes(${x}, ${start}, octet_length(${x}))`,
  ),
  same('substr(varbinary, bigint, bigint) -> varbinary', 'hw_substr_bytes'),
  same('url_extract_port(varchar(x)) -> bigint', 'hw_js_url_port'),
  scalar('url_extract_host(varchar(x)) -> varchar(x)', ([x]) => `hw_js_url(${x}, 'host')`),
  scalar('url_extract_path(varchar(x)) -> varchar(x)', ([x]) => `hw_js_url(${x}, 'path')`),
  scalar('url_extract_protocol(varchar(x)) -> varchar(x)', ([x]) => `hw_js_url(${x}, 'protocol')`),
  scalar('url_extract_query(varchar(x)) -> varchar(x)', ([x]) => `hw_js_url(${x}, 'query')`),
  scalar('url_extract_fragment(varchar(x)) -> varchar(x)', ([x]) => `hw_js_url(${x}, 'fragment')`),
  scalar(
    'url_extract_parameter(varchar(x), varchar(y)) -> varchar(x)',
    ([x, name]) => `hw_js_url_parameter(${x}, ${name})`,
  ),
  scalar('url_decode(varchar(x)) -> varchar(x)', ([x]) => `hw_js_url_decode(${x})`),
  scalar(
    'url_encode(varchar(x)) -> varchar(y)',
    ([x]) => `hw_js_url_encode(${x})`,
    ([x]) => ({
      kind: 'varchar',
      length:
        x!.type.kind === 'varchar' && x!.type.length !== undefined
          ? Math.min(2_147_483_647, x!.type.length * 12)
          : undefined,
    }),
  ),
];
