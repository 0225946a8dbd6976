/** What a function was deployed with: its environment and the study.json beside its code. */
import { fileURLToPath } from 'node:url';
import type { Study } from '../../lib/model/study.ts';
import { readStudy } from '../../lib/model/study.ts';

/** A variable that the stack should have set is missing. */
export class EnvironmentError extends Error {
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

/** The study that this copy of the function serves. */
export const deployedStudy = (): Study => readStudy(fileURLToPath(new URL('./study.json', import.meta.url)));
