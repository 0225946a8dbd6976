/** Reads a study's quarantine: how much of it by rule, and one record with all that is known of it. */
import { databaseOf } from '../lib/model/layout.ts';
import { quoteText } from '../lib/model/sql/write.ts';
import type { Study } from '../lib/model/study/study.ts';
import { ask, type QueryResult } from './ask.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError } from './errors.ts';

/** Records refused on arrival by one rule, or rows of a model's stage. */
export interface QuarantineGroup {
  /** `record`: of a source, refused on arrival or set aside; `row`: of a model, refused by its stage. */
  readonly kind: 'record' | 'row';
  /** Source or model; null for records that name no source of the study. */
  readonly of: string | null;
  readonly rule: string;
  /** JSON pointer to where the rule broke; null for rows. */
  readonly path: string | null;
  readonly count: number;
  /** When the newest arrived or was refused, as Athena's text. */
  readonly newest: string;
  /** `stream/shard/sequence number` of the newest; null where a row has no single record. */
  readonly example: string | null;
}

/** A rule's refusals, as `QuarantineGroup` names them. */
export type QuarantineGroupKey = Pick<QuarantineGroup, 'kind' | 'of' | 'rule' | 'path'>;

/** A refused record or row in short. */
export interface RefusedEntry {
  /** `stream/shard/sequence number`; null where a row has no single record. */
  readonly id: string | null;
  /** When it arrived or was refused, as Athena's text. */
  readonly at: string;
  readonly eventId: string | null;
  /** What the rule found. */
  readonly detail: string | null;
}

/** One record or row in quarantine: column → text. */
export interface Quarantined {
  readonly kind: 'record' | 'row';
  readonly values: Readonly<Record<string, string | null>>;
}

interface Days {
  /** Days back in which records arrived; rows are found whenever they were refused. */
  readonly days: number;
}

/** What is in quarantine, the most first. */
export async function quarantineGroups(
  lake: LakeContext,
  study: Study,
  { days }: Days,
): Promise<QuarantineGroup[]> {
  const database = databaseOf(study.name, 'quarantine');
  const record =
    "max_by(stream || '/' || shard || '/' || sequence_number, arrived_at || sequence_number || shard)";
  const records = await ask(
    lake,
    `select source, rule, rule_path, count(distinct stream || '/' || shard || '/' || sequence_number), max(arrived_at), ${record}
    from ${database}.records where ${await arrivedWithin(lake, days)} group by source, rule, rule_path`,
  );
  const row =
    "max_by(stream || '/' || shard || '/' || sequence_number, cast(refused_at as varchar) || sequence_number || shard)";
  const rows = (await hasRows(lake, database))
    ? await ask(
        lake,
        `select model, rule, cast(null as varchar), count(*), cast(max(refused_at) as varchar), ${row}
        from ${database}.refused group by model, rule`,
      )
    : undefined;
  return [...groupsOf('record', records), ...(rows ? groupsOf('row', rows) : [])].sort(
    (a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1),
  );
}

/** The newest refusals of a group first. @param offset entries that are passed over */
export async function refusedEntries(
  lake: LakeContext,
  study: Study,
  { kind, of, rule, path }: QuarantineGroupKey,
  { days, offset, most }: Days & { readonly offset: number; readonly most: number },
): Promise<RefusedEntry[]> {
  const database = databaseOf(study.name, 'quarantine');
  const is = (name: string, value: string | null) =>
    value === null ? `${name} is null` : `${name} = ${quoteText(value)}`;
  if (kind === 'row' && !(await hasRows(lake, database))) return [];
  const sql =
    kind === 'record'
      ? `select distinct stream || '/' || shard || '/' || sequence_number as id, arrived_at as at, event_id, rule_detail
         from ${database}.records
         where ${await arrivedWithin(lake, days)} and ${is('source', of)} and ${is('rule', rule)} and ${is('rule_path', path)}`
      : `select stream || '/' || shard || '/' || sequence_number as id, cast(refused_at as varchar) as at, event_id, detail
         from ${database}.refused where ${is('model', of)} and ${is('rule', rule)}`;
  const { rows } = await ask(lake, `${sql} order by at desc, id desc offset ${offset} limit ${most}`);
  return rows.map(([id, at, eventId, detail]) => ({
    id: id ?? null,
    at: at ?? '',
    eventId: eventId ?? null,
    detail: detail ?? null,
  }));
}

