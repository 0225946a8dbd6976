/** `headwaters studies`: the studies there are. */
import { describeStudies } from '../../lake/describe.ts';
import { studiesOf } from '../../lake/studies.ts';
import { table } from '../../lake/text.ts';
import { createTerminal } from '../terminal.ts';

export interface StudiesOptions {
  readonly studies?: readonly string[];
  readonly json: boolean;
}

export function studies(options: StudiesOptions): void {
  const terminal = createTerminal({ quiet: options.json });
  const found = describeStudies(studiesOf(options.studies));
  const shown = options.json
    ? JSON.stringify(found, undefined, 2)
    : table(
        ['study', 'sources', 'models', 'questions', 'title', 'folder'],
        found.map(({ name, sources, models, questions, title, folder }) => [
          name,
          sources,
          models,
          questions,
          title,
          folder,
        ]),
      );
  terminal.line(shown);
}
