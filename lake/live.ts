/** Reads the live views of a study: what its windows hold, about a second behind the stream. */
import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import {
  compareLive,
  comparisonSql,
  duplicatesSql,
  type LiveComparisonResult,
  type NamedRow,
  type Published,
} from '../lib/model/live/compare.ts';
import type { LiveComparison, LiveView } from '../lib/model/live/design.ts';
import type { LiveItem } from '../lib/model/live/items.ts';
import { liveQueryInput } from '../lib/model/live/query.ts';
import { type LiveQuery, type LiveReader, type LiveReading, readLive } from '../lib/model/live/read.ts';
import type { Study } from '../lib/model/study/study.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import { UsageError } from './errors.ts';
import { step, type WorkOptions } from './progress.ts';
import { counted } from './text.ts';

export interface LiveOptions extends LiveQuery, Pick<WorkOptions, 'signal'> {
  /** Name of a view. @default - every view of the study */
  readonly view?: string;
}

/** @throws UsageError for a study without live views, and for an unknown view or key column. */
export async function live(
  { target }: LakeContext,
  study: Study,
  options: LiveOptions = {},
): Promise<LiveReading[]> {
  const { view, signal, ...query } = options;
  const views = viewsOf(study, view, query.key);
  const nowMs = await target.now();
  const table = liveReader(target.clients.dynamodb, target.names.liveTable(study.name), signal);
  return Promise.all(views.map((one) => readLive(table, one, nowMs, query)));
}

/** The view of this name, or all. */
export function viewsOf(
  study: Study,
  name: string | undefined,
  key: LiveQuery['key'] = {},
): readonly LiveView[] {
  if (study.live.length === 0)
    throw new UsageError(`The study ${study.name} has no live views. Declare one in live/<view>.yaml.`);
  const views = study.live.filter((view) => name === undefined || view.name === name);
  if (views.length === 0)
    throw new UsageError(
      `${study.name} has no live view '${name}'; there is: ${study.live.map((view) => view.name).join(', ')}.`,
    );
  for (const view of views)
    for (const column of Object.keys(key))
      if (!view.key.some((one) => one.name === column))
        throw new UsageError(
          `The live view ${view.name} has no key '${column}'; allowed: ${view.key.map((one) => one.name).join(', ') || 'none, it has no key'}.`,
        );
  return views;
}

/** The live table in DynamoDB, as readers of live views need it. */
export function liveReader(
  client: DynamoDBDocumentClient,
  table: string,
  signal?: AbortSignal | undefined,
): LiveReader {
  return {
    async query(partition, options = {}) {
      const { limit } = options;
      const found: LiveItem[] = [];
      const pages = paginateQuery(
        { client, ...(limit !== undefined && { pageSize: limit }) },
        liveQueryInput(table, partition, options),
        { abortSignal: signal },
      );
      for await (const { Items = [] } of pages) {
        found.push(...(Items as LiveItem[]));
        if (limit !== undefined && found.length >= limit) return found.slice(0, limit);
      }
      return found;
    },
  };
}

export interface LiveComparisonOptions extends WorkOptions {
  /** Name of a view. @default - every view that declares a comparison */
  readonly view?: string;
  /** Start of the run, milliseconds since the epoch: rows to which an event came later are left out. */
  readonly runStartedMs: number;
}

/** Windows that one comparison reads at most, the newest. */
const WINDOWS_COMPARED = 1000;

/** Compares the windows of live views with what runs published. */
export async function compareLiveViews(
  lake: LakeContext,
  study: Study,
  { view, runStartedMs, ...options }: LiveComparisonOptions,
): Promise<LiveComparisonResult[]> {
  // Elsewhere what arrives last may still be in the bronze writer's batch when the run begins.
  const before = lake.target.localCloud ? runStartedMs : runStartedMs - BRONZE_LAG_MS;
  const compared = (study.live.length > 0 ? viewsOf(study, view) : []).filter(hasComparison);
  if (compared.length === 0) return [];
  return step(options, 'Comparing live views with gold', async (at) => {
    const results: LiveComparisonResult[] = [];
    for (const one of compared) results.push(await compareView(lake, study, one, before, options));
    at(`${counted(results.length, 'view')}, ${differencesOf(results)}`);
    return results;
  });
}

/** `no differences`, `7 differences, all explained`, `7 differences, 2 unexplained` */
function differencesOf(results: readonly LiveComparisonResult[]): string {
  const differing = results.reduce((sum, { values, equal }) => sum + values - equal, 0);
  if (differing === 0) return 'no differences';
  const unexplained = results.reduce((sum, one) => sum + (one.differing.unexplained ?? 0), 0);
  return `${counted(differing, 'difference')}, ${unexplained === 0 ? 'all explained' : `${unexplained} unexplained`}`;
}

/** Two of the longest batch windows of the bronze writer. */
const BRONZE_LAG_MS = 120_000;

type Compared = LiveView & { readonly compare: LiveComparison };

const hasComparison = (view: LiveView): view is Compared => view.compare !== undefined;

async function compareView(
  lake: LakeContext,
  study: Study,
  view: Compared,
  before: number,
  options: WorkOptions,
): Promise<LiveComparisonResult> {
  const [reading] = await live(lake, study, { ...options, view: view.name, windows: WINDOWS_COMPARED });
  const starts = reading!.windows.map(({ start }) => Date.parse(start));
  const nothing: Published = { columns: [], rows: [], reasons: {}, duplicates: 0 };
  if (starts.length === 0) return compareLive(view, reading!, nothing, before);
  const range = [Math.min(...starts), Math.max(...starts) + view.sizeSeconds * 1000] as const;
  const rowsOf = async (sql: string) => {
    const { columns, rows } = await ask(lake, comparisonSql(sql, ...range), options);
    const names = columns.map(({ name }) => name);
    return {
      names,
      rows: rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]))),
    };
  };
  const { names, rows } = await rowsOf(view.compare.query);
  const reasons: Record<string, NamedRow[]> = {};
  for (const [reason, sql] of Object.entries(view.compare.reasons))
    reasons[reason] = (await rowsOf(sql)).rows;
  const published = { columns: names, rows, reasons, duplicates: 0 };
  const result = compareLive(view, reading!, published, before);
  // Looking for duplicates scans bronze, so it is done only where they may explain something.
  if (!result.differing.unexplained) return result;
  const duplicates = await duplicatesOf(lake, study, view, reading!, options);
  return compareLive(view, reading!, { ...published, duplicates }, before);
}

/** Records of the view's source, by the stream, that are in bronze more than once. */
async function duplicatesOf(
  lake: LakeContext,
  study: Study,
  view: LiveView,
  { arrivedAt }: LiveReading,
  options: WorkOptions,
): Promise<number> {
  const newest = Date.parse(arrivedAt ?? '');
  const days = [newest - view.keepSeconds * 1000, newest + 86_400_000].map((ms) =>
    new Date(ms).toISOString().slice(0, 10),
  );
  const { rows } = await ask(lake, duplicatesSql(study.name, view.source, days[0]!, days[1]!), options);
  return Number(rows[0]?.[0] ?? 0);
}
