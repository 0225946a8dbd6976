/** Datasets that a study knows by name: which file goes to which source, where a file does not say so itself. */

import type { Contract } from '../contract/contract.ts';
import {
  type FileSettings,
  fileSettingNames,
  fileSettingProblem,
  fileSettingValue,
} from '../contract/fileSettings.ts';
import { pathPattern } from '../contract/pathPattern.ts';
import type { Problem } from '../contract/problem.ts';

/** Where the time of a row is when the row itself has none: a column of another file, found by a shared key. */
export interface TimeLookup {
  /** As another input of the dataset names it. */
  readonly file: string;
  readonly key: string;
  readonly column: string;
}

/** Files of a source, and how they are written where its contract does not say so. */
export interface InputFile extends FileSettings {
  /** Path in the dataset's folder; `*` stands for characters of a segment, `**` for any number of segments. */
  readonly file: string;
  readonly source: string;
  readonly time?: TimeLookup;
}

export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly files: readonly InputFile[];
}

/** True when an input names the file at this path of the dataset's folder. */
export const inputNames = ({ file }: InputFile, path: string): boolean => pathPattern(file).matchWhole(path);

/** The settings among an input's members. */
export const settingsOfInput = (input: InputFile): FileSettings =>
  Object.fromEntries(
    fileSettingNames
      .filter((name) => input[name] !== undefined)
      .map((name) => [name, fileSettingValue(name, input[name])]),
  );

/** Reads `inputs` of a study.yaml; every fault is reported with what is allowed. */
export function readDatasets(
  value: unknown,
  file: string,
  sources: readonly Contract[],
  problems: Problem[],
): Dataset[] {
  const report = (message: string) => problems.push({ file, line: 1, column: 1, message });
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    report('inputs must be a list of {name, title, files}');
    return [];
  }
  for (const dataset of value as Dataset[]) {
    if (typeof dataset.name === 'string' && Array.isArray(dataset.files))
      for (const input of dataset.files) checkInput(dataset, input, sources, report);
    else report(`an input needs a name and files, not ${JSON.stringify(dataset)}`);
  }
  return value as Dataset[];
}

const known: ReadonlySet<string> = new Set(['file', 'source', 'time', ...fileSettingNames]);

function checkInput(
  dataset: Dataset,
  input: InputFile,
  sources: readonly Contract[],
  report: (message: string) => void,
): void {
  const names = sources.map((source) => source.name);
  if (typeof input.file !== 'string') {
    report(`input ${dataset.name}: a file needs a path, not ${JSON.stringify(input)}`);
    return;
  }
  if (!names.includes(input.source))
    report(
      `input ${dataset.name}: '${input.source}' is not a source of the study; allowed: ${names.join(', ')}`,
    );
  if (input.time && !dataset.files.some(({ file: name }) => name === input.time?.file))
    report(
      `input ${dataset.name}: ${input.file} takes its time from ${input.time.file}, which is not listed`,
    );
  for (const name of Object.keys(input))
    if (!known.has(name))
      report(
        `input ${dataset.name}: ${input.file} has no setting '${name}'; allowed: ${[...known].join(', ')}`,
      );
  for (const name of fileSettingNames) {
    const problem = input[name] !== undefined && fileSettingProblem(name, input[name]);
    if (problem) report(`input ${dataset.name}: ${input.file}: ${problem}`);
  }
}
