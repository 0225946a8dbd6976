/** Datasets that a study knows by name: which file goes to which source, where a file does not say so itself. */

import type { Contract } from './contract.ts';
import type { Problem } from './problem.ts';

/** Where the time of a row stands when the row itself has none: a column of another file, found by a shared key. */
export interface TimeLookup {
  readonly file: string;
  readonly key: string;
  readonly column: string;
}

export interface InputFile {
  readonly file: string;
  readonly source: string;
  /** Members that every row of the file gets. */
  readonly constants?: Readonly<Record<string, unknown>>;
  readonly time?: TimeLookup;
}

export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly files: readonly InputFile[];
}

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
  const names = sources.map((source) => source.name);
  for (const dataset of value as Dataset[]) {
    if (typeof dataset.name !== 'string' || !Array.isArray(dataset.files)) {
      report(`an input needs a name and files, not ${JSON.stringify(dataset)}`);
      continue;
    }
    for (const input of dataset.files) {
      if (!names.includes(input.source))
        report(
          `input ${dataset.name}: '${input.source}' is no source of the study; allowed: ${names.join(', ')}`,
        );
      if (input.time && !dataset.files.some(({ file: name }) => name === input.time?.file))
        report(
          `input ${dataset.name}: ${input.file} takes its time from ${input.time.file}, which is not listed`,
        );
    }
  }
  return value as Dataset[];
}
