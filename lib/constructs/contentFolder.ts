/** Folders that an asset is made of, named by their content: the same bytes at every synth, shared by synths at the same time. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Safe to remove at any time. */
export const CONTENT_FOLDERS = join(
  fileURLToPath(new URL('../..', import.meta.url)),
  '.headwaters',
  'bundles',
);

/** Path within the folder → content. */
export type FolderContent = Readonly<Record<string, Uint8Array | string>>;

export interface ContentFolder {
  readonly path: string;
  readonly hash: string;
}

/** A folder with these files; one that was changed or removed since is made again. */
export function contentFolder(files: FolderContent): ContentFolder {
  const hash = hashOf(files);
  const path = join(CONTENT_FOLDERS, hash);
  if (!holds(path, files)) {
    mkdirSync(CONTENT_FOLDERS, { recursive: true });
    const unfinished = mkdtempSync(join(CONTENT_FOLDERS, 'unfinished-'));
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(unfinished, file)), { recursive: true });
      writeFileSync(join(unfinished, file), content);
    }
    publish(unfinished, path, () => holds(path, files));
  }
  return { path, hash };
}

/** SHA-256 of paths and contents, in their order. */
export function hashOf(files: FolderContent): string {
  const digest = createHash('sha256');
  for (const [path, content] of Object.entries(files))
    digest.update(path).update('\0').update(content).update('\0');
  return digest.digest('hex');
}

const holds = (folder: string, files: FolderContent): boolean =>
  Object.entries(files).every(([path, content]) => {
    const file = join(folder, path);
    return existsSync(file) && readFileSync(file).equals(Buffer.from(content));
  });

/** Renames the finished folder into place, unless another synth was first; what was damaged there is replaced. */
function publish(unfinished: string, folder: string, isThere: () => boolean): void {
  const damaged = `${unfinished}-damaged`;
  try {
    if (existsSync(folder) && !isThere()) renameSync(folder, damaged);
    renameSync(unfinished, folder);
  } catch (error) {
    if (!isThere()) throw error;
  } finally {
    for (const rest of [unfinished, damaged]) rmSync(rest, { recursive: true, force: true });
  }
}
