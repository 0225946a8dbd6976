/** Finds a study by its name. */
import { join } from 'node:path';
import { listStudies, loadStudy, type Study } from '../lib/model/study.ts';
import { UsageError } from './failure.ts';
import { studiesDir } from './world.ts';

/** Throws `UsageError` naming the studies there are. */
export function findStudy(name: string): Study {
  const known = listStudies(studiesDir);
  if (!known.includes(name))
    throw new UsageError(`There is no study '${name}'; there is: ${known.join(', ')}.`);
  return loadStudy(join(studiesDir, name));
}
