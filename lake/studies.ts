/** The studies that a lake knows, each a folder: those of the project, and those of other places. */
import { resolve } from 'node:path';
import { loadStudy, type Study, studyFolders } from '../lib/model/study/study.ts';
import { UsageError } from './errors.ts';
import { keepingStudies } from './keptStudy.ts';
import { builtInStudies } from './project.ts';

export interface Studies {
  readonly names: readonly string[];
  /** Absolute paths of the places besides the project's own: folders of studies, or a study's folder. */
  readonly places: readonly string[];
  /** As its files are now. Throws `UsageError` naming the studies there are, and `StudyError` where the folder's files have problems. */
  find(name: string): Study;
  /** The study's folder; throws as `find` does. */
  folderOf(name: string): string;
}

/** The project's studies and those in `places`. Throws `StudyError` for a place without a study, or a name used twice. */
export function studiesOf(places: readonly string[] = []): Studies {
  const folders = studyFolders([builtInStudies, ...places]);
  const studyIn = keepingStudies(loadStudy);
  const folderOf = (name: string) => {
    const folder = folders.get(name);
    if (folder) return folder;
    throw new UsageError(
      `There is no study '${name}'; there is: ${[...folders.keys()].join(', ')}. --studies DIR adds others.`,
    );
  };
  return {
    names: [...folders.keys()],
    places: places.map((place) => resolve(place)),
    find: (name) => studyIn(folderOf(name)),
    folderOf,
  };
}
