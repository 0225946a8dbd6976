/**
 * Rewrites a model's SELECT so that each row carries the records of the stream that it was made from: every table of
 * silver gives its row's record, every SELECT hands on those of the rows that it joins and groups (why-provenance,
 * https://doi.org/10.1561/1900000006).
 */
import { versionColumns } from '../run/statements/dimension.ts';
import { isSelect, type Query, type Relation, readSelects, type Select } from '../sql/select.ts';
import { literal, quoteName } from '../sql/write.ts';
import { isOfSource } from './lineage.ts';
import type { Model, Study } from './study.ts';

/** The column that holds a row's records: `<silver table>|<stream>|<shard>|<sequence number>|<event id>`. */
const RECORDS = '_records';

const IDENTITY = ['_stream', '_shard', '_sequence_number', '_event_id'] as const;
const NONE = 'cast(array[] as array(varchar))';

/** A model whose rows cannot be traced back, and why. */
export class ProvenanceError extends Error {
  override readonly name = 'ProvenanceError';
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * One SELECT that gives the model's columns and `_records`.
 * @throws ProvenanceError for a set operation other than UNION, and for a silver table that keeps no record's identity.
 */
export function withRecords(study: Study, model: Model): string {
  if (isOfSource(study, model))
    return `select *, ${recordOf(model, model.table)} as ${RECORDS} from ${model.database}.${model.table}`;
  return model.contract.entity ? dimensionWithRecords(study, model) : rewritten(study, model);
}

function rewritten(study: Study, model: Model): string {
  const query = readSelects(model.sql);
  const edits: Edit[] = [];
  rewriteQuery(study, query, new Set(), edits);
  return edits
    .toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((sql, { start, end, text }) => sql.slice(0, start) + text + sql.slice(end), model.sql);
}

/** A dimension as it is published, each row with the record of the version that it shows; a row that was inferred has none. */
function dimensionWithRecords(study: Study, model: Model): string {
  const { entity = [], materialization } = model.contract;
  const key = materialization === 'history' ? [...entity, 'valid_from'] : entity;
  const list = key.map(quoteName).join(', ');
  const same = key.map((name) => `version.${quoteName(name)} = entity.${quoteName(name)}`).join(' and ');
  const newest = versionColumns(model.versions)
    .map((name) => `${name} desc`)
    .join(', ');
  return (
    `select entity.*, coalesce(version.${RECORDS}, ${NONE}) as ${RECORDS}\n` +
    `from ${model.database}.${model.table} as entity\nleft join (\n` +
    `select *, row_number() over (partition by ${list} order by ${newest}) as _recency from (\n${rewritten(study, model)}\n) as versions\n` +
    `) as version on ${same} and version._recency = 1`
  );
}

/** The records of the rows of a table that have these values: one row for each record. */
export function recordsSql(study: Study, model: Model, key: Readonly<Record<string, string | null>>): string {
  const typeOf = new Map(model.contract.columns.map(({ name, type }) => [name, type]));
  const condition = Object.entries(key).map(([name, value]) =>
    value === null
      ? `${quoteName(name)} is null`
      : `${quoteName(name)} = ${literal(typeOf.get(name)!, value)}`,
  );
  return (
    `select distinct record.line\nfrom (\n${withRecords(study, model)}\n) as made\n` +
    `cross join unnest(made.${RECORDS}) as record (line)\nwhere ${condition.join(' and ')}\norder by 1`
  );
}

function recordOf({ contract, table }: Model, alias: string): string {
  const names = contract.columns.map(({ name }) => name);
  if (!IDENTITY.every((name) => names.includes(name)))
    throw new ProvenanceError(
      `silver.${table} does not keep the identity of its records (${IDENTITY.join(', ')})`,
    );
  const parts = IDENTITY.map((name) => `${quoteName(alias)}.${name}`).join(" || '|' || ");
  // A row that an outer join did not find has no record.
  return `case when ${quoteName(alias)}._sequence_number is null then ${NONE} else array['${table}|' || ${parts}] end`;
}

/** @param names common table expressions, whose rows carry their records */
function rewriteQuery(study: Study, query: Query, names: ReadonlySet<string>, edits: Edit[]): void {
  if (query.operations.some((operation) => operation !== 'union'))
    throw new ProvenanceError(`${query.operations.join(', ')}: records are traced back only through UNION`);
  const known = new Set(names);
  for (const { name, query: inner } of query.ctes) {
    rewriteQuery(study, inner, known, edits);
    known.add(name);
  }
  for (const part of query.selects)
    if (isSelect(part)) rewriteSelect(study, part, known, edits);
    else rewriteQuery(study, part, known, edits);
}

function rewriteSelect(study: Study, select: Select, names: ReadonlySet<string>, edits: Edit[]): void {
  const parts = select.relations.flatMap((relation) => recordsOf(study, relation, names, edits));
  const records = parts.length === 0 ? NONE : parts.length === 1 ? parts[0]! : `concat(${parts.join(', ')})`;
  const last = select.items.at(-1)!;
  const isPassedOn =
    select.items.some(({ star }) => star) && select.relations.some((one) => carries(one, names));
  const at = last.tokens.at(-1)!.end;
  const isGrouped = select.grouped && !isPassedOn;
  const given = isGrouped ? `flatten(array_agg(${records}))` : records;
  if (!isPassedOn) edits.push({ start: at, end: at, text: `, ${given} as ${RECORDS}` });
  if (select.distinct) groupDistinct(select, edits);
}

/** DISTINCT over the columns, with the records of all the rows that are alike. */
function groupDistinct({ distinct, items, start, end }: Select, edits: Edit[]): void {
  const names = items.map(({ name }) => {
    if (name === undefined) throw new ProvenanceError('SELECT DISTINCT with a column that has no name');
    return quoteName(name);
  });
  const list = names.join(', ');
  edits.push(
    { start, end: start, text: `select ${list}, flatten(array_agg(${RECORDS})) as ${RECORDS} from (` },
    { start: distinct!.start, end: distinct!.end, text: '' },
    { start: end, end, text: `) as alike group by ${list}` },
  );
}

/** Whether a relation's rows have the column of records already. */
const carries = ({ kind, database, table }: Relation, names: ReadonlySet<string>) =>
  kind === 'query' || (kind === 'table' && database === undefined && names.has(table!));

/** The expression for the records of a relation's row; none for what comes from no record. */
function recordsOf(study: Study, relation: Relation, names: ReadonlySet<string>, edits: Edit[]): string[] {
  const { kind, database, table, query, alias, hasAlias, start, end } = relation;
  if (kind === 'unnest') return [];
  if (query) {
    rewriteQuery(study, query, names, edits);
    const name = alias ?? `part_${start}`;
    if (!hasAlias) edits.push({ start: end, end, text: ` as ${name}` });
    return [`coalesce(${quoteName(name)}.${RECORDS}, ${NONE})`];
  }
  if (carries(relation, names)) return [`coalesce(${quoteName(alias!)}.${RECORDS}, ${NONE})`];
  const model = study.models.find((one) => one.database === database && one.table === table);
  if (!model) return [];
  if (isOfSource(study, model)) return [recordOf(model, alias!)];
  edits.push({
    start,
    end,
    text: `(${withRecords(study, model)})${hasAlias ? '' : ` as ${quoteName(table!)}`}`,
  });
  return [`coalesce(${quoteName(alias!)}.${RECORDS}, ${NONE})`];
}