/** Bytes of the records that were refused, as they arrived. */
export async function refusedBytes(lake: LakeContext, study: Study, { days }: Days): Promise<number> {
  const { rows } = await ask(
    lake,
    `select coalesce(sum(length(from_base64(raw))), 0) from (
       select stream, shard, sequence_number, max(raw_base64) as raw from ${databaseOf(study.name, 'quarantine')}.records
       where ${await arrivedWithin(lake, days)} group by stream, shard, sequence_number) as records`,
  );
  return Number(rows[0]![0]);
}

const groupsOf = (kind: QuarantineGroup['kind'], { rows }: QueryResult): QuarantineGroup[] =>
  rows.map(([of, rule, path, found, newest, example]) => ({
    kind,
    of: of ?? null,
    rule: rule ?? '',
    path: path ?? null,
    count: Number(found),
    newest: newest ?? '',
    example: example ?? null,
  }));

/**
 * Everything in quarantine of one record.
 * @param id `stream/shard/sequence number`, or an event's id
 * @throws RunFailedError when nothing is there under that id
 */
export async function quarantined(
  lake: LakeContext,
  study: Study,
  id: string,
  { days }: Days,
): Promise<Quarantined[]> {
  const database = databaseOf(study.name, 'quarantine');
  const [stream = '', shard = '', sequence = '', ...rest] = id.split('/');
  const is = (name: string, value: string) => `${name} = ${quoteText(value)}`;
  const byIdentity = [is('stream', stream), is('shard', shard), is('sequence_number', sequence)].join(
    ' and ',
  );
  const condition = `(${is('event_id', id)}${sequence && rest.length === 0 ? ` or (${byIdentity})` : ''})`;
  const records = await ask(
    lake,
    `select stream, shard, sequence_number, arrived_at, source, rule, rule_path, rule_detail, event_id, event_source, event_type,
    event_time, data, raw_base64, "$path" as object
    from ${database}.records where ${await arrivedWithin(lake, days)} and ${condition}`,
  );
  const rows = (await hasRows(lake, database))
    ? await ask(
        lake,
        `select model, rule, detail, stream, shard, sequence_number, event_id, row_json, run_id, refused_at from ${database}.refused where ${condition}`,
      )
    : undefined;
  const found = [...valuesOf('record', records), ...(rows ? valuesOf('row', rows) : [])];
  if (found.length > 0) return found;
  throw new RunFailedError(
    `Nothing in the quarantine of ${study.name} has the id '${id}' among what arrived in the last ${days} days. ` +
      `${lake.command(`quarantine list ${study.name}`)} shows what there is; --days looks further back.`,
  );
}

const valuesOf = (kind: Quarantined['kind'], { columns, rows }: QueryResult): Quarantined[] =>
  rows.map((row) => ({
    kind,
    values: Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])),
  }));

/** The table of rows is made by the study's first run. */
async function hasRows(lake: LakeContext, database: string): Promise<boolean> {
  const { rows } = await ask(lake, `show tables in ${database}`);
  return rows.some(([table]) => table === 'refused');
}

async function arrivedWithin({ target }: LakeContext, days: number): Promise<string> {
  const now = await target.now();
  const day = (ms: number) => quoteText(new Date(ms).toISOString().slice(0, 10));
  return `dt between ${day(now - days * 86_400_000)} and ${day(now)}`;
}
