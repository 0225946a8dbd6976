/** Reads `oltp.yaml` and checks it against the sources: every name it uses must exist somewhere. */

import { isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Contract } from '../../contract/contract.ts';
import type { Problem } from '../../contract/problem.ts';
import type {
  AccessPattern,
  Capture,
  Change,
  Computed,
  Entity,
  KeyTemplate,
  OltpDesign,
  Step,
  Transaction,
} from './design.ts';
import { writeCondition } from './expression.ts';
import { namesIn } from './template.ts';

type Mapping = Record<string, unknown>;
type Report = (place: readonly (string | number)[], message: string) => void;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});
const text = (value: unknown) => (value === undefined ? '' : String(value).trim());

/**
 * Reads a design.
 * @returns the design, or every problem with its place.
 */
export function parseOltp(
  yaml: string,
  file: string,
  sources: readonly Contract[],
): { design?: OltpDesign; problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const problems: Problem[] = document.errors.map((error) => {
    const position = lines.linePos(error.pos[0]);
    return { file, line: position.line, column: position.col, message: error.message.split('\n')[0] ?? '' };
  });
  if (problems.length) return { problems };
  const report: Report = (place, message) => {
    let node: Node | null = document.contents;
    for (const step of place) {
      const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
      if (!next || typeof next !== 'object') break;
      node = next as Node;
    }
    const position = lines.linePos(node?.range?.[0] ?? 0);
    problems.push({ file, line: position.line, column: position.col, message });
  };

  const root = mapping(document.toJS());
  onlyKeys(root, ['entities', 'transactions', 'access', 'cdc'], [], report);
  const entities = Object.fromEntries(
    Object.entries(mapping(root.entities)).map(([name, value]) => [
      name,
      readEntity(name, mapping(value), report),
    ]),
  );
  const transactions = Object.fromEntries(
    Object.entries(mapping(root.transactions)).map(([name, value]) => [
      name,
      readTransaction(name, mapping(value), entities, report),
    ]),
  );
  const access = Object.fromEntries(
    Object.entries(mapping(root.access)).map(([name, value]) => [
      name,
      readAccess(name, mapping(value), entities, report),
    ]),
  );
  const cdc = (Array.isArray(root.cdc) ? (root.cdc as unknown[]) : []).map((value, index) =>
    readCapture(index, mapping(value), entities, sources, report),
  );
  if (problems.length) return { problems };
  return { design: { study: sources[0]?.study ?? '', entities, transactions, access, cdc }, problems };
}

/** A member that nothing reads would be a promise that nobody keeps. */
function onlyKeys(
  value: Mapping,
  allowed: readonly string[],
  place: readonly (string | number)[],
  report: Report,
): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key))
      report([...place, key], `'${key}' is unknown; allowed: ${allowed.join(', ')}`);
}

function readKey(value: unknown, place: readonly (string | number)[], report: Report): KeyTemplate {
  const key = mapping(value);
  for (const name of ['pk', 'sk'])
    if (typeof key[name] !== 'string') report(place, `a key has the templates pk and sk; ${name} is missing`);
  return { pk: text(key.pk), sk: text(key.sk) };
}

function readEntity(name: string, value: Mapping, report: Report): Entity {
  const place = ['entities', name];
  onlyKeys(value, ['description', 'key', 'indexes'], place, report);
  if (!text(value.description)) report(place, `entity '${name}' has no description`);
  return {
    description: text(value.description),
    key: readKey(value.key, [...place, 'key'], report),
    indexes: Object.fromEntries(
      Object.entries(mapping(value.indexes)).map(([index, key]) => [
        index,
        readKey(key, [...place, 'indexes', index], report),
      ]),
    ),
  };
}

function readComputed(value: unknown, place: readonly (string | number)[], report: Report): Computed {
  if (value === 'now' || value === 'uuid') return { kind: value };
  const sum = mapping(value);
  if (typeof sum.sum === 'string' && sum.of !== undefined)
    return { kind: 'sum', over: sum.sum, of: (Array.isArray(sum.of) ? sum.of : [sum.of]).map(String) };
  report(place, 'a computed value is now, uuid, or {sum: <array of the input>, of: [<members to multiply>]}');
  return { kind: 'now' };
}

function readTransaction(
  name: string,
  value: Mapping,
  entities: Readonly<Record<string, Entity>>,
  report: Report,
): Transaction {
  const place = ['transactions', name];
  onlyKeys(value, ['description', 'token', 'input', 'computed', 'steps'], place, report);
  const input = mapping(value.input);
  const members = mapping(input.properties);
  const computed = Object.fromEntries(
    Object.entries(mapping(value.computed)).map(([member, how]) => [
      member,
      readComputed(how, [...place, 'computed', member], report),
    ]),
  );
  const token = text(value.token);
  if (!(token in members)) report(place, `token is '${token}'; it must name a member of the input`);
  const known = new Set([...Object.keys(members), ...Object.keys(computed)]);
  const steps = (Array.isArray(value.steps) ? (value.steps as unknown[]) : []).map((step, index) =>
    readStep(mapping(step), [...place, 'steps', index], known, members, entities, report),
  );
  if (steps.length === 0) report(place, `transaction '${name}' has no steps`);
  return { description: text(value.description), input, token, computed, steps };
}

const stepKinds = ['put', 'update', 'delete', 'check'] as const;

