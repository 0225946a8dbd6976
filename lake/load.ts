/** Lands batch files for a study and runs its pipeline over what they brought. */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve, sep } from 'node:path';
import { type Advice, optionsOf } from '../lib/formats/row.ts';
import {
  type FileSettings,
  fileSettingProblem,
  fileSettingValue,
} from '../lib/model/contract/fileSettings.ts';
import { pathPattern } from '../lib/model/contract/pathPattern.ts';
import type { FileEntry } from '../lib/model/run/ledger.ts';
import { inputNames, settingsOfInput } from '../lib/model/study/inputs.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { awaitBronze } from './drain.ts';
import { UsageError } from './errors.ts';
import { type LandedFile, type LandedPart, partsOfLanded, registered } from './feed/landedFiles.ts';
import { landFile } from './feed/landing.ts';
import { assertSucceeded, runPipeline } from './pipeline.ts';
import { step, type WorkOptions } from './progress.ts';
import type { PipelineOutput } from './run.ts';
import { counted } from './text.ts';

export interface LoadOptions extends WorkOptions {
  /** The source that the files belong to. @default each file is named after its source */
  readonly source?: string;
  /** How the files are written, in place of what the source's contract says. */
  readonly encoding?: string;
  readonly delimiter?: string;
}

export interface LoadOutcome {
  readonly files: readonly LoadedFile[];
  readonly pipeline: PipelineOutput;
}

/** What became of a file, or of a member of a zip. */
export interface LoadedFile {
  readonly file: string;
  readonly source: string;
  /** `known`: its very bytes were loaded before. `loading`: the loader gave up; its failures queue has it. */
  readonly state: 'loaded' | 'known' | 'refused' | 'loading';
  readonly rows: number | null;
  /** Of `rows`: refused ones, which are in quarantine. */
  readonly refusedRows: number | null;
  readonly reason: string | null;
  /** The command that would load it, where it looks like it was written in another way. */
  readonly command: string | null;
}

type Landing = LandedFile & { readonly file: string };

/** Throws `UsageError` for a file that is missing or of no source, and `RunFailedError` when the pipeline failed. */
export async function load(
  lake: LakeContext,
  study: Study,
  files: readonly string[],
  options: LoadOptions = {},
): Promise<LoadOutcome> {
  const { target } = lake;
  const landings = landingsOf(study, files, options);
  const parts = await step(options, 'Reading files', async (at) => {
    const found: { part: LandedPart; landing: Landing }[] = [];
    for (const landing of landings)
      for (const part of await partsOfLanded(landing, target.scratchDir)) found.push({ part, landing });
    at(`${found.length}`);
    return found;
  });
  const ids = parts.map(({ part, landing }) => ({ source: landing.contract.name, id: part.id }));
  const before = await registered(target, study.name, ids);
  await step(options, 'Landing files', async (at) => {
    for (const landing of landings) await landFile(target, study.name, landing);
    at(`${landings.length}`);
  });
  await awaitBronze(lake, { study: study.name, files: ids }, options);
  const after = await registered(target, study.name, ids);
  const pipeline = await runPipeline(lake, study.name, {}, options);
  assertSucceeded(lake, study.name, pipeline);
  return {
    files: parts.map(({ part, landing }, i) => ({
      file: part.member === undefined ? landing.file : `${landing.file}/${part.member}`,
      source: landing.contract.name,
      ...outcome(before[i], after[i]),
      command: commandOf(lake, study, landing, options, after[i]?.advice),
    })),
    pipeline: pipeline.output as PipelineOutput,
  };
}

/** What is to be landed. Throws `UsageError` for a file that is missing or of no source, and for a bad setting. */
export function landingsOf(
  study: Study,
  files: readonly string[],
  options: Pick<LoadOptions, 'source' | 'encoding' | 'delimiter'>,
): Landing[] {
  const given = settingsGiven(options);
  return files.map((file) => landingOf(study, file, options.source, given));
}

function settingsGiven(options: Pick<LoadOptions, 'encoding' | 'delimiter'>): FileSettings {
  const settings: Record<string, unknown> = {};
  for (const name of ['encoding', 'delimiter'] as const) {
    if (options[name] === undefined) continue;
    const problem = fileSettingProblem(name, options[name]);
    if (problem) throw new UsageError(`--${problem}.`);
    settings[name] = fileSettingValue(name, options[name]);
  }
  return settings;
}

function landingOf(
  study: Study,
  file: string,
  givenSource: string | undefined,
  given: FileSettings,
): Landing {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`${file} is not a file.`);
  const path = resolve(file).split(sep);
  const named = study.inputs
    .flatMap((dataset) => dataset.files)
    .find((input) => {
      const end = path.slice(-pathPattern(input.file).segments).join('/');
      return inputNames(input, end) && (givenSource ?? input.source) === input.source;
    });
  const source = givenSource ?? named?.source ?? basename(file).replace(/\..*$/, '');
  const contract = study.sources.find(({ name }) => name === source);
  if (!contract)
    throw new UsageError(
      `${file}: '${source}' is not a source of ${study.name}; allowed: ${study.sources.map(({ name }) => name).join(', ')}. ` +
        'Name the file after its source, or give --source.',
    );
  const segments = Math.max(1, ...(contract.path ?? []).map((text) => pathPattern(text).segments));
  return {
    file,
    contract,
    name: path.slice(-segments).join('/'),
    content: { path: file },
    settings: { ...(named && settingsOfInput(named)), ...given },
  };
}

function outcome(
  before: FileEntry | undefined,
  after: FileEntry | undefined,
): Pick<LoadedFile, 'state' | 'rows' | 'refusedRows' | 'reason'> {
  if (before?.state === 'loaded')
    return { state: 'known', rows: before.rows, refusedRows: null, reason: 'loaded before' };
  if (after?.state !== 'loaded')
    return {
      state: after?.state ?? 'loading',
      rows: null,
      refusedRows: null,
      reason: after?.reason ?? 'the loader did not come to an end',
    };
  const refusedRows = after.refused_rows ?? 0;
  const reason =
    refusedRows > 0
      ? `${counted(refusedRows, 'row')} ${refusedRows === 1 ? 'was refused and is' : 'were refused and are'} in quarantine`
      : null;
  return { state: 'loaded', rows: after.rows, refusedRows, reason };
}

/** Quoted for a shell. */
const word = (text: string) => (/^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function commandOf(
  { command }: LakeContext,
  study: Study,
  { file }: Landing,
  { source, encoding, delimiter }: LoadOptions,
  advice: Advice | undefined,
): string | null {
  if (!advice) return null;
  const options = optionsOf({ ...(encoding && { encoding }), ...(delimiter && { delimiter }), ...advice });
  return command(
    ['load', study.name, word(file), ...(source ? [`--source ${source}`] : []), ...options].join(' '),
  );
}
