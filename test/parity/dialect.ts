/** Dialect parity: Trino is asked the whole corpus once a machine, and both the record and our answers are held to it. */
import { join } from 'node:path';
import { TRINO_VERSION, type Trino, TrinoError } from '@headwaters/localstack/trino';
import { downloadsDir } from '../../lake/project.ts';
import { openAnswers } from './answers.ts';
import {
  type Answer,
  type Engine,
  judge,
  type OurAnswer,
  type OurFailure,
  type Recorded,
  readCorpus,
  startEngine,
  writeRecorded,
} from './corpus.ts';
import { appointJudge, dismissJudge } from './judge.ts';
import { createStatements } from './randomStatements.ts';
import type { Report } from './run.ts';
import { sideBySide } from './sideBySide.ts';

/** Rows without an order may come in another one. */
function isRecorded(sql: string, fresh: Recorded, recorded: Recorded | undefined): boolean {
  if (!recorded || 'error' in fresh || 'error' in recorded)
    return JSON.stringify(fresh) === JSON.stringify(recorded);
  return judge(sql, fresh, { ...recorded, functions: [] }).kind === 'same';
}

/** Trino's name for a fault of its own; some statements meet one every time. */
const OWN_FAULT = 'GENERIC_INTERNAL_ERROR';

/** @throws TrinoError when it is the server that failed, not the statement: that is not an answer */
async function askTrino(trino: Pick<Trino, 'query'>, sql: string): Promise<Recorded> {
  try {
    return await trino.query(sql);
  } catch (cause) {
    if (cause instanceof TrinoError && (cause.type === 'USER_ERROR' || cause.code === OWN_FAULT))
      return { error: cause.code };
    throw cause;
  }
}

/** A question costs Trino far more than the values in it: so many statements of one row are asked as one. */
const STATEMENTS_PER_QUESTION = 8;

/** What Trino has answered on this machine. */
const answers = openAnswers(join(downloadsDir, `trino-${TRINO_VERSION}.answers.json`));
let asked = 0;

/** Trino's answers in the order of the statements, asked for where it has not given them before. */
async function answersTo(
  statements: readonly string[],
  expected: (sql: string) => object | undefined,
): Promise<Recorded[]> {
  const open = [...new Set(statements)].filter((sql) => !answers.get(sql));
  if (open.length === 0) return statements.map((sql) => answers.get(sql)!);
  const { trino } = await appointJudge();
  const fresh = await askAll(trino, open, expected);
  asked += open.length;
  await answers.keep(
    new Map([...fresh].filter(([, answer]) => !('error' in answer) || answer.error !== OWN_FAULT)),
  );
  return statements.map((sql) => fresh.get(sql) ?? answers.get(sql)!);
}

/** Trino's answers; one that is expected tells which statements have one row, and how wide it is. */
async function askAll(
  trino: Pick<Trino, 'query'>,
  statements: readonly string[],
  expected: (sql: string) => object | undefined,
): Promise<Map<string, Recorded>> {
  const widthOf = (sql: string) => {
    const { rows, columns } = (expected(sql) ?? {}) as Partial<Answer>;
    return rows?.length === 1 ? columns?.length : undefined;
  };
  const together = statements.filter((sql) => widthOf(sql));
  const questions = [
    ...Array.from({ length: Math.ceil(together.length / STATEMENTS_PER_QUESTION) }, (_, at) =>
      together.slice(at * STATEMENTS_PER_QUESTION, (at + 1) * STATEMENTS_PER_QUESTION),
    ),
    ...statements.filter((sql) => !widthOf(sql)).map((sql) => [sql]),
  ];
  const answered = new Map<string, Recorded>();
  await sideBySide(questions, async (question) => {
    const widths = question.map((sql) => widthOf(sql) ?? 0);
    const found = question.length > 1 ? await askTogether(trino, question, widths) : undefined;
    for (const [at, sql] of question.entries())
      answered.set(sql, found?.[at] ?? (await askTrino(trino, sql)));
  });
  return answered;
}

