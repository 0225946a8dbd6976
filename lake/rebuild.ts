/** Previews the next run's rebuild: the tables whose model changed, and what rebuilding them costs. */
import { GetObjectCommand, NoSuchKey, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { studyPrefix } from '../lib/model/layout.ts';
import type { RebuildRequest } from '../lib/model/run/protocol.ts';
import { type Change, changesSince, type Published, publishedKey } from '../lib/model/run/published.ts';
import { planRebuild, sourcesOf } from '../lib/model/run/rebuild.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { UsageError } from './errors.ts';
import { prices } from './prices.ts';
import { landedRows } from './status.ts';
import { type LakeTable, listTables } from './tables.ts';

/** As it is asked for: models by name, `name+` with all that depends on it, `+name` with all that it reads. */
export interface RebuildChoice extends Omit<RebuildRequest, 'models'> {
  readonly select?: readonly string[];
}

export interface RebuiltModel {
  readonly model: string;
  readonly layer: Model['layer'];
  /** Absent where the model was asked for, or follows from a rebuilt silver table. */
  readonly reason?: Change['reason'];
  /** Of `upstream`: the changed models that it reads. */
  readonly reads?: readonly string[];
  /** Its table is replaced by one with the contract's partitions. */
  readonly repartitioned?: Change['repartitioned'];
  /** That its table holds now. */
  readonly rows: number;
  /** That its statements scan at most. */
  readonly bytes: number;
  readonly dollars: number;
}

export interface RebuildPreview {
  readonly study: string;
  /** Records that wait for the next run. */
  readonly landed: { readonly objects: number; readonly records: number };
  readonly models: readonly RebuiltModel[];
  readonly postponed: readonly Change[];
  /** Bronze is read as a whole: a silver table is rebuilt. */
  readonly readsBronze: boolean;
  readonly rows: number;
  readonly bytes: number;
  /** By Athena's list price in us-east-1. */
  readonly dollars: number;
}

/** Athena bills at least this much a statement (https://aws.amazon.com/athena/pricing/). */
const LEAST_BYTES = 10 * 2 ** 20;
/** Statements that scan: the stage, its checks, the publishing. */
const STATEMENTS = 3;

/**
 * The request that a choice means.
 * @throws UsageError for a model that the study does not have, days that are none, and what contradicts itself.
 */
export function rebuildRequest(
  study: Pick<Study, 'name' | 'models'>,
  { select, full, keepOld, from, to }: RebuildChoice,
): RebuildRequest | undefined {
  if (keepOld && (full || select || from !== undefined || to !== undefined))
    throw new UsageError(
      '--keep-old rebuilds nothing, so it cannot be combined with --select, --full-refresh, --from or --to.',
    );
  for (const [option, day] of [
    ['--from', from],
    ['--to', to],
  ] as const)
    if (day !== undefined && !isDay(day))
      throw new UsageError(`${option} is '${day}'; it must be a day such as 2026-11-30.`);
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`--from ${from} is after --to ${to}.`);
  const models = select && [...new Set(select.flatMap((one) => selected(study, one)))];
  const request: RebuildRequest = {
    ...(models && { models }),
    ...(full && { full }),
    ...(keepOld && { keepOld }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
  return Object.keys(request).length > 0 ? request : undefined;
}

const isDay = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

function selected({ name: study, models }: Pick<Study, 'name' | 'models'>, pattern: string): string[] {
  const [, before, named, after] = /^(\+?)(.*?)(\+?)$/.exec(pattern) as unknown as [
    string,
    string,
    string,
    string,
  ];
  // A model may be named as its table is: `<study>_gold.fact_sales`, or `gold.fact_sales`.
  const name = named.slice(named.lastIndexOf('.') + 1);
  if (!models.some((model) => model.name === name))
    throw new UsageError(
      `--select '${pattern}' names no model of ${study}; there is: ${models.map((model) => model.name).join(', ')}.`,
    );
  const found = new Set([name]);
  // Every model comes after those that it reads.
  if (after)
    for (const model of models) if (model.dependsOn.some((other) => found.has(other))) found.add(model.name);
  const upstream = new Set([name]);
  if (before)
    for (const model of models.toReversed())
      if (upstream.has(model.name)) for (const other of model.dependsOn) upstream.add(other);
  return models.map((model) => model.name).filter((one) => found.has(one) || upstream.has(one));
}

/** What a run would rebuild. Nothing is changed. */
export async function previewRebuild(
  lake: LakeContext,
  study: Study,
  choice: RebuildChoice = {},
): Promise<RebuildPreview> {
  const request = rebuildRequest(study, choice) ?? {};
  const tables = new Map(
    (await listTables(lake, study.name)).map((table) => [`${table.database}.${table.name}`, table]),
  );
  const published = await readPublished(lake, study.name);
  const changes = changesSince(study, published, ({ database, table }) => tables.has(`${database}.${table}`));
  const plan = planned(study, changes, request);
  const readsBronze = sourcesOf(study, plan.models).size > 0;
  const bronzeBytes = readsBronze ? await bytesBelow(lake, studyPrefix('bronze', study.name)) : 0;
  // What reads a rebuilt silver table is rebuilt too.
  const names = readsBronze ? study.models.map(({ name }) => name) : plan.models;
  const models = study.models
    .filter(({ name }) => names.includes(name))
    .map((model) =>
      costOf(
        model,
        tables,
        bronzeBytes,
        changes.find((change) => change.model === model.name),
      ),
    );
  const rows = await landedRows(lake, study.name, {});
  const sum = (figure: 'rows' | 'bytes' | 'dollars') =>
    models.reduce((total, model) => total + model[figure], 0);
  return {
    study: study.name,
    landed: { objects: rows.length, records: rows.reduce((total, { records }) => total + records, 0) },
    models,
    postponed: plan.postponed,
    readsBronze,
    rows: sum('rows'),
    bytes: sum('bytes'),
    dollars: sum('dollars'),
  };
}

function planned(study: Study, changes: readonly Change[], request: RebuildRequest) {
  try {
    return planRebuild(study, changes, request);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

function costOf(
  model: Model,
  tables: ReadonlyMap<string, LakeTable>,
  bronzeBytes: number,
  change: Change | undefined,
): RebuiltModel {
  const own = tables.get(`${model.database}.${model.table}`);
  const isView = model.contract.materialization === 'view';
  const isSilver = model.contract.accountsFor !== undefined;
  const read = isSilver
    ? bronzeBytes
    : model.references.reduce((sum, name) => sum + (tables.get(name)?.bytes ?? 0), 0);
  // The stage reads what the model reads; its checks and the publishing read the stage, as large as the table.
  const bytes = isView ? 0 : read + 3 * (own?.bytes ?? 0);
  const billed = isView ? 0 : Math.max(bytes, STATEMENTS * LEAST_BYTES);
  return {
    model: model.name,
    layer: model.layer,
    ...(change && {
      reason: change.reason,
      ...(change.reads && { reads: change.reads }),
      ...(change.repartitioned && { repartitioned: change.repartitioned }),
    }),
    rows: own?.rows ?? 0,
    bytes,
    dollars: (billed / 2 ** 40) * prices.athena.terabyteScanned,
  };
}

async function readPublished({ target }: LakeContext, study: string): Promise<Published> {
  const request = { Bucket: target.names.bucket('lake'), Key: publishedKey(study) };
  try {
    const { Body } = await target.clients.s3.send(new GetObjectCommand(request));
    return JSON.parse(await Body!.transformToString()) as Published;
  } catch (error) {
    if (error instanceof NoSuchKey) return {};
    throw error;
  }
}

async function bytesBelow({ target }: LakeContext, prefix: string): Promise<number> {
  const request = { Bucket: target.names.bucket('lake'), Prefix: prefix };
  let bytes = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: target.clients.s3 }, request))
    bytes += Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
  return bytes;
}
