/** Reads the XML documents that S3's actions take, by what the actions declare. */
import type { Member, Members } from '../../../core/inputs/declare.ts';
import { parseXml, type XmlNode } from '../../../core/protocols/xml.ts';
import { malformedXml } from '../failures.ts';

/** Elements that are not named as their members are; where the structure matters, it is before the member. */
export const ELEMENTS: Readonly<Record<string, string>> = {
  Events: 'Event',
  FilterRules: 'FilterRule',
  LambdaFunctionArn: 'CloudFunction',
  LambdaFunctionConfigurations: 'CloudFunctionConfiguration',
  MFADelete: 'MfaDelete',
  NoncurrentVersionTransitions: 'NoncurrentVersionTransition',
  Objects: 'Object',
  Parts: 'Part',
  QueueArn: 'Queue',
  QueueConfigurations: 'QueueConfiguration',
  Rules: 'Rule',
  TopicArn: 'Topic',
  TopicConfigurations: 'TopicConfiguration',
  Transitions: 'Transition',
  'And.Tags': 'Tag',
  'Filter.Key': 'S3Key',
};

/** Lists whose items are in an element of the list's own; those of all others are side by side. */
export const WRAPPED: Readonly<Record<string, string>> = {
  TagSet: 'Tag',
  'CreateBucketConfiguration.Tags': 'Tag',
};

const named = (table: Readonly<Record<string, string>>, parent: string, name: string) =>
  table[`${parent}.${name}`] ?? table[name];

/** Throws `MalformedXML` for what is not XML or does not have the shape that is declared. */
export const documentOf = (text: string, name: string, member: Member): Record<string, unknown> =>
  structureOf(parseXml(text), member.members ?? {}, name);

function structureOf(node: XmlNode, members: Members, parent: string): Record<string, unknown> {
  if (typeof node === 'string') {
    if (node.trim() !== '') throw malformedXml(`${parent} holds text`);
    return {};
  }
  const read: Record<string, unknown> = {};
  const known = new Set<string>();
  for (const [name, member] of Object.entries(members)) {
    const element = named(ELEMENTS, parent, name) ?? name;
    known.add(element);
    const found = node[element];
    if (found !== undefined) read[name] = memberOf(found, member, parent, name);
  }
  const unknown = Object.keys(node).find((element) => !known.has(element));
  if (unknown !== undefined) throw malformedXml(`${parent} has no element ${unknown}`);
  return read;
}

function memberOf(found: readonly XmlNode[], member: Member, parent: string, name: string): unknown {
  if (member.kind === 'list') {
    const item = named(WRAPPED, parent, name);
    const items = item === undefined ? found : inside(found, item, name);
    return items.map((node) => readValue(node, member.each as Member, name));
  }
  if (member.kind === 'any') return found;
  if (found.length > 1) throw malformedXml(`${parent} has more than one ${name}`);
  return readValue(found[0] as XmlNode, member, name);
}

function inside([list]: readonly XmlNode[], item: string, name: string): readonly XmlNode[] {
  if (list === undefined || typeof list === 'string') return [];
  const unknown = Object.keys(list).find((element) => element !== item);
  if (unknown !== undefined) throw malformedXml(`${name} has no element ${unknown}`);
  return list[item] ?? [];
}

/** How texts of each type are read; undefined for one that is not of the type. */
const READERS: Partial<Record<Member['kind'], (text: string) => unknown>> = {
  integer: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
  flag: (text) => ({ true: true, false: false })[text.toLowerCase()],
  time: (text) => (Number.isNaN(Date.parse(text)) ? undefined : Date.parse(text) / 1000),
};

function readValue(node: XmlNode, member: Member, name: string): unknown {
  if (member.kind === 'structure') return structureOf(node, member.members ?? {}, name);
  if (typeof node !== 'string') throw malformedXml(`${name} holds elements`);
  const reader = READERS[member.kind];
  if (!reader) return node;
  const value = reader(node.trim());
  if (value === undefined) throw malformedXml(`${name} is ${node}`);
  return value;
}