function readStep(
  step: Mapping,
  place: readonly (string | number)[],
  known: ReadonlySet<string>,
  members: Mapping,
  entities: Readonly<Record<string, Entity>>,
  report: Report,
): Step {
  onlyKeys(step, [...stepKinds, 'forEach', 'values', 'add', 'condition', 'otherwise'], place, report);
  const kinds = stepKinds.filter((kind) => step[kind] !== undefined);
  const kind = kinds[0] ?? 'check';
  if (kinds.length !== 1) report(place, `a step is exactly one of ${stepKinds.join(', ')}`);
  const entity = text(step[kind]);
  if (!entities[entity])
    report(place, `entity '${entity}' is unknown; entities are ${Object.keys(entities).join(', ')}`);
  const forEach = step.forEach === undefined ? undefined : text(step.forEach);
  const items = forEach === undefined ? {} : mapping(mapping(mapping(members[forEach]).items).properties);
  if (forEach !== undefined && !(forEach in members))
    report(place, `forEach names '${forEach}', which the input lacks`);
  const names = new Set([...known, ...Object.keys(items), ...(forEach ? ['index'] : [])]);
  const values = mapping(step.values);
  const add = Object.fromEntries(
    Object.entries(mapping(step.add)).map(([member, amount]) => [member, text(amount)]),
  );
  const condition = step.condition === undefined ? undefined : text(step.condition);
  for (const [member, template] of [
    ...Object.entries(values),
    ...Object.entries(add),
    ['condition', condition ?? ''],
  ])
    if (typeof template === 'string')
      for (const used of namesIn(template))
        if (!names.has(used))
          report(place, `${member} uses '{${used}}', which is neither in the input nor computed`);
  for (const [member, amount] of Object.entries(add))
    if (!/^-?(?:\{\w+\}|\d+)$/.test(amount))
      report(place, `add.${member} is '${amount}'; allowed: {member}, -{member} or a number`);
  const target = entities[entity];
  const given = new Set([...Object.keys(values), ...names]);
  for (const used of target ? namesIn(`${target.key.pk}${target.key.sk}`) : [])
    if (!given.has(used)) report(place, `the key of ${entity} needs '${used}': give it in values`);
  if (condition !== undefined) {
    try {
      writeCondition(condition, {}, { names: {}, values: {} });
    } catch (error) {
      report(place, (error as RangeError).message);
    }
  }
  return {
    kind,
    entity,
    ...(forEach && { forEach }),
    values,
    add,
    ...(condition !== undefined && { condition }),
    otherwise: text(step.otherwise) || `${kind} of ${entity} failed its condition`,
  };
}

function readAccess(
  name: string,
  value: Mapping,
  entities: Readonly<Record<string, Entity>>,
  report: Report,
): AccessPattern {
  const place = ['access', name];
  onlyKeys(value, ['description', 'index', 'pk', 'sk', 'descending', 'limit', 'olap'], place, report);
  const index = value.index === undefined ? undefined : text(value.index);
  const known = Object.values(entities).flatMap((entity) => Object.keys(entity.indexes));
  if (index !== undefined && !known.includes(index))
    report(place, `index '${index}' is unknown; indexes are ${[...new Set(known)].join(', ')}`);
  if (!text(value.description)) report(place, `access pattern '${name}' has no description`);
  if (typeof value.pk !== 'string') report(place, 'pk is missing');
  const sort = mapping(value.sk);
  const sk =
    typeof value.sk === 'string'
      ? { equals: value.sk }
      : typeof sort.beginsWith === 'string'
        ? { beginsWith: sort.beginsWith }
        : undefined;
  if (value.sk !== undefined && !sk) report(place, 'sk is a template, or {beginsWith: template}');
  const sortText = sk ? ('equals' in sk ? sk.equals : sk.beginsWith) : '';
  const parameters = [...new Set(namesIn(`${text(value.pk)}${sortText}`))];
  for (const used of namesIn(text(value.olap)))
    if (!parameters.includes(used))
      report(
        [...place, 'olap'],
        `olap uses '{${used}}'; the pattern's parameters are ${parameters.join(', ')}`,
      );
  return {
    description: text(value.description),
    ...(index && { index }),
    pk: text(value.pk),
    ...(sk && { sk }),
    descending: value.descending === true,
    ...(typeof value.limit === 'number' && { limit: value.limit }),
    parameters,
    ...(value.olap !== undefined && { olap: text(value.olap) }),
  };
}

const changes: readonly Change[] = ['insert', 'modify', 'remove'];

function readCapture(
  index: number,
  value: Mapping,
  entities: Readonly<Record<string, Entity>>,
  sources: readonly Contract[],
  report: Report,
): Capture {
  const place = ['cdc', index];
  onlyKeys(value, ['entity', 'on', 'changed', 'source', 'subject', 'time', 'data'], place, report);
  const entity = text(value.entity);
  if (!entities[entity])
    report(place, `entity '${entity}' is unknown; entities are ${Object.keys(entities).join(', ')}`);
  const on = (Array.isArray(value.on) ? value.on : ['insert', 'modify']).map(String) as Change[];
  for (const change of on)
    if (!changes.includes(change)) report(place, `on names '${change}'; allowed: ${changes.join(', ')}`);
  const source = sources.find((contract) => contract.name === text(value.source));
  if (!source?.eventType) report(place, `source '${text(value.source)}' is not a source with an eventType`);
  const data = mapping(value.data);
  for (const column of Object.keys(data))
    if (source && !source.columns.some(({ name }) => name === column))
      report(place, `data gives '${column}', which ${source.file} does not declare`);
  for (const column of source?.columns ?? [])
    if (column.required && !(column.name in data))
      report(place, `data lacks '${column.name}', which ${source?.file} requires`);
  if (typeof value.subject !== 'string') report(place, 'subject is missing, a template such as {order_id}');
  return {
    entity,
    on,
    ...(Array.isArray(value.changed) && { changed: value.changed.map(String) }),
    source: text(value.source),
    eventType: source?.eventType ?? '',
    subject: text(value.subject),
    ...(typeof value.time === 'string' && { time: value.time }),
    data,
  };
}
