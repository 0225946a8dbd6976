/** A process that a trial can kill: opens the lake over a state folder, feeds and runs the study, and says how it went, line by line. */
import { fileURLToPath } from 'node:url';
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type Lake, openLake } from '../../lake/lake.ts';
import type { PipelineOutput } from '../../lake/run.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';

export interface WorldInput {
  readonly stateDir: string;
  readonly events: number;
  readonly seed: number;
  /** Deletes an object of the lake's bucket before the run: the one of these keys that comes at this share of them. */
  readonly forget?: { readonly prefix: string; readonly share: number } | undefined;
}

export interface Outcome {
  /** Of the run's balance sheet; `nothing-new` when there was nothing left to do. */
  readonly verdict: string;
  /** Whether gold's answers are those that plain code gives for what was sent. */
  readonly right: boolean;
  /** The run's own words. */
  readonly said: string;
}

/** One line of the process's output. */
export type Line =
  | { readonly progress: string }
  | { readonly outcome: Outcome }
  | { readonly error: { readonly name: string; readonly message: string } };

const STUDIES = fileURLToPath(new URL('./studies', import.meta.url));
const STUDY = 'shop';
const FAULTS = { duplicates: 0.05, malformed: 0.04, late: 0.1, drift: 0.02, unknown: 0.02 };

export async function runWorld(input: WorldInput, say: (line: Line) => void): Promise<Outcome> {
  const onProgress = (progress: object) => say({ progress: JSON.stringify(progress) });
  const target = await embedded({ stateDir: input.stateDir, port: 0 });
  const lake = openLake(target, { studies: studiesOf([STUDIES]) });
  try {
    await lake.deploy([STUDY], { onProgress });
    if (input.forget) await forget(lake, input.forget);
    const { pipeline, truth } = await lake.run(
      STUDY,
      { kind: 'simulation', events: input.events, seed: input.seed, days: 2, faults: FAULTS },
      { onProgress },
    );
    const output = pipeline.output as PipelineOutput | undefined;
    const reconciled = output?.decision === undefined ? output : undefined;
    return {
      verdict: output?.decision ?? reconciled?.verdict ?? pipeline.status,
      right: truth?.every(({ equal }) => equal) ?? false,
      said: pipeline.cause ?? pipeline.error ?? reconciled?.summary ?? '',
    };
  } finally {
    await lake.close();
  }
}

async function forget({ target }: Lake, { prefix, share }: NonNullable<WorldInput['forget']>): Promise<void> {
  const { s3 } = target.clients;
  const Bucket = target.names.bucket('lake');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
  const Key = Contents[Math.floor(share * Contents.length)]?.Key;
  if (Key) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
}

if (import.meta.main) {
  const say = (line: Line) => void process.stdout.write(`${JSON.stringify(line)}\n`);
  try {
    say({ outcome: await runWorld(JSON.parse(process.argv[2]!) as WorldInput, say) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    say({ error: { name, message } });
    process.exitCode = 1;
  }
}
