/** Waits until what was sent is in bronze. */
import { type BalanceSheet, balanceSheet, type ReceiptRow, receiptsSql } from '../lib/model/run/balance.ts';
import { boundsOf, type Producer } from '../lib/model/run/reconciliation.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import { registered } from './feed/landedFiles.ts';
import { pause, step, type WorkOptions } from './progress.ts';
import { type LocalCloud, localCloudOf } from './targets/target.ts';
import { counted } from './text.ts';

const TITLE = 'Waiting until everything is in bronze';

const onTheWay = (records: number) =>
  `${counted(records, 'record')} on ${records === 1 ? 'its' : 'their'} way`;

const POLL_MS = 50;
/** Polls without any movement after which only time can help. */
const STILL_POLLS = 20;
/** A message whose function was killed is hidden for up to 90 minutes, six times the loader's time limit. */
const HIDDEN_STEP_SECONDS = 900;

/** Waits until the local cloud has nothing left to do, moving its clock so that batch windows close. */
export async function drain({ target }: LakeContext, options: WorkOptions = {}): Promise<void> {
  const cloud = localCloudOf(target, 'tell when everything that was ever sent is in bronze');
  return step(options, TITLE, async (at) => {
    let still = 0;
    let before = '';
    for (;;) {
      const { idle, mappings, inFlight } = await cloud.idle();
      if (idle) return;
      const backlog = mappings.reduce((sum, mapping) => sum + mapping.backlog, 0);
      at(onTheWay(backlog));
      const ends = mappings.flatMap(({ windowEndsAtMs }) => windowEndsAtMs ?? []);
      const now = `${inFlight}/${backlog}/${ends.length}`;
      still = now === before && inFlight === 0 ? still + 1 : 0;
      before = now;
      // Nothing runs and a batch waits for its window: time closes it.
      if (inFlight === 0 && ends.length > 0) await advanceTo(cloud, await target.now(), Math.min(...ends));
      else if (still >= STILL_POLLS) {
        at(`${backlog} wait to be tried again; the clock is moved`);
        await cloud.advanceClock(HIDDEN_STEP_SECONDS);
        still = 0;
      }
      await pause(POLL_MS, options.signal);
    }
  });
}

async function advanceTo(cloud: LocalCloud, now: number, time: number): Promise<void> {
  if (time > now) await cloud.advanceClock((time - now) / 1000);
}

/** What one caller sent to a study. */
export interface Sent {
  readonly study: string;
  /** Files, or members of a zip, by the identity under which they are registered. */
  readonly files: readonly { readonly source: string; readonly id: string }[];
  /** Whose receipts name the records; absent where no record was streamed. */
  readonly producer?: () => Promise<Producer>;
  /** How many changes of transactions are not in bronze yet; absent where none were carried out. */
  readonly changesMissing?: () => Promise<number>;
}

/** Each look at the receipts is a query, which costs at least what 10 MB scanned cost. Milliseconds. */
const FIRST_LOOK_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Waits until what was sent is in bronze. The local cloud is asked whether it is idle; elsewhere the registry of files and
 * the receipts are compared with bronze, again and again.
 */
export function awaitBronze(lake: LakeContext, sent: Sent, options: WorkOptions = {}): Promise<void> {
  if (lake.target.localCloud) return drain(lake, options);
  return step(options, TITLE, async (at) => {
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 1.5)) {
      const loading = await filesLoading(lake, sent);
      const missing = loading > 0 ? undefined : await recordsMissing(lake, sent, options);
      if (missing === 0) return;
      at(missing === undefined ? `${counted(loading, 'file')} to be loaded` : onTheWay(missing));
      await pause(waitMs, options.signal);
    }
  });
}

async function filesLoading({ target }: LakeContext, { study, files }: Sent): Promise<number> {
  const entries = await registered(target, study, files);
  return entries.filter((entry) => entry === undefined || entry.state === 'loading').length;
}

async function recordsMissing(
  lake: LakeContext,
  { study, producer, changesMissing }: Sent,
  options: WorkOptions,
): Promise<number> {
  const lost = producer ? (await heldAgainstBronze(lake, study, await producer(), options)).lost : 0;
  return lost + Math.max(0, (await changesMissing?.()) ?? 0);
}

/** A producer's receipts compared with bronze: how many records are lost, and how many have no receipt. */
export async function heldAgainstBronze(
  lake: LakeContext,
  study: string,
  producer: Producer,
  { signal }: WorkOptions = {},
): Promise<Pick<BalanceSheet, 'lost' | 'withoutReceipt'>> {
  const sql = receiptsSql(study, producer.run, boundsOf(producer));
  const { columns, rows } = await ask(lake, sql, signal ? { signal } : {});
  const named = rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
  return balanceSheet([], { rows: named as unknown as ReceiptRow[], given: producer.records });
}
