/** Reads a study that was bundled as JSON: apart from `loadStudy`, so that a handler's bundle carries no YAML or SQL reader. */

import { readFileSync } from 'node:fs';
import type { Study } from './study.ts';

/** The study in the file that was made with `JSON.stringify(loadStudy(dir))`. */
export const readStudy = (path: string): Study => JSON.parse(readFileSync(path, 'utf8')) as Study;
