/**
 * Trino's answers to the corpus, kept next to what was downloaded: a version answers a statement the same way every time, and
 * to ask all of them takes minutes. Remove the file, and all are asked again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Recorded } from './corpus.ts';

export interface Answers {
  get(sql: string): Recorded | undefined;
  /** Takes answers in, and writes the file: whole, or as it was. */
  keep(fresh: ReadonlyMap<string, Recorded>): Promise<void>;
}

/** @param file JSON, statement → answer; made when the first answers are kept */
export function openAnswers(file: string): Answers {
  const known = new Map<string, Recorded>(
    existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : [],
  );
  return {
    get: (sql) => known.get(sql),
    async keep(fresh) {
      for (const [sql, answer] of fresh) known.set(sql, answer);
      const part = `${file}.${process.pid}`;
      await writeFile(part, JSON.stringify(Object.fromEntries(known)));
      await rename(part, file);
    },
  };
}
