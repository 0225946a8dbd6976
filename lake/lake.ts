/** The application: what one can do with a lake, on any target. It prints nothing and ends no process. */

import { databasesOf, useOwnDatabases } from '../lib/model/databases.ts';
import type { Zone } from '../lib/model/layout.ts';
import type { LiveComparisonResult } from '../lib/model/live/compare.ts';
import type { LiveReading } from '../lib/model/live/read.ts';
import type { PublishedRun } from '../lib/model/run/lastRun.ts';
import { type ApiAnswer, type ApiMethod, apiUrl, type CallOptions, callApi } from './api.ts';
import { type AskOptions, ask, type QueryResult } from './ask.ts';
import {
  type BackfillChoice,
  type Backfilled,
  type BackfillPlan,
  backfill,
  planBackfill,
} from './backfill.ts';
import { type CatalogTable, catalog } from './catalog.ts';
import { compare, type TwoAnswers } from './compare.ts';
import type { LakeContext } from './context.ts';
import { type Deployment, deploy, makeReady } from './deploy.ts';
import { drain } from './drain.ts';
import { askExplained } from './explain.ts';
import { type Fed, type FeedInput, type FeedOptions, feed } from './feed/feed.ts';
import { type Flow, flow } from './flow.ts';
import { type Followed, type FollowOptions, followRecord } from './follow.ts';
import { compareLiveViews, type LiveOptions, live } from './live.ts';
import { type LoadOptions, type LoadOutcome, load } from './load.ts';
import {
  type BrowsableBucket,
  type FoundRecord,
  findRecord,
  type LakePartTotals,
  type ListingOptions,
  lakeParts,
  listObjects,
  type ObjectListing,
  type ObjectPreview,
  previewObject,
} from './objects.ts';
import { publishedRun, type StudyOverview, studyOverview } from './overview.ts';
import { type PipelineEnd, runPipeline } from './pipeline.ts';
import type { WorkOptions } from './progress.ts';
import { type CellOptions, type CellOrigin, cellOrigin } from './provenance.ts';
import {
  type Quarantined,
  type QuarantineGroup,
  type QuarantineGroupKey,
  quarantined,
  quarantineGroups,
  type RefusedEntry,
  refusedBytes,
  refusedEntries,
} from './quarantine.ts';
import {
  type QueryPage,
  type QueryState,
  queryPage,
  queryState,
  type ScanBound,
  scanBound,
  startQuery,
  stopQuery,
} from './query.ts';
import { previewRebuild, type RebuildChoice, type RebuildPreview } from './rebuild.ts';
import { lastReport, type RunReport } from './report.ts';
import { type Answer, goldAnswers, type RunOptions, type RunOutcome, run } from './run.ts';
import { type RunModel, readRunModel } from './runModel.ts';
import { listRuns, type RunDetail, type RunEntry, readRunDetail } from './runs.ts';
import { type SetAside, type SetAsideOptions, setAside } from './setAside.ts';
import { type Status, status } from './status.ts';
import { type StoreExamples, storeExamples } from './storeExamples.ts';
import { type DecodedRecord, type ReadFrom, type StreamState, streamRecords, streamState } from './stream.ts';
import type { Studies } from './studies.ts';
import { type TableFiles, tableFiles } from './tableFiles.ts';
import { type LakeTable, type LakeTableDetail, listTables, readTable } from './tables.ts';
import type { Target } from './targets/target.ts';
import { type Layer, trace } from './trace.ts';
import { transact } from './transact.ts';

