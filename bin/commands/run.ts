/** `headwaters run`: a study's data in by its doors, its pipeline, its balance sheet and its gold answers. */
import { createHash } from 'node:crypto';
import { boundsOf } from '../../lambdas/run-reconciler/logic.ts';
import type { Producer } from '../../lambdas/shared/run.ts';
import { receiptsSql } from '../../lib/model/balance.ts';
import type { Study } from '../../lib/model/study.ts';
import { ask } from '../athena.ts';
import type { AthenaEngine } from '../defaults.ts';
import { drain } from '../drain.ts';
import { RunFailedError } from '../failure.ts';
import { keepReceipts, landFile, type Outgoing, type Receipt, sendRecords } from '../feed.ts';
import { type Feed, listFeeds, readFeed, writeFeed } from '../feeds.ts';
import { readInput } from '../inputs.ts';
import { untilStopped } from '../interruption.ts';
import { assertSucceeded, runPipeline } from '../pipeline.ts';
import { type SimulatedInput, simulate } from '../simulated.ts';
import { findStudy } from '../studies.ts';
import { type Answer, compare, type PipelineOutput, type RunOutcome, showSummary } from '../summary.ts';
import { count, createTerminal, type Terminal } from '../terminal.ts';
import { deploy, openWorld, type World } from '../world.ts';

export interface RunOptions {
  readonly input?: string;
  readonly events: number;
  readonly seed: number;
  readonly days: number;
  readonly rate?: number;
  readonly duplicates: number;
  readonly malformed: number;
  readonly late: number;
  readonly drift: number;
  readonly unknown: number;
  readonly once: boolean;
  readonly port?: number;
  readonly athena?: AthenaEngine;
  readonly state: string;
  readonly json: boolean;
}

export async function run(name: string, options: RunOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const study = findStudy(name);
  const startedAt = performance.now();
  const world = await openWorld({
    stateDir: options.state,
    ...(options.port === undefined ? {} : { port: options.port }),
    athena: options.athena,
    note: terminal.note,
  });
  try {
    const { notEmulated } = await deploy(world, terminal);
    const { feed, isNew, expectedAt } = await feedIn(world, study, options, terminal);
    const producer = feed.state === 'accounted' ? undefined : await producerOf(world, feed);
    const pipeline = await terminal.step('Running the pipeline', (progress) =>
      runPipeline(world, study.name, { producer }, progress),
    );
    if (pipeline.status === 'SUCCEEDED') {
      if (producer && (pipeline.output as PipelineOutput).decision === 'nothing-new')
        await assertNothingLost(world, study, producer);
      await writeFeed(world, study.name, { ...feed, state: 'accounted' });
    }
    const answers = pipeline.status === 'SUCCEEDED' ? await goldAnswers(world, study, terminal) : [];
    const outcome: RunOutcome = {
      study: study.name,
      endpoint: world.endpoint,
      feed,
      isNew,
      pipeline,
      answers,
      truth:
        expectedAt && (await onlyFeed(world, study, feed))
          ? compare(answers, expectedAt(await cloudTime(world)))
          : undefined,
      notEmulated,
      seconds: (performance.now() - startedAt) / 1000,
    };
    showSummary(terminal, outcome, options.json);
    assertSucceeded(pipeline);
    if (outcome.truth?.some(({ equal }) => !equal))
      throw new RunFailedError('Gold answers differ from the truth of what was sent; see above.');
    if (!options.once && world.embedded) {
      terminal.note(`\nServing at ${world.endpoint} until Ctrl-C; the state stays in ${options.state}.`);
      await untilStopped();
    }
  } finally {
    await world.close();
  }
}

/** Sends the input in, unless this world has it already. */
async function feedIn(
  world: World,
  study: Study,
  options: RunOptions,
  terminal: Terminal,
): Promise<{ feed: Feed; isNew: boolean; expectedAt?: SimulatedInput['expectedAt'] }> {
  const input = options.input
    ? await dataset(study, options.input, options.state, terminal)
    : await simulation(world, study, options, terminal);
  const known = await readFeed(world, study.name, input.feed.id);
  if (known && known.state !== 'sending') {
    terminal.note(`✓ ${known.title}: this world has it already, nothing is sent again`);
    return { ...input, feed: known, isNew: false };
  }
  const sentFrom = known?.sentFrom ?? new Date(await cloudTime(world)).toISOString();
  const sending: Feed = { ...input.feed, state: 'sending', sentFrom };
  await writeFeed(world, study.name, sending);
  const receipts = await send(world, study, input, options.rate, terminal);
  await keepReceipts(world.clients.s3, study.name, sending.id, receipts);
  await terminal.step('Waiting until everything is in bronze', (progress) => drain(world, progress));
  const sent: Feed = { ...sending, state: 'sent' };
  await writeFeed(world, study.name, sent);
  return { ...input, feed: sent, isNew: true };
}

