/** Reads a function's deployment: its environment and the study.json next to its code. */
import { fileURLToPath } from 'node:url';
import { type Databases, databasesOf } from '../../lib/model/databases.ts';
import { readStudy } from '../../lib/model/study/readStudy.ts';
import type { Study } from '../../lib/model/study/study.ts';

/** A variable that the stack should have set is missing. */
class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(variable: string) {
    super(
      `The environment variable ${variable} is not set. The function's stack sets it: deploy the stack again.`,
    );
  }
}

/** @throws EnvironmentError when the variable is missing or empty. */
export function environment(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new EnvironmentError(variable);
  return value;
}

/** The databases of the study in the lake that the function belongs to. */
export const deployedDatabases = ({ name }: Pick<Study, 'name'>): Databases =>
  databasesOf(environment('LAKE_PREFIX'), [name]);

/** The study that this copy of the function serves. */
export const deployedStudy = (): Study => readStudy(fileURLToPath(new URL('./study.json', import.meta.url)));
