/** Dialect parity: Trino is asked the whole corpus again, and both the record and our answers are held to it. */
import { join } from 'node:path';
import { judge, type Recorded, readCorpus, startEngine, writeRecorded } from './corpus.ts';
import type { Report } from './run.ts';
import { startTrino, type Trino, TrinoError } from './trino.ts';

const DIR = join(import.meta.dirname, '..', '..', '.headwaters', 'parity');

async function askTrino(trino: Pick<Trino, 'query'>, sql: string): Promise<Recorded> {
  try {
    return await trino.query(sql);
  } catch (cause) {
    if (cause instanceof TrinoError) return { error: cause.code };
    throw cause;
  }
}

/** Asks Trino every statement and writes its answers down: `node test/parity/dialect.ts --record`. */
export async function record(trino: Pick<Trino, 'query'>): Promise<void> {
  for (const page of readCorpus()) {
    const answers: Record<string, Recorded> = {};
    for (const sql of page.statements) answers[sql] = await askTrino(trino, sql);
    await writeRecorded(page, answers);
  }
}

export async function run(report: Report): Promise<void> {
  const trino = await startTrino({ dir: DIR, log: (line) => process.stdout.write(`  ${line}\n`) });
  const engine = await startEngine();
  try {
    for (const page of readCorpus()) {
      const faults: string[] = [];
      let refused = 0;
      for (const sql of page.statements) {
        const fresh = await askTrino(trino, sql);
        if (JSON.stringify(fresh) !== JSON.stringify(page.recorded[sql]))
          faults.push(`${sql}\nthe record differs from Trino's answer`);
        const verdict = judge(sql, fresh, await engine.ask(sql));
        if (verdict.kind === 'refused') refused++;
        if (verdict.kind === 'wrong') faults.push(`${sql}\n${verdict.detail}`);
      }
      const count = page.statements.length;
      report(
        `${page.name}: ${count - refused} of ${count} statements answered as Trino ${refused ? `, ${refused} refused by name` : ''}`,
        faults.length === 0,
        faults.join('\n\n'),
      );
    }
  } finally {
    engine.close();
    await trino.stop();
  }
}

if (process.argv.includes('--record')) {
  const trino = await startTrino({ dir: DIR });
  try {
    await record(trino);
  } finally {
    await trino.stop();
  }
}
