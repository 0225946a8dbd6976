/** Lambda functions written in a test: their source, what they were called with, and waiting for what they do. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import type { Clock } from '../../core/clock.ts';
import type { TestCloud } from './localCloud.ts';

export interface TestFunctions {
  readonly lambda: LambdaClient;
  /**
   * Creates a function from the body of `async (event, context, note) => {…}`; `note(value)` writes down a JSON value
   * that `notes` reads back.
   */
  create(name: string, body: string, settings?: Partial<CreateFunctionCommandInput>): Promise<string>;
  /** What the function has noted so far, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: what a function notes is its test's affair.
  notes(name: string): any[];
}

export function testFunctions(cloud: TestCloud): TestFunctions {
  const lambda = new LambdaClient({ ...cloud.client, maxAttempts: 1 });
  const noteFile = (name: string) => join(cloud.context.stateDir, `${name}.notes`);
  return {
    lambda,
    async create(name, body, settings = {}) {
      const source = `
        const note = (value) => require('node:fs').appendFileSync(process.env.NOTES, JSON.stringify(value) + '\\n');
        exports.handler = async (event, context) => { ${body} };`;
      const { FunctionArn } = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: 'arn:aws:iam::000000000000:role/test',
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: zipSync({ 'index.js': strToU8(source) }) },
          Environment: { Variables: { NOTES: noteFile(name) } },
          ...settings,
        }),
      );
      return FunctionArn as string;
    },
    notes: (name) => readNotes(noteFile(name)),
  };
}

/** The JSON values in a file that a function appends lines to; a line that is being written is left out. */
// biome-ignore lint/suspicious/noExplicitAny: what a function notes is its test's affair.
export function readNotes(file: string): any[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const PATIENCE_MS = 120_000;

/** Waits until `holds` is true; with a clock, moves it by `stepMs` between looks. Fails after two minutes of real time. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  moved?: { clock: Clock; stepMs: number },
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `It did not come to this within ${PATIENCE_MS} ms: ${holds}`);
    await moved?.clock.advance(moved.stepMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
