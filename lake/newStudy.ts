/** Writes a small study that runs: a stream, a file, a fact, a mart, two questions, a simulation, and tests of the models. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseOf } from '../lib/model/layout.ts';
import { isStudyName, loadStudy, STUDY_NAMES } from '../lib/model/study/study.ts';
import { UsageError } from './errors.ts';
import { root } from './project.ts';
import type { Studies } from './studies.ts';

const TEMPLATE = join(root, 'lake', 'template');

/** Absolute path of the new folder, `<dir>/<name>`. Throws `UsageError` for a name that is taken or cannot be one. */
export function newStudy(studies: Studies, name: string, dir: string): string {
  if (!isStudyName(name)) throw new UsageError(`'${name}' cannot be a study's name: ${STUDY_NAMES}.`);
  if (studies.names.includes(name))
    throw new UsageError(`There is a study '${name}' already, in ${studies.folderOf(name)}.`);
  const folder = resolve(dir, name);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(`${folder} exists and is not empty; name another study, or another --dir.`);
  mkdirSync(folder, { recursive: true });
  cpSync(TEMPLATE, folder, { recursive: true });
  const values: Readonly<Record<string, string>> = {
    study: name,
    lake: databaseOf(name, 'silver').replace(/_silver$/, ''),
    title: name.replace(
      /(^|-)([a-z0-9])/g,
      (_, hyphen: string, letter: string) => `${hyphen && ' '}${letter.toUpperCase()}`,
    ),
  };
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key]!),
    );
  }
  loadStudy(folder);
  return folder;
}
