/** The end-to-end suite that every target is judged by. It only calls the lake's verbs, so that what passes here works for users. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lake } from '../../lake/lake.ts';
import type { WorkOptions } from '../../lake/progress.ts';
import type { RunOutcome } from '../../lake/run.ts';
import { databaseOf, EVENTS } from '../../lib/model/layout.ts';
import type { Reconciliation } from '../../lib/model/run/reconciliation.ts';

export interface SuiteOptions {
  readonly study: string;
  /** Simulated events, a hundred at least: with fewer there may be no fault among them. */
  readonly events: number;
  readonly seed: number;
  /** How long one check may take, milliseconds. @default ten minutes */
  readonly patienceMs?: number;
  readonly onProgress?: WorkOptions['onProgress'];
}

/** What a check found: undefined when it holds, else what is wrong. */
export type Finding = (check: string, problem: string | undefined) => void;

/** What a check is given, and what those before it left. */
interface Course {
  readonly lake: Lake;
  readonly options: SuiteOptions;
  readonly work: Required<Pick<WorkOptions, 'signal'>> & WorkOptions;
  outcome?: RunOutcome;
}

interface Check {
  readonly name: string;
  /** Passes, or throws with what was found instead. */
  readonly check: (course: Course) => Promise<void>;
  /** Without it nothing after it says anything. */
  readonly isFatal?: boolean;
}

/** A batch file of a study's source that no simulation lands: its text, and what silver then holds. */
const FILES: Readonly<
  Record<
    string,
    { readonly name: string; readonly text: string; readonly sql: string; readonly rows: readonly string[][] }
  >
> = {
  amazon: {
    name: 'customers.csv',
    text: 'customer_id,name,segment,updated_at\nsuite-1,"Ann, the first",VIP,2024-12-02 00:00:00\nsuite-2,Zoë,Regular,2024-12-02 00:00:00\n',
    sql: "select name from amazon_silver.customers where customer_id like 'suite-%' order by customer_id",
    rows: [['Ann, the first'], ['Zoë']],
  },
  shop: {
    name: 'customers.csv',
    text: 'customer_id,segment\nsuite-1,"VIP, the first"\nsuite-2,Régular\n',
    sql: "select segment from shop_silver.customers where customer_id like 'suite-%' order by customer_id",
    rows: [['VIP, the first'], ['Régular']],
  },
};

/** The studies that the suite has a batch file for. */
export const SUITE_STUDIES = Object.keys(FILES);

/** Days back in which everything that the suite sends arrives. */
const DAYS = 7;

const input = ({ events, seed }: SuiteOptions) =>
  ({
    kind: 'simulation',
    events,
    seed,
    days: 10,
    faults: { duplicates: 0.03, malformed: 0.03, late: 0, drift: 0, unknown: 0 },
  }) as const;

const sheetOf = ({ outcome }: Course) =>
  (outcome!.pipeline.output as Extract<Reconciliation, { sheet: unknown }>).sheet;

async function numberOf({ lake, work }: Course, sql: string): Promise<number> {
  const { rows } = await lake.ask(sql, work);
  return Number(rows[0]![0]);
}

const DEPLOYED: Check = {
  name: 'the stacks of the study are deployed',
  isFatal: true,
  async check({ lake, options, work }) {
    await lake.makeReady(options.study, work);
  },
};

const SENT: Check = {
  name: 'every record that Kinesis acknowledged is in bronze, duplicates and damaged ones too',
  isFatal: true,
  async check(course) {
    const { lake, options, work } = course;
    const { feed } = await lake.feed(options.study, input(options), work);
    // Changes that the study's transactions made arrive by the same stream.
    const found = await numberOf(
      course,
      `select count(distinct shard || '/' || sequence_number) from ${databaseOf(options.study, 'bronze')}.records
      where stream = '${EVENTS}' and coalesce(event_source, '') not like 'oltp:%' and dt >= '${await since(lake)}'`,
    );
    assert.equal(found, feed.records, `bronze holds ${found} of the ${feed.records} records that were sent`);
  },
};

/** The first day that the suite looks at. */
const since = async (lake: Lake) =>
  new Date((await lake.target.now()) - DAYS * 86_400_000).toISOString().slice(0, 10);

const RUN: Check = {
  name: 'the pipeline runs to its end',
  isFatal: true,
  async check(course) {
    const { lake, options, work } = course;
    course.outcome = await lake.run(options.study, input(options), work);
    const { status, error = '', cause = '' } = course.outcome.pipeline;
    assert.equal(status, 'SUCCEEDED', `it ended ${status} ${error} ${cause}`);
  },
};

const BALANCED: Check = {
  name: 'the balance sheet balances: nothing lost, duplicates counted, damaged records in quarantine',
  async check(course) {
    const { balanced, lost, total } = sheetOf(course);
    assert.equal(lost, 0, `${lost} records are lost`);
    assert.ok(balanced, `it does not balance: ${JSON.stringify(total)}`);
    assert.ok(total.duplicates > 0, 'no duplicate was found, though some were sent');
    assert.ok(total.quarantined > 0, 'nothing is in quarantine, though damaged records were sent');
  },
};

