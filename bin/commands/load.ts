/** `headwaters load`: batch files into a study's landing bucket, and its pipeline over what they brought. */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type FileEntry, fileKey } from '../../lib/model/ledger.ts';
import type { Study } from '../../lib/model/study.ts';
import type { AthenaEngine } from '../defaults.ts';
import { type DeliveredFile, filesWithin } from '../delivered.ts';
import { drain } from '../drain.ts';
import { RunFailedError, UsageError } from '../failure.ts';
import { landFile } from '../feed.ts';
import { physicalNames } from '../names.ts';
import { assertSucceeded, runPipeline } from '../pipeline.ts';
import { findStudy } from '../studies.ts';
import type { PipelineOutput } from '../summary.ts';
import { createTerminal, table } from '../terminal.ts';
import { deploy, openWorld, type World } from '../world.ts';

export interface LoadOptions {
  readonly source?: string;
  readonly athena?: AthenaEngine;
  readonly state: string;
  readonly json: boolean;
}

/** What became of a file, or of a member of a zip. */
interface Loaded {
  readonly file: string;
  readonly source: string;
  /** `known`: its very bytes were loaded before. `loading`: the loader gave up; its failures queue has it. */
  readonly state: 'loaded' | 'known' | 'refused' | 'loading';
  readonly rows: number | null;
  readonly reason: string | null;
}

type Delivery = DeliveredFile & { readonly source: string };

export async function load(name: string, files: readonly string[], options: LoadOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const study = findStudy(name);
  const targets = files.map((file) => ({ file, source: sourceOf(study, file, options.source) }));
  const world = await openWorld({
    stateDir: options.state,
    athena: options.athena,
    note: terminal.note,
  });
  try {
    await deploy(world, terminal);
    const deliveries = await terminal.step('Reading files', async (progress) => {
      const found: Delivery[] = [];
      for (const { file, source } of targets)
        found.push(...(await filesWithin(file, options.state)).map((one) => ({ ...one, source })));
      progress(`${found.length}`);
      return found;
    });
    const before = await registry(world, study, deliveries);
    await terminal.step('Landing files', async (progress) => {
      for (const { file, source } of targets)
        await landFile(world.clients.s3, study.name, source, basename(file), { path: file });
      progress(`${targets.length}`);
    });
    await terminal.step('Waiting until everything is in bronze', (progress) => drain(world, progress));
    const after = await registry(world, study, deliveries);
    const loaded = deliveries.map((delivery, i) => outcome(delivery, before[i], after[i]));
    const pipeline = await terminal.step('Running the pipeline', (progress) =>
      runPipeline(world, study.name, {}, progress),
    );
    assertSucceeded(pipeline);
    show(terminal, loaded, pipeline.output as PipelineOutput, options.json);
    const failed = loaded.filter(({ state }) => state === 'refused' || state === 'loading');
    if (failed.length > 0)
      throw new RunFailedError(
        `${failed.length} of ${loaded.length} files were refused; the rest is in. Mend them and load them again.`,
      );
  } finally {
    await world.close();
  }
}

function sourceOf(study: Study, file: string, given: string | undefined): string {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`${file} is no file.`);
  const named = study.inputs
    .flatMap((dataset) => dataset.files)
    .find((input) => input.file === basename(file));
  const source = given ?? named?.source ?? basename(file).replace(/\..*$/, '');
  const byFile = study.sources.filter(({ door }) => door === 'file').map(({ name }) => name);
  if (!byFile.includes(source))
    throw new UsageError(
      `${file}: '${source}' is no source of ${study.name} that comes as a file; allowed: ${byFile.join(', ')}. ` +
        'Name the file after its source, or give --source.',
    );
  return source;
}

/** What the registry has for each delivery, by its content. */
const registry = (
  world: World,
  study: Study,
  deliveries: readonly Delivery[],
): Promise<(FileEntry | undefined)[]> =>
  Promise.all(
    deliveries.map(async ({ source, sha256 }) => {
      const { Item } = await world.clients.dynamodb.send(
        new GetCommand({ TableName: physicalNames.ledger, Key: fileKey(study.name, source, sha256) }),
      );
      return Item as FileEntry | undefined;
    }),
  );

function outcome(
  { file, source }: Delivery,
  before: FileEntry | undefined,
  after: FileEntry | undefined,
): Loaded {
  if (before?.state === 'loaded')
    return { file, source, state: 'known', rows: before.rows, reason: 'loaded before' };
  return {
    file,
    source,
    state: after?.state ?? 'loading',
    rows: after?.state === 'loaded' ? after.rows : null,
    reason: after?.reason ?? (after?.state === 'loaded' ? null : 'the loader did not come to an end'),
  };
}

function show(
  terminal: ReturnType<typeof createTerminal>,
  loaded: readonly Loaded[],
  output: PipelineOutput,
  json: boolean,
) {
  if (json) return terminal.line(JSON.stringify({ files: loaded, ...output }, undefined, 2));
  terminal.line(
    table(
      ['file', 'source', 'state', 'rows', 'reason'],
      loaded.map(({ file, source, state, rows, reason }) => [file, source, state, rows, reason]),
    ),
  );
  if (output.decision) return terminal.line('\nNothing new: the tables stay as they are.');
  const { total } = output.sheet;
  terminal.line(
    `\n${total.inBronze} records: ${total.silver} new in silver, ${total.duplicates} duplicates, ` +
      `${total.quarantined} quarantined, ${total.unaccounted} unaccounted.`,
  );
}
