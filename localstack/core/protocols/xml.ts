/** Writes plain values as the XML that AWS's query and S3 protocols answer with. */
import { SaxesParser } from 'saxes';
import { AwsError } from '../errors.ts';

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

/** An element's children by name, each a list; text where there are none. */
export type XmlNode = string | { readonly [name: string]: readonly XmlNode[] };

/**
 * Reads a request's XML body: the root element's content, namespaces and attributes left out.
 * Throws `MalformedXML`.
 */
export function parseXml(text: string): XmlNode {
  interface Open {
    readonly name: string;
    readonly children: Record<string, XmlNode[]>;
    text: string;
  }
  const stack: Open[] = [{ name: '', children: {}, text: '' }];
  const parser = new SaxesParser();
  parser.on('error', (cause) => {
    throw malformed(cause.message);
  });
  parser.on('opentag', (tag) => {
    stack.push({ name: tag.name.replace(/^.*:/, ''), children: {}, text: '' });
  });
  parser.on('text', (piece) => {
    (stack.at(-1) as Open).text += piece;
  });
  parser.on('closetag', () => {
    const { name, children, text } = stack.pop() as Open;
    const siblings = (stack.at(-1) as Open).children;
    const list = siblings[name] ?? [];
    siblings[name] = list;
    list.push(Object.keys(children).length > 0 ? children : text);
  });
  parser.write(text).close();
  const roots = Object.values((stack[0] as Open).children);
  if (roots.length !== 1) throw malformed('there is no root element');
  return (roots[0] as XmlNode[])[0] as XmlNode;
}

const malformed = (reason: string) =>
  new AwsError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema: ${reason}`,
  );
