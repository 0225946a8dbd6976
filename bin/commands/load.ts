/** `headwaters load`: batch files into a study's landing bucket, and its pipeline over what they brought. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type FileEntry, fileKey } from '../../lib/model/ledger.ts';
import type { Study } from '../../lib/model/study.ts';
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
  readonly state: string;
  readonly json: boolean;
}

interface Loaded {
  readonly file: string;
  readonly source: string;
  readonly state: string;
  readonly rows: number | null;
  readonly reason: string | null;
}

export async function load(name: string, files: readonly string[], options: LoadOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const study = findStudy(name);
  const targets = files.map((file) => ({ file, source: sourceOf(study, file, options.source) }));
  const world = await openWorld({ stateDir: options.state });
  try {
    await deploy(world, terminal);
    await terminal.step('Landing files', async (progress) => {
      for (const { file, source } of targets)
        await landFile(world.clients.s3, study.name, source, basename(file), { path: file });
      progress(`${targets.length}`);
    });
    await terminal.step('Waiting until everything is in bronze', (progress) => drain(world, progress));
    const loaded = await Promise.all(
      targets.map(({ file, source }) => registered(world, study, file, source)),
    );
    const pipeline = await terminal.step('Running the pipeline', (progress) =>
      runPipeline(world, study.name, {}, progress),
    );
    assertSucceeded(pipeline);
    show(terminal, loaded, pipeline.output as PipelineOutput, options.json);
    const refused = loaded.filter(({ state }) => state === 'refused');
    if (refused.length > 0)
      throw new RunFailedError(
        `${refused.length} of ${loaded.length} files were refused; the rest is in. Mend them and load them again.`,
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

/** What the registry says of a file by its content: loaded now or before, or refused with the reason. */
async function registered(world: World, study: Study, file: string, source: string): Promise<Loaded> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const { Item } = await world.clients.dynamodb.send(
    new GetCommand({ TableName: physicalNames.ledger, Key: fileKey(study.name, source, hash.digest('hex')) }),
  );
  const entry = Item as FileEntry | undefined;
  // The members of a zip are registered one by one, under their own hashes.
  return {
    file,
    source,
    state: entry?.state ?? 'unpacked',
    rows: entry?.rows ?? null,
    reason: entry?.reason ?? null,
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
  if (output.decision) return terminal.line('Nothing new: these files changed nothing.');
  const { total } = output.sheet;
  terminal.line(
    `${total.inBronze} records: ${total.silver} new in silver, ${total.duplicates} duplicates, ` +
      `${total.quarantined} quarantined, ${total.unaccounted} unaccounted.`,
  );
}
