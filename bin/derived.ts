/** What is written down from a study's contracts for people and clients: data dictionary, TypeScript types, OpenAPI. */
import { join } from 'node:path';
import { dictionaryPage } from '../lib/model/dictionary.ts';
import { openApi } from '../lib/model/openapi.ts';
import { listStudies, loadStudy } from '../lib/model/study.ts';
import { typesOf } from '../lib/model/typescript.ts';
import { studiesDir } from './world.ts';

export interface DerivedFile {
  /** Path from the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** Every derived file as it should stand in the project. */
export function derivedFiles(): DerivedFile[] {
  return listStudies(studiesDir).flatMap((name) => {
    const study = loadStudy(join(studiesDir, name));
    return [
      { path: `docs/studies/${name}.md`, text: dictionaryPage(study) },
      {
        path: `docs/studies/${name}.openapi.json`,
        text: `${JSON.stringify(openApi(study), undefined, 2)}\n`,
      },
      { path: `sql/${name}/contracts.ts`, text: typesOf(study) },
    ];
  });
}
