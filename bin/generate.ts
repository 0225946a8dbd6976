/** `npm run generate`: writes every file that is generated from contracts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../lake/generatedFiles.ts';
import { root } from '../lake/project.ts';
import { studiesOf } from '../lake/studies.ts';

for (const { path, text } of generatedFiles(studiesOf())) {
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
