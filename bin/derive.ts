/** `npm run derive`: writes every file that is derived from contracts anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedFiles } from './derived.ts';
import { root } from './world.ts';

for (const { path, text } of derivedFiles()) {
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
