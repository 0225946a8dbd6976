/**
 * Moves what blocks a study to quarantine: one record, or every record of a bronze object, a damaged one included. The
 * next run finds the records as quarantined, and computes every table as a whole, for rows were made from them.
 */
import { promisify } from 'node:util';
import { createGunzip, gunzipSync, gzip } from 'node:zlib';
import { GetTableCommand } from '@aws-sdk/client-glue';
import {
  CopyObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type BronzeLine, type ObjectPlace, placeOf, quarantineKey } from '../lib/model/run/bronze.ts';
import {
  type Lease,
  type LedgerRow,
  landedAgain,
  leaseIsFree,
  leaseKey,
  ledgerKey,
  ledgerRow,
} from '../lib/model/run/ledger.ts';
import {
  linesOfUnreadable,
  mayHold,
  parseSetAside,
  type RewrittenObject,
  rewriteObject,
  type SetAsideNote,
  type SetAsideTarget,
} from '../lib/model/run/setAside.ts';
import { quoteText } from '../lib/model/sql/write.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError, UsageError } from './errors.ts';
import { step, type WorkOptions } from './progress.ts';
import { counted } from './text.ts';

export interface SetAsideOptions extends WorkOptions {
  /** Who does it. */
  readonly by: string;
  readonly reason: string;
}

export interface SetAside {
  /** Distinct records that are in quarantine now. */
  readonly records: number;
  /** Bronze objects that hold them, copies included. */
  readonly objects: readonly string[];
  /** Silver tables from which rows were deleted. */
  readonly tables: readonly string[];
}

/**
 * Sets records aside; doing it again changes nothing.
 * @param what `stream/shard/sequence number`, or the key of a bronze object
 * @throws UsageError for any other text; RunFailedError when no object holds it, or a run is at work
 */
export function setAside(
  lake: LakeContext,
  study: Study,
  what: string,
  { by, reason, ...options }: SetAsideOptions,
): Promise<SetAside> {
  const target = targetOf(study.name, what);
  return step(options, `Setting ${what} aside`, async (at) => {
    await assertNoRun(lake, study);
    const note = { by, reason, at: new Date(await lake.target.now()).toISOString() };
    const keys = await objectsOf(lake, study, target);
    const rewritten: { key: string; object: RewrittenObject; lines: readonly BronzeLine[] }[] = [];
    for (const key of keys) {
      const found = await rewrite(lake, key, target, note);
      if (found) rewritten.push({ key, ...found });
    }
    if (rewritten.length === 0)
      throw new RunFailedError(
        `No bronze object of ${study.name} holds '${what}'. Identities are in ${study.name}_bronze.records (stream, shard, sequence_number).`,
      );
    const lines = rewritten.flatMap((one) => one.lines);
    const tables = await deleteFromSilver(lake, study, target, lines);
    for (const { key, object } of rewritten) await landAgain(lake, key, object);
    const records = new Set(rewritten.flatMap(({ object }) => object.setAside)).size;
    at(`${counted(records, 'record')} of ${counted(rewritten.length, 'object')}`);
    return { records, objects: rewritten.map(({ key }) => key), tables };
  });
}

/** What the text names in the study. @throws UsageError for a text that names neither a record nor an object of it */
export function targetOf(study: string, what: string): SetAsideTarget {
  const target = parseSetAside(what);
  if (target && (target.kind === 'record' || target.place.study === study)) return target;
  throw new UsageError(
    `'${what}' names neither a record, as <stream>/<shard>/<sequence number>, nor a bronze object, as bronze/study=${study}/…ndjson.gz. ` +
      `${study}_bronze.records has both: stream, shard, sequence_number and "$path".`,
  );
}

