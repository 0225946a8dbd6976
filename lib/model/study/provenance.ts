/**
 * Rewrites a model's SELECT so that each row carries the records of the stream that it was made from, or whether it was
 * made from one of them: every table of silver gives its row's, every SELECT hands on those of the rows that it joins and
 * groups (why-provenance, https://doi.org/10.1561/1900000006).
 */
import { EVER, versionColumns } from '../run/statements/dimension.ts';
import { ORDER_COLUMN } from '../run/statements/names.ts';
import { isSelect, type Query, type Relation, readSelects, type Select } from '../sql/select.ts';
import { literal, quoteName } from '../sql/write.ts';
import { isOfSource } from './lineage.ts';
import type { Model, Study } from './study.ts';

/** The column that holds what a row carries. */
const CARRIED = '_records';

const IDENTITY = ['_stream', '_shard', '_sequence_number', '_event_id'] as const;

/** What a row carries of the rows that it was made from, as expressions. */
interface Carried {
  /** Of a row that comes from no record. */
  readonly none: string;
  /** Of a row of silver, by the name that its table has in the SELECT. */
  readonly ofRow: (model: Model, alias: string) => string;
  readonly ofJoined: (parts: readonly string[]) => string;
  readonly ofGroup: (part: string) => string;
  /** Whether the rows of a table count as those that a model's rows are made from. */
  readonly follows: Follows;
  /** Whether a table's own rows are meant, and not the records behind them. @default those of silver */
  readonly endsAt?: (model: Model) => boolean;
}

/** Whether a model's rows are traced back to another's. */
export type Follows = (model: Model, other: Model) => boolean;

/** A model that declares `incremental` is made from the tables named there: what it looks up elsewhere only adds to it. */
export const followsDeclared: Follows = ({ contract: { incremental } }, { table }) =>
  !incremental || incremental.from === table || incremental.with.some((join) => join.table === table);

/** All records: `<silver table>|<stream>|<shard>|<sequence number>|<event id>`. */
const allRecords: Carried = {
  none: 'cast(array[] as array(varchar))',
  ofRow: recordOf,
  ofJoined: (parts) => `concat(${parts.join(', ')})`,
  ofGroup: (part) => `flatten(array_agg(${part}))`,
  follows: () => true,
};

/** A record's place in a stream: of a landed file, the file's digest and the row. */
export interface RecordIdentity {
  readonly stream: string;
  readonly shard: string;
  readonly sequenceNumber: string;
}

/** Whether the row was made from one record: a truth value in place of a list, which costs what the model costs. */
const oneRecord = ({ stream, shard, sequenceNumber }: RecordIdentity): Carried => ({
  none: 'false',
  ofRow: (model, alias) => {
    assertKeepsIdentity(model);
    const is = (name: string, value: string) => `${quoteName(alias)}.${name} = ${literal('varchar', value)}`;
    const same = [is('_stream', stream), is('_shard', shard), is('_sequence_number', sequenceNumber)];
    return `coalesce(${same.join(' and ')}, false)`;
  },
  ofJoined: (parts) => `(${parts.join(' or ')})`,
  ofGroup: (part) => `bool_or(${part})`,
  follows: followsDeclared,
});

/** The study, the model whose SELECT is rewritten, and what its rows are to carry. */
interface Rewriting {
  readonly study: Study;
  readonly model: Model;
  readonly carried: Carried;
}

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
export const withRecords = (study: Study, model: Model): string =>
  withCarried({ study, model, carried: allRecords });

function withCarried(at: Rewriting): string {
  const { study, model, carried } = at;
  if (isOfSource(study, model))
    return `select *, ${carried.ofRow(model, model.table)} as ${CARRIED} from ${model.database}.${model.table}`;
  return model.contract.entity ? dimensionWithCarried(at) : rewritten(at);
}

function rewritten(at: Rewriting): string {
  const { sql } = at.model;
  const edits: Edit[] = [];
  rewriteQuery(at, readSelects(sql), new Set(), edits);
  return edits
    .toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), sql);
}

/**
 * A dimension as it is published, each row with the record of the version that it shows; a row that was inferred has none.
 * The first version of a history holds since ever, another since when the SELECT says, else since its delivery: as
 * `dimensionSql` dates it.
 */
