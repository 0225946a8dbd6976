/**
 * Gives a study its data: simulated events or a dataset's files, landed and streamed, with the receipts of what Kinesis took,
 * and a simulation's transactions through the API.
 */
import { createHash } from 'node:crypto';
import type { Study } from '../../lib/model/study/study.ts';
import type { FaultRates } from '../../lib/simulator/faults.ts';
import type { AnswerRows, SimulatedTransaction } from '../../lib/simulator/simulation.ts';
import type { LakeContext } from '../context.ts';
import { awaitBronze } from '../drain.ts';
import { step, type WorkOptions } from '../progress.ts';
import type { Studies } from '../studies.ts';
import { count, counted } from '../text.ts';
import { assertFolder, readInput } from './dataset.ts';
import { type Outgoing, type Receipt, sendRecords } from './kinesis.ts';
import { type LandedFile, partsOfLanded, registered } from './landedFiles.ts';
import { landFile } from './landing.ts';
import { keepReceipts, producerOf } from './receipts.ts';
import { type Feed, readFeed, writeFeed } from './registry.ts';
import { simulate, simulationPath } from './simulation.ts';
import { capturedSince, carryOut, comparableOf } from './transactions.ts';

export type FeedInput =
  | {
      readonly kind: 'simulation';
      readonly events: number;
      readonly seed: number;
      /** Days that the events span, up to now. */
      readonly days: number;
      /** Each from 0 to 1. */
      readonly faults: Required<FaultRates>;
    }
  | { readonly kind: 'dataset'; readonly dir: string };

/** Throws `UsageError` when the study is not there, or there is no such input for it. */
export function assertFeedable(studies: Studies, study: string, input: FeedInput): void {
  studies.find(study);
  if (input.kind === 'dataset') assertFolder(input.dir);
  else simulationPath(studies, study);
}

export interface FeedOptions extends WorkOptions {
  /** Events sent per second. @default as fast as they go */
  readonly rate?: number;
}

export interface Fed {
  readonly feed: Feed;
  /** It was sent now; otherwise the lake had it already. */
  readonly isNew: boolean;
  /** The truth of a simulation: gold answers computed without SQL, for a question asked at this time (ms). */
  readonly expectedAt?: (askedAt: number) => Readonly<Record<string, AnswerRows>>;
}

/** Sends the input, unless the lake has it already, and waits until everything is in bronze. */
export async function feed(
  lake: LakeContext,
  study: Study,
  input: FeedInput,
  options: FeedOptions = {},
): Promise<Fed> {
  const { target } = lake;
  const ready =
    input.kind === 'dataset'
      ? await dataset(lake, study, input.dir, options)
      : await simulation(lake, study, input, options);
  const { expectedAt } = ready;
  const known = await readFeed(target, study.name, ready.feed.id);
  if (known && known.state !== 'sending') {
    options.onProgress?.({
      kind: 'note',
      text: `✓ ${known.title}: it was fed before, nothing is sent again`,
    });
    return { feed: known, isNew: false, ...(expectedAt && { expectedAt }) };
  }
  const sentFrom = known?.sentFrom ?? new Date(await target.now()).toISOString();
  const sending: Feed = { ...ready.feed, state: 'sending', sentFrom };
  await writeFeed(target, study.name, sending);
  const receipts = await send(lake, study, ready, options);
  await keepReceipts(target, study.name, sending.id, receipts);
  await carryOut(lake, study, ready.transactions, options);
  const files = await landedParts(lake, ready);
  const changes = ready.transactions.flatMap((transaction) => transaction.changes).length;
  await awaitBronze(
    lake,
    {
      study: study.name,
      files,
      ...(receipts.length > 0 && { producer: () => producerOf(target, sending) }),
      ...(changes > 0 && {
        changesMissing: async () => changes - (await capturedSince(lake, study.name, sending, options)),
      }),
    },
    options,
  );
  const refusedFiles = await refusedOf(lake, study, files);
  const sent: Feed = { ...sending, state: 'sent', ...(refusedFiles.length > 0 && { refusedFiles }) };
  await writeFeed(target, study.name, sent);
  return { feed: sent, isNew: true, ...(expectedAt && { expectedAt }) };
}