/** Every operation gives plain data, reports its progress to `onProgress`, and ends when its signal says so. */
export interface Lake extends LakeContext {
  /** Brings the stacks of these studies, as the code is now, to the target. @default studies - every study there is */
  deploy(studies?: readonly string[], options?: WorkOptions): Promise<Deployment>;
  /** Deploys where the target is a local cloud; elsewhere checks that the study is deployed. */
  makeReady(study: string, options?: WorkOptions): Promise<Deployment | undefined>;
  /** Sends the input to a study, unless the lake has it already. */
  feed(study: string, input: FeedInput, options?: FeedOptions): Promise<Fed>;
  /** Waits until everything that was sent is in bronze. */
  drain(options?: WorkOptions): Promise<void>;
  /** Runs a study's pipeline over what has arrived; nothing is sent. */
  pipeline(study: string, options?: WorkOptions): Promise<PipelineEnd>;
  /** Feeds the input (if there is one), runs the pipeline, asks every question and compares the answers with the truth. */
  run(study: string, input: FeedInput | undefined, options?: RunOptions): Promise<RunOutcome>;
  /** What the next run would rebuild because a model changed, with rows, bytes and dollars. Nothing is changed. */
  plan(study: string, choice?: RebuildChoice): Promise<RebuildPreview>;
  /** What a backfill by Spark would read and cost. Nothing is changed. */
  planBackfill(study: string, choice: BackfillChoice): Promise<BackfillPlan>;
  /** Fills silver from bronze of these days by the study's Spark job. */
  backfill(study: string, choice: BackfillChoice, options?: WorkOptions): Promise<Backfilled>;
  /** Lands batch files and runs the pipeline over what they brought. */
  load(study: string, files: readonly string[], options?: LoadOptions): Promise<LoadOutcome>;
  /** Runs one statement of Athena SQL. */
  ask(sql: string, options?: AskOptions): Promise<QueryResult>;
  /** As `ask`; a refusal says also what was probably meant, or what else would take the statement. */
  askExplained(sql: string, options?: AskOptions): Promise<QueryResult>;
  /** Every table that SQL can name, of every database. */
  catalog(): Promise<readonly CatalogTable[]>;
  /** Starts a statement and gives its id. */
  startQuery(sql: string, options?: { readonly database?: string }): Promise<string>;
  queryState(id: string): Promise<QueryState>;
  /** A page of a finished statement's rows. */
  queryPage(id: string, token?: string): Promise<QueryPage>;
  stopQuery(id: string): Promise<void>;
  /** What a query of a study's tables can scan at most. */
  scanBound(study: string, sql: string): Promise<ScanBound | undefined>;
  /** Asks every question of a study. */
  answers(study: string, options?: WorkOptions): Promise<readonly Answer[]>;
  /** What a study's rules refused, by rule. */
  quarantine(study: string, options: { readonly days: number }): Promise<readonly QuarantineGroup[]>;
  /** What one rule refused, the newest first. @param page entries that are passed over, and the most to give */
  refusedEntries(
    study: string,
    group: QuarantineGroupKey,
    page: { readonly days: number; readonly offset: number; readonly most: number },
  ): Promise<readonly RefusedEntry[]>;
  /** Bytes of the refused records as they arrived. */
  refusedBytes(study: string, options: { readonly days: number }): Promise<number>;
  /** Everything in quarantine of one record: `stream/shard/sequence number`, or an event's id. */
  quarantined(study: string, id: string, options: { readonly days: number }): Promise<readonly Quarantined[]>;
  /** Moves a record, or the records of a bronze object, to quarantine, so that they block no run. */
  setAside(study: string, what: string, options: SetAsideOptions): Promise<SetAside>;
  /** Follows one record: its way as hops, the line that bronze has of it, a cell that it is in, its price. */
  follow(study: string, id: string, options: FollowOptions): Promise<Followed>;
  /** Everything that the lake holds of one event, layer by layer. */
  trace(
    study: string,
    eventId: string,
    options: WorkOptions & { readonly days: number },
  ): Promise<readonly Layer[]>;
  /** Calls the HTTP API; `path` begins with `/studies/…`. */
  call(method: ApiMethod, path: string, body?: unknown, options?: CallOptions): Promise<ApiAnswer>;
  /** Where the HTTP API is. */
  apiUrl(): Promise<string>;
  /** Parameters with which access patterns find something, by one page of the store's items. */
  storeExamples(study: string): Promise<StoreExamples>;
  /** Carries out a declared transaction through the HTTP API. */
  transact(study: string, transaction: string, input: unknown, options?: WorkOptions): Promise<ApiAnswer>;
  /** Asks DynamoDB and Athena the same question. */
  compare(
    study: string,
    question: string,
    parameters: Readonly<Record<string, string>>,
    options?: WorkOptions,
  ): Promise<TwoAnswers>;
  /** The newest windows of a study's live views, or of one of them. Rejects with `UsageError` for an unknown view or key. */
  live(study: string, options?: LiveOptions): Promise<readonly LiveReading[]>;
  /** Compares the windows of live views with what was published; what moved since the last run began is left out. */
  compareLive(
    study: string,
    options?: WorkOptions & { readonly view?: string },
  ): Promise<readonly LiveComparisonResult[]>;
  /** A folder of one of the lake's buckets. */
  objects(
    study: string,
    bucket: BrowsableBucket,
    prefix: string,
    options?: ListingOptions,
  ): Promise<ObjectListing>;
  /** A look into an object. */
  preview(study: string, bucket: BrowsableBucket, key: string, line?: number): Promise<ObjectPreview>;
  /** What the lake's bucket holds of a study, part by part. */
  lakeParts(study: string): Promise<LakePartTotals[]>;
  /** Where a record is in its bronze object. */
  recordInObject(
    study: string,
    key: string,
    record: { readonly shard: string; readonly sequenceNumber: string },
  ): Promise<FoundRecord | undefined>;
  /** The study's stream: shards, arrivals, consumers and their lag. */
  stream(study: string): Promise<StreamState>;
  /** A page of a shard's records, decoded and judged. */
  streamRecords(
    study: string,
    shard: string,
    from: ReadFrom,
    limit: number,
  ): Promise<{ readonly records: readonly DecodedRecord[]; readonly behindMs: number }>;
  /** The records that a cell was made from: its row by its key, and its column. */
  cellOrigin(
    study: string,
    zone: Zone,
    table: string,
    column: string,
    key: Readonly<Record<string, string | null>>,
    options?: CellOptions,
  ): Promise<CellOrigin>;
  /** Every table and view of a study, by Glue's and Iceberg's metadata. */
  tables(study: string): Promise<readonly LakeTable[]>;
  /** One table of a study, with its snapshots. */
  table(study: string, zone: Zone, name: string): Promise<LakeTableDetail>;
  /** Data files of an Iceberg table, and the bounds of its columns, by Athena's `$files`. */
  tableFiles(study: string, zone: Zone, name: string): Promise<TableFiles>;
  /** What the last run moved, and by which parts; undefined before the first run. */
  flow(study: string): Promise<Flow | undefined>;
  /** Every run that took records, newest first. */
  runs(study: string): Promise<readonly RunEntry[]>;
  /** One run with its states and statements. */
  runDetail(study: string, id: string): Promise<RunDetail>;
  /** What a run did to a model's table: its snapshot, checks and logs. */
  runModel(study: string, id: string, model: string): Promise<RunModel>;
  /** The state of a study at a glance. */
  overview(study: string): Promise<StudyOverview>;
  /** The run that the tables are of: the newest that closed its books; undefined before the first. */
  publishedRun(study: string): Promise<PublishedRun | undefined>;
  /** What the last run of a study left to be read again, and the object that holds it. */
  report(study: string): Promise<{ readonly key: string; readonly report: RunReport } | undefined>;
  /** What is deployed, what has landed, how runs ended. */
  status(options?: WorkOptions): Promise<Status>;
  close(): Promise<void>;
}