function dimensionWithCarried(at: Rewriting): string {
  const { model, carried } = at;
  const { entity = [], materialization } = model.contract;
  const isHistory = materialization === 'history';
  const list = entity.map(quoteName).join(', ');
  const [, ...order] = versionColumns(model.versions);
  const declared = order.filter((name) => name === ORDER_COLUMN);
  const arrival = `row_number() over (partition by ${list} order by ${['_arrived_at', ...declared, '_shard', '_sequence_number'].map(quoteName).join(', ')})`;
  const since = isHistory
    ? `case when valid_from is not null then valid_from when ${arrival} = 1 then ${EVER} else _arrived_at end`
    : 'coalesce(valid_from, _arrived_at)';
  const same = entity.map((name) => `version.${quoteName(name)} = entity.${quoteName(name)}`);
  const newest = ['_since', ...order].map((name) => `${quoteName(name)} desc`).join(', ');
  const shown =
    `select *, row_number() over (partition by ${isHistory ? `${list}, _since` : list} order by ${newest}) as _recency from (\n` +
    `select *, ${since} as _since from (\n${rewritten(at)}\n) as members where _arrived_at is not null\n) as versions`;
  const first = `row_number() over (partition by ${list} order by _since) = 1`;
  return (
    `select entity.*, coalesce(version.${CARRIED}, ${carried.none}) as ${CARRIED}\n` +
    `from ${model.database}.${model.table} as entity\nleft join (\n` +
    `select *, case when ${first} then ${EVER} else _since end as _from from (\n${shown}\n) as dated where _recency = 1\n` +
    `) as version on ${[...same, ...(isHistory ? ['version._from = entity.valid_from'] : [])].join(' and ')}`
  );
}

/** Column → value as Athena's text. */
export type RowKey = Readonly<Record<string, string | null>>;

/** @throws RangeError for a value that its column's type does not have */
export function conditionOf({ contract }: Model, key: RowKey, alias?: string): string {
  const own = (name: string) => (alias === undefined ? quoteName(name) : `${alias}.${quoteName(name)}`);
  const typeOf = new Map(contract.columns.map(({ name, type }) => [name, type]));
  return Object.entries(key)
    .map(([name, value]) =>
      value === null ? `${own(name)} is null` : `${own(name)} = ${literal(typeOf.get(name)!, value)}`,
    )
    .join(' and ');
}

const linesOf = (at: Rewriting, key: RowKey) =>
  `select distinct record.line\nfrom (\n${withCarried(at)}\n) as made\n` +
  `cross join unnest(made.${CARRIED}) as record (line)\nwhere ${conditionOf(at.model, key)}`;

/** The records of the rows of a table that have these values, by the tables that are followed: one row for each record. */
export const recordsSql = (study: Study, model: Model, key: RowKey, follows: Follows): string =>
  `${linesOf({ study, model, carried: { ...allRecords, follows } }, key)}\norder by 1`;

/**
 * The rows of a table that the rows of another with these values read: its key, these columns, and `_rows`, how many
 * there are in all.
 */
export function rowsBehindSql(
  study: Study,
  model: Model,
  key: RowKey,
  behind: {
    readonly model: Model;
    readonly columns: readonly string[];
    readonly most: number;
    /** The row that is given first, by its key. */
    readonly first?: RowKey | undefined;
  },
): string {
  const { database, table, contract } = behind.model;
  const identity = (alias: string) =>
    contract.primaryKey
      .map((name) => `coalesce(cast(${quoteName(alias)}.${quoteName(name)} as varchar), '')`)
      .join(" || '|' || ");
  const carried: Carried = {
    ...allRecords,
    ofRow: (_model, alias) =>
      `case when ${quoteName(alias)}.${quoteName(contract.primaryKey[0]!)} is null then ${allRecords.none} else array[${identity(alias)}] end`,
    follows: (_model, other) => other === behind.model,
    endsAt: (other) => other === behind.model,
  };
  const columns = [...new Set([...contract.primaryKey, ...behind.columns])];
  const isItsKey = contract.primaryKey.every((name) => behind.first && name in behind.first);
  const first = isItsKey
    ? [`case when ${conditionOf(behind.model, behind.first!, 'own')} then 0 else 1 end`]
    : [];
  return (
    `select ${columns.map((name) => `own.${quoteName(name)}`).join(', ')}, count(*) over () as _rows\n` +
    `from ${database}.${table} as own\ninner join (\n${linesOf({ study, model, carried }, key)}\n) as read on read.line = ${identity('own')}\n` +
    `order by ${[...first, ...contract.primaryKey.map((name) => `own.${quoteName(name)}`)].join(', ')} limit ${behind.most}`
  );
}

/**
 * The published rows of a model that one record went into, at most so many, each with `_rows`: how many there are in all.
 * A model without a primary key is read as its SELECT gives it now.
 * @throws ProvenanceError as `withRecords` does
 */