interface ReadyInput {
  readonly feed: Omit<Feed, 'state' | 'sentFrom'>;
  readonly files: readonly LandedFile[];
  readonly records: readonly Outgoing[];
  readonly transactions: readonly SimulatedTransaction[];
  readonly expectedAt?: Fed['expectedAt'];
}

function dataset(
  { target }: LakeContext,
  study: Study,
  dir: string,
  options: WorkOptions,
): Promise<ReadyInput> {
  return step(options, `Reading ${dir}`, async (at) => {
    const input = await readInput(dir, study, target.scratchDir);
    at(
      `${input.title}: ${counted(input.files.length, 'file')}, ${counted(input.records.length, 'row')} to stream`,
    );
    for (const { path, reason } of input.refused)
      options.onProgress?.({
        kind: 'note',
        text: `! ${path} cannot be streamed, and is quarantined: ${reason}`,
      });
    if (input.ignored.length > 0)
      options.onProgress?.({
        kind: 'note',
        text: `! No source of ${study.name} claims ${input.ignored.join(', ')}; left out`,
      });
    return {
      feed: {
        id: `input-${input.digest.slice(0, 16)}`,
        title: input.title,
        now: new Date(await target.now()).toISOString(),
        files: input.files.length,
        records: input.records.length,
      },
      files: input.files,
      records: input.records,
      transactions: [],
    };
  });
}

async function simulation(
  { target, studies }: LakeContext,
  study: Study,
  input: FeedInput & { kind: 'simulation' },
  options: WorkOptions,
): Promise<ReadyInput> {
  const { seed, events, days, faults } = input;
  const { duplicates, malformed, late, drift, unknown } = faults;
  const parameters = { seed, events, days, duplicates, malformed, late, drift, unknown };
  const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 16);
  const id = `simulation-${digest}`;
  const known = await readFeed(target, study.name, id);
  const now = known?.now ?? new Date(await target.now()).toISOString();
  return step(options, 'Simulating', async (at) => {
    const simulated = await simulate(
      studies,
      study.name,
      { seed, events, days, rates: faults },
      Date.parse(now),
    );
    at(`${counted(events, 'event')} over ${counted(days, 'day')}, seed ${seed}`);
    return {
      feed: {
        id,
        title: counted(events, 'simulated event'),
        now,
        files: simulated.files.length,
        records: simulated.records.length,
        ...(simulated.transactions.length > 0 && {
          transactions: simulated.transactions.length,
          comparable: comparableOf(study, simulated.transactions),
        }),
        labels: simulated.labels,
      },
      expectedAt: simulated.expectedAt,
      files: simulated.files.map(({ source, name, body }) => ({
        contract: study.sources.find((contract) => contract.name === source)!,
        name,
        content: { body },
        settings: {},
      })),
      records: simulated.records,
      transactions: simulated.transactions,
    };
  });
}

/** The landed files, and members of zips, by the identity under which the file loader registers them. */
async function landedParts({ target }: LakeContext, { files }: ReadyInput) {
  const parts = await Promise.all(
    files.map(async (file) =>
      (await partsOfLanded(file, target.scratchDir)).map(({ id, member }) => ({
        source: file.contract.name,
        id,
        name: member === undefined ? file.name : `${file.name}/${member}`,
      })),
    ),
  );
  return parts.flat();
}

async function refusedOf(
  { target }: LakeContext,
  study: Study,
  files: Awaited<ReturnType<typeof landedParts>>,
): Promise<NonNullable<Feed['refusedFiles']>> {
  const entries = await registered(target, study.name, files);
  return entries.flatMap((entry, i) =>
    entry?.state === 'refused' ? [{ file: files[i]!.name, reason: entry.reason ?? '' }] : [],
  );
}

async function send(
  { target }: LakeContext,
  study: Study,
  input: ReadyInput,
  options: FeedOptions,
): Promise<Receipt[]> {
  await step(options, 'Landing files', async (at) => {
    for (const file of input.files) await landFile(target, study.name, file);
    at(counted(input.files.length, 'file'));
  });
  return step(options, 'Streaming events into Kinesis', (at) =>
    sendRecords(target.clients.kinesis, target.names.stream(study.name), input.records, {
      ...(options.rate ? { rate: options.rate } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      progress: (sent) => at(`${count(sent)} of ${count(input.records.length)} acknowledged`),
    }),
  );
}
