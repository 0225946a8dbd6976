/** The PySpark jobs over the local lake: a backfill of 400 days that equals Athena's silver, killed and started again; files compacted; recommendations judged. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GetTableCommand,
  StartJobRunCommand,
} from '@aws-sdk/client-glue';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { startCloud, systemClock } from '@headwaters/localstack';
import { installSpark } from '@headwaters/localstack/spark';
import { type Lake, openLake } from '../../lake/lake.ts';
import { downloadsDir, root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import { cloudDir, embedded } from '../../lake/targets/embedded.ts';
import type { Reconciliation } from '../../lib/model/run/reconciliation.ts';
import type { Report } from './run.ts';

const STUDIES = [join(import.meta.dirname, 'studies'), join(root, 'sql', 'netflix')];
const SCRIPTS = join(root, 'glue-scripts');
const HISTORY = 'history';
const FILMS = 'netflix';
const DAYS = 400;
const DAY_MS = 86_400_000;
/** Days on which the readings arrive: a commit of the backfill each. */
const WAVES = 3;
const SWITCHES = 120;

export async function run(report: Report): Promise<void> {
  const tested = spawnSync('python3', ['-m', 'unittest', 'discover', join(SCRIPTS, 'tests')], {
    env: { ...process.env, PYTHONPATH: join(SCRIPTS, 'library'), PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
  });
  report(
    "the jobs' own functions pass their tests",
    tested.status === 0,
    tested.stderr || String(tested.error),
  );
  const stateDir = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
  await installSpark(downloadsDir, { log: (line) => void process.stdout.write(`  ${line}\n`) });
  // What Athena writes must be older than what Spark writes by the machine's clock: Iceberg's history only goes ahead.
  const cloud = await startCloud({
    stateDir: cloudDir(stateDir),
    port: 0,
    clock: systemClock(-10 * DAY_MS),
    sparkDir: downloadsDir,
  });
  const lake = openLake(await embedded({ stateDir }), { studies: studiesOf(STUDIES) });
  try {
    await lake.deploy([HISTORY, FILMS]);
    await backfillEqualsAthena(lake, report);
    await compacts(lake, report);
    await recommends(lake, report);
  } finally {
    await lake.close();
    await cloud.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

// ---------------------------------------------------------------- what arrives

interface Event {
  readonly id: string;
  readonly subject: string;
  readonly time?: string;
  /** JSON text, so that its digits are as they are. */
  readonly data: string;
}

const A_REQUEST = 500;

async function send({ target }: Lake, study: string, type: string, events: readonly Event[]): Promise<void> {
  for (let from = 0; from < events.length; from += A_REQUEST) {
    const { FailedRecordCount } = await target.clients.kinesis.send(
      new PutRecordsCommand({
        StreamName: target.names.stream(study),
        Records: events.slice(from, from + A_REQUEST).map(({ id, subject, time, data }) => {
          const attributes = JSON.stringify({
            specversion: '1.0',
            id,
            source: '/meters',
            type,
            subject,
            time,
          });
          return { PartitionKey: subject, Data: Buffer.from(`${attributes.slice(0, -1)},"data":${data}}`) };
        }),
      }),
    );
    if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were refused.`);
  }
}

const dayOf = (day: number) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);

/** A part of the days in each wave, and the first of them in every one; events and keys come again, in the same wave and in later ones. */
function readings(wave: number): Event[] {
  const one = (day: number, id: string, key: string, extra = ''): Event => {
    const seconds = String((day * 7) % 60).padStart(2, '0');
    return {
      id,
      subject: `m${day % 5}`,
      ...(day % 3 > 0 && { time: `${dayOf(day)}T10:00:${seconds}.1234567${day % 10}Z` }),
      data:
        `{"readingId":"${key}","meterId":"m${day % 5} – \\"ä\\" \\\\ '","readOn":"${dayOf(day)}",` +
        `"readAt":${day % 4 ? `"${dayOf(day)}T23:59:${seconds}.99999${day % 10}${day % 7 ? '5+02:00' : 'Z'}"` : 'null'},` +
        `"amount":${day % 6 ? `1234567890123456789012345678.${String(day).padStart(10, '7')}` : '-0.0000000001'},` +
        `"price":${day % 2 ? `${day}.005` : `-${day}.5`},"ratio":${day / 7},` +
        `"pulses":${['9007199254740993', '2.0', '3e2', '-4'][day % 4]},"phase":${day % 5 ? day : 'null'},"isEstimated":${day % 2 === 0}${extra}}`,
    };
  };
  const isOfWave = (day: number) => day < 60 || Math.floor((day * WAVES) / DAYS) === wave;
  const all = Array.from({ length: DAYS }, (_, day) => day)
    .filter(isOfWave)
    .map((day) => one(day, `e${day}-${wave}`, `r${day}-${wave}`));
  const again = Array.from({ length: 20 }, (_, n) =>
    one(n * 3, `e${n * 3}-${Math.max(0, wave - 1)}`, `r${n * 3}-x${wave}`),
  );
  const claimed = Array.from({ length: 20 }, (_, n) => one(n * 5, `claim${n}-${wave}`, `r${n * 5}-0`));
  const twice = Array.from({ length: 10 }, (_, n) => one(n, `twice${n}-${wave}`, `t${n}-${wave}`));
  return [
    ...all,
    ...again,
    ...claimed,
    ...twice,
    ...twice,
    one(1, `bad-${wave}`, `bad-${wave}`, ',"phase":"x"'),
  ];
}

async function arrive(
  lake: Lake,
  study: string,
  type: string,
  waves: readonly (readonly Event[])[],
): Promise<void> {
  for (const [at, events] of waves.entries()) {
    if (at > 0) await lake.target.localCloud!.advanceClock(DAY_MS / 1000);
    await send(lake, study, type, events);
    await lake.drain();
  }
}

async function balanced(lake: Lake, study: string): Promise<Reconciliation> {
  const { output, cause } = await lake.pipeline(study);
  const found = output as Reconciliation | undefined;
  if (found?.verdict !== 'Balanced')
    throw new Error(`The run of ${study}: ${cause ?? JSON.stringify(output)}`);
  return found;
}

// ---------------------------------------------------------------- jobs

const LOOK_AGAIN_MS = 100;

async function start({ target }: Lake, study: string, job: string, args: Readonly<Record<string, string>>) {
  const JobName = target.names.glueJob(study, job);
  const Arguments = Object.fromEntries(Object.entries(args).map(([name, value]) => [`--${name}`, value]));
  const { JobRunId } = await target.clients.glue.send(new StartJobRunCommand({ JobName, Arguments }));
  return { JobName, RunId: JobRunId! };
}

const jobRuns = async ({ target }: Lake, study: string, job: string) =>
  (await target.clients.glue.send(new GetJobRunsCommand({ JobName: target.names.glueJob(study, job) })))
    .JobRuns?.length;

const isOpen = async ({ target }: Lake, run: { JobName: string; RunId: string }) =>
  !(await target.clients.glue.send(new GetJobRunCommand(run))).JobRun?.CompletedOn;

/** State and message of the ended run. */
async function ended({ target }: Lake, run: { JobName: string; RunId: string }): Promise<string> {
  for (;;) {
    const { JobRun } = await target.clients.glue.send(new GetJobRunCommand(run));
    if (JobRun?.CompletedOn) return `${JobRun.JobRunState} ${JobRun.ErrorMessage ?? ''}`.trim();
    await wait(LOOK_AGAIN_MS);
  }
}

const tableVersion = async ({ target }: Lake, DatabaseName: string, Name: string) =>
  (await target.clients.glue.send(new GetTableCommand({ DatabaseName, Name }))).Table?.VersionId;

async function rowsOf(lake: Lake, sql: string): Promise<(string | null)[]> {
  const { rows } = await lake.ask(sql);
  return [...rows[0]!];
}

/** As many rows here as there, and none on one side alone. */
const difference = (lake: Lake, a: string, b: string) =>
  rowsOf(
    lake,
    `SELECT (SELECT count(*) FROM ${a}) AS a, (SELECT count(*) FROM ${b}) AS b,
     (SELECT count(*) FROM (SELECT * FROM ${a} EXCEPT ALL SELECT * FROM ${b})) AS only_a,
     (SELECT count(*) FROM (SELECT * FROM ${b} EXCEPT ALL SELECT * FROM ${a})) AS only_b`,
  );

// ---------------------------------------------------------------- judged

async function backfillEqualsAthena(lake: Lake, report: Report): Promise<void> {
  const silver = 'history_silver.readings';
  await arrive(
    lake,
    HISTORY,
    'history.readings',
    Array.from({ length: WAVES }, (_, wave) => readings(wave)),
  );
  const switches = Array.from({ length: SWITCHES }, (_, day) => ({
    id: `s${day}`,
    subject: 'm1',
    data: `{"meterId":"m1","switchedOn":"${dayOf(day)}"}`,
  }));
  await arrive(lake, HISTORY, 'history.switches', [[...switches, ...switches.slice(0, 3)]]);
  const { runId } = await balanced(lake, HISTORY);
  const [switched, byRun] = await rowsOf(
    lake,
    'SELECT count(*) AS n, min(_run_id) AS run FROM history_silver.switches',
  );
  report(
    `a run publishes the ${SWITCHES} rows of a source whose engine is glue-spark by its job, and balances`,
    switched === String(SWITCHES) && byRun === runId && (await jobRuns(lake, HISTORY, 'backfill')) === 1,
    `${switched} rows of ${byRun}`,
  );
  const [rows, days] = await rowsOf(
    lake,
    `SELECT count(*) AS n, count(DISTINCT read_on) AS days FROM ${silver}`,
  );
  report(`Athena's silver has ${rows} rows of ${days} days`, days === String(DAYS), `${days} days`);
  const place = `s3://${lake.target.names.bucket('lake')}/silver/study=history/by_athena`;
  await lake.ask(
    `CREATE TABLE history_silver.by_athena WITH (table_type = 'ICEBERG', is_external = false, location = '${place}') AS SELECT * FROM ${silver}`,
  );
  await lake.ask(`DELETE FROM ${silver}`);

  const today = new Date(await lake.target.now());
  const first = new Date(today.getTime() - WAVES * DAY_MS).toISOString().slice(0, 10);
  const args = { run_id: runId, from: first, to: today.toISOString().slice(0, 10), days_a_commit: '1' };
  const before = await tableVersion(lake, 'history_silver', 'readings');
  const killed = await start(lake, HISTORY, 'backfill', args);
  while ((await tableVersion(lake, 'history_silver', 'readings')) === before && (await isOpen(lake, killed)))
    await wait(LOOK_AGAIN_MS);
  await lake.target.clients.glue.send(
    new BatchStopJobRunCommand({ JobName: killed.JobName, JobRunIds: [killed.RunId] }),
  );
  const stopped = await ended(lake, killed);
  const [partly] = await rowsOf(lake, `SELECT count(*) AS n FROM ${silver}`);
  report(
    `a backfill that is killed in the middle has ${partly} of ${rows} rows`,
    stopped === 'STOPPED' && Number(partly) > 0 && Number(partly) < Number(rows),
    `${stopped}, ${partly} rows`,
  );
  const outcome = await ended(lake, await start(lake, HISTORY, 'backfill', args));
  const found = await difference(lake, silver, 'history_silver.by_athena');
  report(
    `started again, it ends in Athena's ${rows} rows, equal in every column`,
    outcome === 'SUCCEEDED' && found[0] === rows && found[1] === rows && found[2] === '0' && found[3] === '0',
    `${outcome}; rows by Spark, by Athena, only by Spark, only by Athena: ${found.join(', ')}`,
  );
}

async function compacts(lake: Lake, report: Report): Promise<void> {
  const files = () => rowsOf(lake, 'SELECT count(*) AS n FROM history_silver."readings$files"');
  const before = await files();
  const outcome = await ended(
    lake,
    await start(lake, HISTORY, 'compact', { tables: 'history_silver.readings' }),
  );
  const [[after], found] = [
    await files(),
    await difference(lake, 'history_silver.readings', 'history_silver.by_athena'),
  ];
  report(
    `compact makes ${after} files of ${before}, and the rows stay`,
    outcome === 'SUCCEEDED' && Number(after) === DAYS && found[2] === '0' && found[3] === '0',
    `${outcome}, ${after} files, ${found.join(', ')}`,
  );
}

/** Users of six tastes, each with films of its own that it likes, and a few films that everybody has seen. */
function ratings(): Event[] {
  let state = 17;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length: 120 }, (_, user) => user).flatMap((user) => {
    const taste = user % 6;
    const own = Array.from({ length: 40 }, (_, n) => 1_000 + taste * 40 + n).filter(() => random() < 0.55);
    const common = Array.from({ length: 20 }, (_, n) => n + 1).filter(() => random() < 0.6);
    return [...own, ...common]
      .map((film) => ({ film, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ film }, nth) => {
        const rating = film >= 1_000 ? (random() < 0.9 ? '4.5' : '2.0') : random() < 0.6 ? '4.0' : '3.0';
        const at = new Date(Date.UTC(2024, 0, 1, 0, user, nth)).toISOString();
        return {
          id: `${user}-${film}`,
          subject: `u${user}`,
          data: `{"user_id":"u${user}","film_id":${film},"rating":${rating},"rated_at":"${at}"}`,
        };
      });
  });
}

async function recommends(lake: Lake, report: Report): Promise<void> {
  await arrive(lake, FILMS, 'netflix.ratings', [ratings()]);
  const { runId } = await balanced(lake, FILMS);
  const outcome = await ended(
    lake,
    await start(lake, FILMS, 'als', {
      run_id: runId,
      ratings: 'netflix_gold.fact_rating',
      user: 'user_id',
      item: 'film_id',
      liked: 'is_liked',
      held_out: 'is_held_out',
      into: 'netflix_marts.als_recommendations',
    }),
  );
  if (outcome !== 'SUCCEEDED') return report('als runs', false, outcome);
  const { Body } = await lake.target.clients.s3.send(
    new GetObjectCommand({
      Bucket: lake.target.names.bucket('lake'),
      Key: `runs/study=netflix/run=${runId}/spark/als.json`,
    }),
  );
  const { evaluation } = JSON.parse(await Body!.transformToString()) as {
    evaluation: { method: string; users: number; hits: number }[];
  };
  const [als, popular] = evaluation;
  const { rows } = await lake.ask(
    'SELECT method, users, hits FROM netflix_marts.recommendation_evaluation ORDER BY method',
  );
  const [[, , itemHits], [, sqlUsers, sqlHits]] = rows as [string[], string[]];
  report(
    `als finds ${als!.hits} of what ${als!.users} users like later, popularity ${popular!.hits} (SQL: item-item ${itemHits}, popularity ${sqlHits})`,
    als!.hits > popular!.hits,
    JSON.stringify({ evaluation, rows }),
  );
  report(
    'als counts the users and hits of popularity that the SQL model counts',
    String(popular!.users) === sqlUsers && String(popular!.hits) === sqlHits,
    JSON.stringify({ evaluation, rows }),
  );
  const [written] = await rowsOf(lake, 'SELECT count(*) AS n FROM netflix_marts.als_recommendations');
  report('Athena reads what als recommends', Number(written) > 0, String(written));
}