export function rowsFromRecordSql(study: Study, model: Model, record: RecordIdentity, most: number): string {
  const { database, table, contract } = model;
  const made = `(\n${withCarried({ study, model, carried: oneRecord(record) })}\n)`;
  const key = contract.primaryKey.map(quoteName);
  const end = `limit ${most}`;
  if (key.length === 0)
    return `select made.*, count(*) over () as _rows from ${made} as made where ${CARRIED} ${end}`;
  const same = key.map((name) => `touched.${name} = made.${name}`).join(' and ');
  return (
    `select made.*, count(*) over () as _rows from ${database}.${table} as made\n` +
    `inner join (select distinct ${key.join(', ')} from ${made} as made where ${CARRIED}) as touched on ${same}\n` +
    `order by ${key.map((name) => `made.${name}`).join(', ')} ${end}`
  );
}

function assertKeepsIdentity({ contract, table }: Model): void {
  const names = contract.columns.map(({ name }) => name);
  if (IDENTITY.every((name) => names.includes(name))) return;
  throw new ProvenanceError(
    `silver.${table} does not keep the identity of its records (${IDENTITY.join(', ')})`,
  );
}

function recordOf(model: Model, alias: string): string {
  assertKeepsIdentity(model);
  const parts = IDENTITY.map((name) => `${quoteName(alias)}.${name}`).join(" || '|' || ");
  // A row that an outer join did not find has no record.
  return `case when ${quoteName(alias)}._sequence_number is null then ${allRecords.none} else array['${model.table}|' || ${parts}] end`;
}

/** @param names common table expressions, whose rows carry theirs */
function rewriteQuery(at: Rewriting, query: Query, names: ReadonlySet<string>, edits: Edit[]): void {
  if (query.operations.some((operation) => operation !== 'union'))
    throw new ProvenanceError(`${query.operations.join(', ')}: records are traced back only through UNION`);
  const known = new Set(names);
  for (const { name, query: inner } of query.ctes) {
    rewriteQuery(at, inner, known, edits);
    known.add(name);
  }
  for (const part of query.selects)
    if (isSelect(part)) rewriteSelect(at, part, known, edits);
    else rewriteQuery(at, part, known, edits);
}

function rewriteSelect(at: Rewriting, select: Select, names: ReadonlySet<string>, edits: Edit[]): void {
  const { none, ofJoined, ofGroup } = at.carried;
  const parts = select.relations.flatMap((relation) => carriedBy(at, relation, names, edits));
  const joined = parts.length === 0 ? none : parts.length === 1 ? parts[0]! : ofJoined(parts);
  const last = select.items.at(-1)!;
  const isPassedOn =
    select.items.some(({ star }) => star) && select.relations.some((one) => carries(one, names));
  const end = last.tokens.at(-1)!.end;
  const isGrouped = select.grouped && !isPassedOn;
  const given = isGrouped ? ofGroup(joined) : joined;
  if (!isPassedOn) edits.push({ start: end, end, text: `, ${given} as ${CARRIED}` });
  if (select.distinct) groupDistinct(at, select, edits);
}

/** DISTINCT over the columns, with what all the rows that are alike carry. */
function groupDistinct({ carried }: Rewriting, { distinct, items, start, end }: Select, edits: Edit[]): void {
  const names = items.map(({ name }) => {
    if (name === undefined) throw new ProvenanceError('SELECT DISTINCT with a column that has no name');
    return quoteName(name);
  });
  const list = names.join(', ');
  edits.push(
    { start, end: start, text: `select ${list}, ${carried.ofGroup(CARRIED)} as ${CARRIED} from (` },
    { start: distinct!.start, end: distinct!.end, text: '' },
    { start: end, end, text: `) as alike group by ${list}` },
  );
}

/** Whether a relation's rows have the column already. */
const carries = ({ kind, database, table }: Relation, names: ReadonlySet<string>) =>
  kind === 'query' || (kind === 'table' && database === undefined && names.has(table!));

/** The expression for what a relation's row carries; none for what comes from no record. */
function carriedBy(at: Rewriting, relation: Relation, names: ReadonlySet<string>, edits: Edit[]): string[] {
  const { kind, database, table, query, alias, hasAlias, start, end } = relation;
  const { study, carried } = at;
  const of = (name: string) => [`coalesce(${quoteName(name)}.${CARRIED}, ${carried.none})`];
  if (kind === 'unnest') return [];
  if (query) {
    rewriteQuery(at, query, names, edits);
    const name = alias ?? `part_${start}`;
    if (!hasAlias) edits.push({ start: end, end, text: ` as ${name}` });
    return of(name);
  }
  if (carries(relation, names)) return of(alias!);
  const model = study.models.find((one) => one.database === database && one.table === table);
  if (!model || !carried.follows(at.model, model)) return [];
  if (isOfSource(study, model) || carried.endsAt?.(model)) return [carried.ofRow(model, alias!)];
  edits.push({
    start,
    end,
    text: `(${withCarried({ ...at, model })})${hasAlias ? '' : ` as ${quoteName(table!)}`}`,
  });
  return of(alias!);
}