const TRUTH: Check = {
  name: "gold's answers are those of the simulator",
  async check({ outcome }) {
    const { truth = [] } = outcome!;
    assert.ok(truth.length > 0, 'no question was compared');
    const wrong = truth.filter(({ equal }) => !equal);
    const said = wrong.map(
      ({ name, expected, found }) =>
        `${name} is ${JSON.stringify(found[0])}, and not ${JSON.stringify(expected[0])}`,
    );
    assert.equal(wrong.length, 0, said.join('; '));
  },
};

const TRACED: Check = {
  name: 'one event is found in every layer',
  async check({ lake, options, work }) {
    const source = lake.studies.find(options.study).sources.find(({ ingestion }) => ingestion === 'stream')!;
    const { rows } = await lake.ask(
      `select _event_id from ${databaseOf(options.study, 'silver')}.${source.name} where _stream = '${EVENTS}' order by 1 limit 1`,
      work,
    );
    const traced = await lake.trace(options.study, rows[0]![0]!, { days: DAYS, ...work });
    const found = traced.map(({ layer }) => layer.split(' ')[0]);
    const missing = ['bronze', 'ledger', 'run', 'silver'].filter((layer) => !found.includes(layer));
    assert.deepEqual(missing, [], `it is not in ${missing.join(', ')}`);
  },
};

const LIVE: Check = {
  name: 'live views hold every valid event of their source',
  async check(course) {
    const { lake, options } = course;
    const readings = await lake.live(options.study);
    assert.ok(readings.length > 0, 'the study has no live view');
    for (const { view, source, events } of readings) {
      const arrived = await numberOf(
        course,
        `select count(distinct shard || '/' || sequence_number) from ${databaseOf(options.study, 'bronze')}.records
        where stream = '${EVENTS}' and event_type in (${typesOf(lake, options.study, source)}) and verdict = 'valid' and dt >= '${await since(lake)}'`,
      );
      assert.equal(events, arrived, `${view} holds ${events} of ${arrived} events`);
    }
  },
};

function typesOf(lake: Lake, study: string, source: string): string {
  const { eventType } = lake.studies.find(study).sources.find(({ name }) => name === source)!;
  return `'${eventType}'`;
}

const LOADED: Check = {
  name: 'a landed file is loaded, and its rows are in silver',
  async check({ lake, options, work }) {
    const { name, text, sql, rows: expected } = FILES[options.study]!;
    const folder = mkdtempSync(join(tmpdir(), 'headwaters-suite-'));
    try {
      writeFileSync(join(folder, name), text);
      const { files } = await lake.load(options.study, [join(folder, name)], work);
      const told = files.map(({ state, rows, reason }) => ({ state, rows, reason }));
      assert.deepEqual(told, [{ state: 'loaded', rows: 2, reason: null }], JSON.stringify(told));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const { rows } = await lake.ask(sql, work);
    assert.deepEqual(rows, expected, `silver holds ${JSON.stringify(rows)}`);
  },
};

const NOTHING_NEW: Check = {
  name: 'the same input is not sent again, and a run without anything new does nothing',
  async check({ lake, options, work }) {
    const { isNew } = await lake.feed(options.study, input(options), work);
    const { output } = await lake.pipeline(options.study, work);
    assert.equal(isNew, false, 'the input was sent again');
    assert.equal((output as { decision?: string }).decision, 'nothing-new', JSON.stringify(output));
  },
};

/** Asked of studies that have transactions. */
export const CAPTURED_CHECK = 'transactions of DynamoDB are captured: Athena answers the same question alike';

const CAPTURED: Check = {
  name: CAPTURED_CHECK,
  async check({ lake, options, outcome, work }) {
    const { question, parameters } = outcome!.feed!.comparable!;
    const { equal, oltp, difference } = await lake.compare(options.study, question, parameters, work);
    assert.ok(oltp.rows.length > 0, 'DynamoDB has no row for it');
    assert.ok(equal, JSON.stringify(difference));
  },
};

const checks: readonly Check[] = [
  DEPLOYED,
  SENT,
  RUN,
  BALANCED,
  TRUTH,
  TRACED,
  LIVE,
  LOADED,
  NOTHING_NEW,
  CAPTURED,
];

/** Names of the checks, for tables. */
export const checkNames: readonly string[] = checks.map(({ name }) => name);

const PATIENCE_MS = 600_000;

/** Judges a target, check by check; each has one finding. The lake stays open. */
export async function runSuite(lake: Lake, options: SuiteOptions, finding: Finding): Promise<void> {
  const { onProgress, patienceMs = PATIENCE_MS } = options;
  const hasTransactions = lake.studies.find(options.study).oltp !== undefined;
  const course = { lake, options } as Course;
  let fatal: string | undefined;
  for (const { name, check, isFatal } of checks) {
    if (check === CAPTURED.check && !hasTransactions) continue;
    if (fatal) {
      finding(name, `it was not asked, for this failed: ${fatal}`);
      continue;
    }
    const signal = AbortSignal.timeout(patienceMs);
    const latest = { text: '' };
    const work: Course['work'] = {
      signal,
      onProgress(progress) {
        if (progress.kind === 'at') latest.text = progress.detail;
        onProgress?.(progress);
      },
    };
    try {
      await check(Object.assign(course, { work }));
      finding(name, undefined);
    } catch (error) {
      const { message } = error as Error;
      finding(
        name,
        signal.aborted
          ? `it did not end within ${patienceMs / 1000} s; the last was: ${latest.text}`
          : message,
      );
      if (isFatal) fatal = name;
    }
  }
}