export interface LakeSettings {
  readonly studies: Studies;
  /** The options of the command line that lead to this lake, as they are written after a command. @default none */
  readonly flags?: string;
  /** More of the CDK app's context than cdk.json has, for what is deployed to a local cloud. @default none */
  readonly cdkContext?: Readonly<Record<string, string>>;
}

/** The lake of a target, which it closes with itself. */
export function openLake(target: Target, { studies, flags = '', cdkContext = {} }: LakeSettings): Lake {
  const databases = databasesOf(target.names.prefix, studies.names);
  for (const client of [target.clients.athena, target.clients.glue]) useOwnDatabases(client, databases);
  const lake: LakeContext = {
    target,
    studies,
    flags,
    cdkContext,
    command: (words) => `npx headwaters ${words}${flags}`,
  };
  const { find } = studies;
  return {
    ...lake,
    deploy: (names = studies.names, options) => deploy(lake, names, options),
    makeReady: async (study, options) => makeReady(lake, find(study), options),
    feed: async (study, input, options) => feed(lake, find(study), input, options),
    drain: (options) => drain(lake, options),
    pipeline: async (study, options) => runPipeline(lake, find(study).name, {}, options),
    run: async (study, input, options) => run(lake, find(study), input, options),
    plan: async (study, choice) => previewRebuild(lake, find(study), choice),
    planBackfill: async (study, choice) => planBackfill(lake, find(study), choice),
    backfill: async (study, choice, options) => backfill(lake, find(study), choice, options),
    load: async (study, files, options) => load(lake, find(study), files, options),
    ask: (sql, options) => ask(lake, sql, options),
    askExplained: (sql, options) => askExplained(lake, sql, options),
    catalog: () => catalog(lake),
    startQuery: (sql, options) => startQuery(lake, sql, options),
    queryState: (id) => queryState(lake, id),
    queryPage: (id, token) => queryPage(lake, id, token),
    stopQuery: (id) => stopQuery(lake, id),
    scanBound: async (study, sql) => scanBound(lake, find(study).name, sql),
    answers: async (study, options) => goldAnswers(lake, find(study), options),
    quarantine: async (study, options) => quarantineGroups(lake, find(study), options),
    refusedEntries: async (study, group, page) => refusedEntries(lake, find(study), group, page),
    refusedBytes: async (study, options) => refusedBytes(lake, find(study), options),
    quarantined: async (study, id, options) => quarantined(lake, find(study), id, options),
    setAside: async (study, what, options) => setAside(lake, find(study), what, options),
    trace: async (study, eventId, options) => trace(lake, find(study), eventId, options),
    follow: async (study, id, options) => followRecord(lake, find(study), id, options),
    call: (method, path, body, options) => callApi(lake, method, path, body, options),
    apiUrl: () => apiUrl(lake),
    storeExamples: async (study) => storeExamples(lake, find(study)),
    transact: async (study, transaction, input, options) =>
      transact(lake, find(study), transaction, input, options),
    compare: async (study, question, parameters, options) =>
      compare(lake, find(study), question, parameters, options),
    live: async (study, options) => live(lake, find(study), options),
    compareLive: async (study, options = {}) => {
      const last = await lastReport(lake, find(study).name);
      const runStartedMs = last ? Date.parse(last.report.pipelineStartedAt) : await target.now();
      return compareLiveViews(lake, find(study), { ...options, runStartedMs });
    },
    objects: (study, bucket, prefix, options) => listObjects(lake, study, bucket, prefix, options),
    preview: (study, bucket, key, line) => previewObject(lake, study, bucket, key, line),
    lakeParts: async (study) => lakeParts(lake, find(study).name),
    recordInObject: (study, key, record) => findRecord(lake, study, key, record),
    stream: async (study) => streamState(lake, find(study)),
    streamRecords: async (study, shard, from, limit) => streamRecords(lake, find(study), shard, from, limit),
    cellOrigin: async (study, zone, table, column, key, options) =>
      cellOrigin(lake, find(study), zone, table, column, key, options),
    tables: async (study) => listTables(lake, find(study).name),
    table: async (study, zone, name) => readTable(lake, find(study).name, zone, name),
    tableFiles: async (study, zone, name) => tableFiles(lake, find(study).name, zone, name),
    flow: async (study) => flow(lake, find(study)),
    runs: async (study) => listRuns(lake, find(study).name),
    runDetail: async (study, id) => readRunDetail(lake, find(study).name, id),
    runModel: async (study, id, model) => readRunModel(lake, find(study), id, model),
    overview: async (study) => studyOverview(lake, find(study).name),
    publishedRun: async (study) => publishedRun(lake, find(study).name),
    report: async (study) => lastReport(lake, find(study).name),
    status: (options) => status(lake, options),
    close: () => target.close(),
  };
}
