/** Binary data and URLs: trino.io/docs/476/functions/binary.html and url.html. */
import { same, scalar } from './entry.ts';

export const BINARY_FUNCTIONS = [
  scalar('to_hex(varbinary) -> varchar', ([x]) => `hex(${x})`),
  scalar('from_hex(varchar(x)) -> varbinary', ([x]) => `unhex(${x})`),
  same('to_base64(varbinary) -> varchar', 'to_base64'),
  same('from_base64(varchar(x)) -> varbinary', 'from_base64'),
  scalar('md5(varbinary) -> varbinary', ([x]) => `unhex(md5(${x}))`),
  scalar('sha1(varbinary) -> varbinary', ([x]) => `unhex(sha1(${x}))`),
  scalar('sha256(varbinary) -> varbinary', ([x]) => `unhex(sha256(${x}))`),
  same('sha512(varbinary) -> varbinary', 'hw_js_sha512'),
  same('crc32(varbinary) -> bigint', 'hw_js_crc32'),
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