/** A run that has read the records would publish them after all. */
async function assertNoRun({ target }: LakeContext, study: Study): Promise<void> {
  const { Item } = await target.clients.dynamodb.send(
    new GetCommand({ TableName: target.names.ledger, Key: leaseKey(study.name), ConsistentRead: true }),
  );
  const lease = Item as Lease | undefined;
  if (!lease || leaseIsFree(lease, Math.floor((await target.now()) / 1000))) return;
  const { status } = await target.clients.stepFunctions.send(
    new DescribeExecutionCommand({ executionArn: lease.execution_arn }),
  );
  if (status === 'RUNNING')
    throw new RunFailedError(
      `The run ${lease.run_id} of ${study.name} is at work. Wait until it has ended, or stop its execution ${lease.execution_arn}, and set aside then.`,
    );
}

/** Keys of the objects that may hold the records: copies that were delivered again may be in several. */
async function objectsOf({ target }: LakeContext, study: Study, wanted: SetAsideTarget): Promise<string[]> {
  const stream = wanted.kind === 'record' ? wanted.stream : wanted.place.stream;
  const keys: string[] = [];
  const listing = {
    Bucket: target.names.bucket('lake'),
    Prefix: `bronze/study=${study.name}/stream=${stream}/`,
  };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: target.clients.s3 }, listing))
    for (const { Key } of Contents) {
      const place = placeOf(Key!);
      if (place && mayHold(place, wanted)) keys.push(Key!);
    }
  return keys;
}

/** Writes the object's quarantine, then the object; undefined when it holds none of the records. */
async function rewrite(
  lake: LakeContext,
  key: string,
  target: SetAsideTarget,
  note: SetAsideNote,
): Promise<{ object: RewrittenObject; lines: readonly BronzeLine[] } | undefined> {
  const place = placeOf(key)!;
  const lines = await readLines(lake, key, place, target);
  const quarantined = await readQuarantine(lake, place);
  const object = rewriteObject(lines, quarantined, target, note);
  if (object.setAside.length === 0) return undefined;
  await putGzip(lake, quarantineKey(place), object.quarantine);
  await putGzip(lake, key, object.bronze);
  return { object, lines: lines.filter((line) => object.setAside.includes(line.sequence_number)) };
}

/** The object's lines. Of a damaged object that is to be set aside: what can be read of it, and a line for each other record. */
async function readLines(
  lake: LakeContext,
  key: string,
  place: ObjectPlace,
  target: SetAsideTarget,
): Promise<BronzeLine[]> {
  const body = await readObject(lake, key);
  try {
    return parseLines(gunzipSync(body).toString('utf8'), place);
  } catch (error) {
    if (target.kind !== 'object' || target.key !== key)
      throw new RunFailedError(
        `The bronze object ${key} cannot be read (${(error as Error).message}). Set the object itself aside: --set-aside ${key}`,
      );
  }
  const kept = `quarantine/objects/${key}`;
  const { clients, names } = lake.target;
  const bucket = names.bucket('lake');
  await clients.s3.send(
    new CopyObjectCommand({ Bucket: bucket, Key: kept, CopySource: `${bucket}/${encodeURIComponent(key)}` }),
  );
  const lines = readableLines(await readableText(body), place);
  const row = await ledgerRowOf(lake, key);
  const records = row?.records ?? lines.length;
  return [...lines, ...linesOfUnreadable(place, lines, records, `s3://${bucket}/${kept}`)];
}

async function readObject({ target }: LakeContext, key: string): Promise<Uint8Array> {
  const { Body } = await target.clients.s3.send(
    new GetObjectCommand({ Bucket: target.names.bucket('lake'), Key: key }),
  );
  return Body!.transformToByteArray();
}

const parseLine = (line: string, { stream }: ObjectPlace): BronzeLine => ({
  ...(JSON.parse(line) as Omit<BronzeLine, 'stream'>),
  stream,
});

const parseLines = (text: string, place: ObjectPlace): BronzeLine[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => parseLine(line, place));

/** Text of a gzip up to where it is damaged. */
function readableText(body: Uint8Array): Promise<string> {
  return new Promise((done) => {
    const pieces: Buffer[] = [];
    const end = () => done(Buffer.concat(pieces).toString('utf8'));
    const gunzip = createGunzip();
    gunzip.on('data', (piece: Buffer) => pieces.push(piece));
    gunzip.on('end', end);
    gunzip.on('error', end);
    gunzip.end(body);
  });
}

