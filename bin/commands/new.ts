/** `headwaters new study`: a small study that runs, to be changed by hand. */
import { dirname } from 'node:path';
import { UsageError } from '../../lake/errors.ts';
import { newStudy } from '../../lake/newStudy.ts';
import { studiesOf } from '../../lake/studies.ts';
import { createTerminal } from '../terminal.ts';

export function create(what: string, name: string, { dir }: { readonly dir: string }): void {
  if (what !== 'study')
    throw new UsageError(`'${what}' cannot be made; write: npx headwaters new study <name>`);
  const terminal = createTerminal();
  const folder = newStudy(studiesOf(), name, dir);
  const place = dirname(folder);
  terminal.line(`${folder} is a study that runs. Try next:`);
  terminal.line(`  npx headwaters test ${name} --studies ${place}`);
  terminal.line(`  npx headwaters run ${name} --studies ${place} --once`);
  terminal.line(`  npx headwaters show ${name}.silver.readings --studies ${place}`);
}