interface ReadyInput {
  readonly feed: Omit<Feed, 'state' | 'sentFrom'>;
  readonly files: readonly { source: string; name: string; content: { path: string } | { body: string } }[];
  readonly records: readonly Outgoing[];
  readonly expectedAt?: SimulatedInput['expectedAt'];
}

async function dataset(study: Study, dir: string, stateDir: string, terminal: Terminal): Promise<ReadyInput> {
  return terminal.step(`Reading ${dir}`, async (progress) => {
    const input = await readInput(dir, study, stateDir);
    progress(`${input.title}: ${input.files.length} files, ${count(input.records.length)} rows to stream`);
    if (input.ignored.length > 0)
      terminal.note(`! No source of ${study.name} claims ${input.ignored.join(', ')}; left out`);
    return {
      feed: {
        id: `input-${input.digest.slice(0, 16)}`,
        title: input.title,
        now: new Date().toISOString(),
        files: input.files.length,
        records: input.records.length,
      },
      files: input.files.map(({ source, name, path }) => ({ source, name, content: { path } })),
      records: input.records,
    };
  });
}

async function simulation(
  world: World,
  study: Study,
  options: RunOptions,
  terminal: Terminal,
): Promise<ReadyInput> {
  const { seed, events, days, duplicates, malformed, late, drift, unknown } = options;
  const parameters = { seed, events, days, duplicates, malformed, late, drift, unknown };
  const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 16);
  const id = `simulation-${digest}`;
  const known = await readFeed(world, study.name, id);
  const now = known?.now ?? new Date(await cloudTime(world)).toISOString();
  return terminal.step('Simulating', async (progress) => {
    const rates = { duplicates, malformed, late, drift, unknown };
    const simulated = await simulate(study.name, { seed, events, days, rates }, Date.parse(now));
    progress(`${count(events)} events over ${days} days, seed ${seed}`);
    return {
      feed: {
        id,
        title: `${count(events)} simulated events`,
        now,
        files: simulated.files.length,
        records: simulated.records.length,
        labels: simulated.labels,
      },
      expectedAt: simulated.expectedAt,
      files: simulated.files.map(({ source, name, body }) => ({ source, name, content: { body } })),
      records: simulated.records,
    };
  });
}

async function send(
  world: World,
  study: Study,
  input: ReadyInput,
  rate: number | undefined,
  terminal: Terminal,
): Promise<Receipt[]> {
  await terminal.step('Landing files', async (progress) => {
    for (const { source, name, content } of input.files)
      await landFile(world.clients.s3, study.name, source, name, content);
    progress(`${input.files.length} files`);
  });
  return terminal.step('Streaming events into Kinesis', (progress) =>
    sendRecords(world.clients.kinesis, study.name, input.records, {
      ...(rate ? { rate } : {}),
      progress: (sent) => progress(`${count(sent)} of ${count(input.records.length)} acknowledged`),
    }),
  );
}

async function goldAnswers(world: World, study: Study, terminal: Terminal): Promise<Answer[]> {
  return terminal.step('Asking gold', async (progress) => {
    const answers: Answer[] = [];
    for (const { name, title, sql } of study.queries) {
      const { columns, rows, statistics } = await ask(world.clients.athena, sql);
      answers.push({ name, title, columns: columns.map((column) => column.name), rows, statistics });
    }
    progress(`${answers.length} answers`);
    return answers;
  });
}

/** Whose receipts the books are held against, and the days on which they were given. */
async function producerOf(world: World, feed: Feed): Promise<Producer> {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return { run: feed.id, firstDt: day(Date.parse(feed.sentFrom)), lastDt: day(await cloudTime(world)) };
}

/** A run of somebody else has taken this feed's objects, without its receipts: they are held against bronze here. */
async function assertNothingLost(world: World, study: Study, producer: Producer) {
  const { columns, rows } = await ask(
    world.clients.athena,
    receiptsSql(study.name, producer.run, boundsOf(producer)),
  );
  const at = columns.findIndex(({ name }) => name === 'lost');
  const lost = rows.reduce((sum, row) => sum + Number(row[at]), 0);
  if (lost > 0)
    throw new RunFailedError(
      `${count(lost)} records that Kinesis acknowledged are not in bronze. The queues and logs of the bronze writer say why.`,
    );
}

/** Milliseconds since the epoch, by the clock of the local cloud. */
async function cloudTime(world: World): Promise<number> {
  const { now } = (await world.admin('GET', '/_headwaters/clock')) as { now: string };
  return Date.parse(now);
}

/** The truth of one feed can only be held against a world that was fed nothing else. */
const onlyFeed = async (world: World, study: Study, feed: Feed) =>
  (await listFeeds(world, study.name)).every((id) => id === feed.id);