/** The lines up to the first that is not whole. */
function readableLines(text: string, place: ObjectPlace): BronzeLine[] {
  const lines: BronzeLine[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      lines.push(parseLine(line, place));
    } catch (error) {
      if (error instanceof SyntaxError) break;
      throw error;
    }
  }
  return lines;
}

async function readQuarantine(lake: LakeContext, place: ObjectPlace): Promise<BronzeLine[]> {
  try {
    return parseLines(gunzipSync(await readObject(lake, quarantineKey(place))).toString('utf8'), place);
  } catch (error) {
    if (error instanceof NoSuchKey) return [];
    throw error;
  }
}

const gzipped = promisify(gzip);

async function putGzip({ target }: LakeContext, key: string, text: string): Promise<void> {
  await target.clients.s3.send(
    new PutObjectCommand({
      Bucket: target.names.bucket('lake'),
      Key: key,
      Body: await gzipped(text, { level: 1 }),
      ContentType: 'application/gzip',
    }),
  );
}

/** Deletes the records' rows from the silver tables of their sources; gives the tables that had any. */
async function deleteFromSilver(
  lake: LakeContext,
  study: Study,
  target: SetAsideTarget,
  lines: readonly BronzeLine[],
): Promise<string[]> {
  const sources = new Set(lines.map((line) => line.source));
  const models = study.models.filter(({ contract }) =>
    contract.accountsFor?.some((source) => sources.has(source)),
  );
  const tables: string[] = [];
  for (const model of models) {
    if (!(await exists(lake, model))) continue;
    const table = `${model.database}.${model.table}`;
    const where = rowsOf(target);
    const { rows } = await ask(lake, `SELECT count(*) FROM ${table} WHERE ${where}`);
    if (rows[0]?.[0] === '0') continue;
    await ask(lake, `DELETE FROM ${table} WHERE ${where}`);
    tables.push(table);
  }
  return tables;
}

async function exists({ target }: LakeContext, { database, table }: Model): Promise<boolean> {
  try {
    await target.clients.glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'EntityNotFoundException') return false;
    throw error;
  }
}

/** The records' rows in a silver table. */
function rowsOf(target: SetAsideTarget): string {
  const { stream, shard } = target.kind === 'record' ? target : target.place;
  const ofShard = `_stream = ${quoteText(stream)} AND _shard = ${quoteText(shard)}`;
  if (target.kind === 'record')
    return `${ofShard} AND _sequence_number = ${quoteText(target.sequenceNumber)}`;
  const { first, last } = target.place;
  return `${ofShard} AND length(_sequence_number) BETWEEN ${first.length} AND ${last.length} AND _sequence_number BETWEEN ${quoteText(first)} AND ${quoteText(last)}`;
}

async function ledgerRowOf({ target }: LakeContext, key: string): Promise<LedgerRow | undefined> {
  const { study, stream, shard, dt, hour } = placeOf(key)!;
  const { Item } = await target.clients.dynamodb.send(
    new GetCommand({
      TableName: target.names.ledger,
      Key: { pk: ledgerKey(study, stream, shard, dt, hour), sk: key },
      ConsistentRead: true,
    }),
  );
  return Item as LedgerRow | undefined;
}

/** The object's ledger row as landed, with its new counts. */
async function landAgain(lake: LakeContext, key: string, { bronze, counts }: RewrittenObject): Promise<void> {
  const { clients, names } = lake.target;
  const bytes = (await gzipped(bronze, { level: 1 })).byteLength;
  const writtenAt = new Date(await lake.target.now()).toISOString();
  const row =
    (await ledgerRowOf(lake, key)) ?? ledgerRow(placeOf(key)!, key, { ...counts, bytes }, writtenAt);
  await clients.dynamodb.send(
    new PutCommand({ TableName: names.ledger, Item: landedAgain(row, { ...counts, bytes }) }),
  );
}