/** One row of all their columns, cut into theirs; undefined where Trino sees more in them, or less: then each is asked separately. */
async function askTogether(
  trino: Pick<Trino, 'query'>,
  statements: readonly string[],
  widths: readonly number[],
): Promise<Answer[] | undefined> {
  const sources = statements.map((sql) => `(\n${sql}\n)`);
  const answer = await askTrino(trino, `SELECT * FROM ${sources.join(' CROSS JOIN ')}`);
  const width = widths.reduce((sum, columns) => sum + columns, 0);
  if ('error' in answer || answer.rows.length !== 1 || answer.columns.length !== width) return undefined;
  let first = 0;
  return widths.map((columns) => {
    const from = first;
    first += columns;
    return {
      // Trino names a column that has no name by its place.
      columns: answer.columns
        .slice(from, first)
        .map(({ name, type }, at) => ({ name: name === `_col${from + at}` ? `_col${at}` : name, type })),
      rows: [answer.rows[0]!.slice(from, first)],
    };
  });
}

/** Asks Trino every statement and writes its answers down: `node test/parity/dialect.ts --record`. */
export async function record(trino: Pick<Trino, 'query'>): Promise<void> {
  for (const page of readCorpus()) {
    const answers: Record<string, Recorded> = {};
    const fresh = await sideBySide(page.statements, (sql) => askTrino(trino, sql));
    for (const [at, sql] of page.statements.entries()) answers[sql] = fresh[at]!;
    await writeRecorded(page, answers);
  }
}

/** Statements that nobody wrote; a seed that found a fault is worth a line in the corpus. */
const SEEDS = [1, 2, 3];
const STATEMENTS_PER_SEED = 100;

async function judgeRandom(engine: Engine, report: Report): Promise<void> {
  for (const seed of SEEDS) {
    const next = createStatements(seed);
    const faults: string[] = [];
    let refused = 0;
    const statements = Array.from({ length: STATEMENTS_PER_SEED }, next);
    const ours = new Map<string, OurAnswer | OurFailure>();
    for (const sql of statements) ours.set(sql, await engine.ask(sql));
    const theirs = await answersTo(statements, (sql) => ours.get(sql));
    for (const [at, sql] of statements.entries()) {
      const verdict = judge(sql, theirs[at]!, ours.get(sql)!);
      if (verdict.kind === 'refused') refused++;
      if (verdict.kind === 'wrong') faults.push(`${sql}\n${verdict.detail}`);
    }
    report(
      `seed ${seed}: ${STATEMENTS_PER_SEED - refused} of ${STATEMENTS_PER_SEED} random statements answered as Trino`,
      faults.length === 0,
      faults.join('\n\n'),
    );
  }
}

export async function run(report: Report): Promise<void> {
  const engine = await startEngine();
  try {
    for (const page of readCorpus()) {
      const faults: string[] = [];
      let refused = 0;
      const theirs = await answersTo(page.statements, (sql) => page.recorded[sql]);
      for (const [at, sql] of page.statements.entries()) {
        const fresh = theirs[at]!;
        if (!isRecorded(sql, fresh, page.recorded[sql]))
          faults.push(`${sql}\nthe record differs from Trino's answer`);
        const verdict = judge(sql, fresh, await engine.ask(sql));
        if (verdict.kind === 'refused') refused++;
        if (verdict.kind === 'wrong') faults.push(`${sql}\n${verdict.detail}`);
      }
      const count = page.statements.length;
      report(
        `${page.name}: ${count - refused} of ${count} statements answered as Trino${refused ? `, ${refused} refused by name` : ''}`,
        faults.length === 0,
        faults.join('\n\n'),
      );
    }
    await judgeRandom(engine, report);
    process.stdout.write(
      `  Trino was asked ${asked} statements; the others it has answered on this machine before.\n`,
    );
  } finally {
    engine.close();
  }
}

if (process.argv.includes('--record')) {
  try {
    await record((await appointJudge()).trino);
  } finally {
    await dismissJudge();
  }
}
