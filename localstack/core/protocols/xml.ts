/** Writes plain values as the XML that AWS's query and S3 protocols answer with. */

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

export const escapeXml = (text: string) =>
  text.replace(/[&<>"\r]/g, (character) => ESCAPES[character] as string);

export const XML_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n';

/**
 * A value under an element name: arrays become `<member>` items, `Map`s `<entry>` pairs, `Date`s ISO 8601 in UTC;
 * absent members are left out.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
 */
export function queryXml(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  return `<${name}>${queryContent(value)}</${name}>`;
}

function queryContent(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => queryXml('member', item)).join('');
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map)
    return [...value]
      .map(([key, item]) => `<entry>${queryXml('key', key)}${queryXml('value', item)}</entry>`)
      .join('');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, item]) => queryXml(name, item))
      .join('');
  return escapeXml(String(value));
}
