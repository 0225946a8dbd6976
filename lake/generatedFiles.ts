/** The files that are generated from a study's contracts for people and clients: data dictionary, TypeScript types, OpenAPI. */
import { dictionaryPage } from '../lib/model/study/dictionary.ts';
import { openApi } from '../lib/model/study/openapi.ts';
import { payloadTypes } from '../lib/model/study/typescript.ts';
import type { Studies } from './studies.ts';

export interface GeneratedFile {
  /** Path from the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** Every generated file as it should be in the project. */
export function generatedFiles(studies: Studies): GeneratedFile[] {
  return studies.names.flatMap((name) => {
    const study = studies.find(name);
    return [
      { path: `docs/studies/${name}.md`, text: dictionaryPage(study) },
      {
        path: `docs/studies/${name}.openapi.json`,
        text: `${JSON.stringify(openApi(study), undefined, 2)}\n`,
      },
      { path: `sql/${name}/contracts.ts`, text: payloadTypes(study) },
    ];
  });
}
