/** A function's code on disk: a folder or zip is copied into the cloud's state under the digest of its contents. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { AwsError } from '../../core/errors.ts';
import { checkSums, isWhole, keepSums } from '../../core/folderSums.ts';

export interface InstalledCode {
  /** Base64, of the files' paths and contents. */
  readonly sha256: string;
  readonly size: number;
}

/** AWS's limit for the unpacked code. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_UNZIPPED = 250 * 1024 * 1024;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Puts the code of a folder, or of a zip file on disk, under `<stateDir>/lambda/code/`. */
export function installFrom(path: string, stateDir: string): InstalledCode {
  if (!statSync(path).isDirectory()) return installZip(readFileSync(path), stateDir);
  const files = filesIn(path);
  const digest = createHash('sha256');
  let size = 0;
  for (const file of files) {
    const bytes = readFileSync(join(path, file));
    digest.update(`${file.split(sep).join('/')}\0${bytes.length}\0`).update(bytes);
    size += bytes.length;
  }
  return place(digest.digest(), size, stateDir, (target) => cpSync(path, target, { recursive: true }));
}

/** Puts the code of a zip under `<stateDir>/lambda/code/`. */
export function installZip(zip: Uint8Array, stateDir: string): InstalledCode {
  let members: Record<string, Uint8Array>;
  try {
    members = unzipSync(zip);
  } catch (cause) {
    const message = 'Could not unzip uploaded file. Please check your file, then try to upload again.';
    throw new AwsError('InvalidParameterValueException', message, { cause });
  }
  const size = Object.values(members).reduce((sum, bytes) => sum + bytes.length, 0);
  return place(createHash('sha256').update(zip).digest(), size, stateDir, (target) => {
    for (const [name, bytes] of Object.entries(members)) {
      const file = join(target, name);
      if (!file.startsWith(target + sep)) {
        throw new AwsError('InvalidParameterValueException', `The zip's member ${name} is outside of it.`);
      }
      if (name.endsWith('/')) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  });
}

/** The code of `ZipFile` in a template: one source file. It is CommonJS, as `index.js` is on AWS. */
export function installSource(source: string, stateDir: string): InstalledCode {
  const digest = createHash('sha256').update(source).digest();
  return place(digest, Buffer.byteLength(source), stateDir, (target) => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'index.js'), source);
  });
}

/** Where the code with this digest (base64) is; the state folder may have been moved since it was installed. */
export const codeFolder = (stateDir: string, sha256: string): string =>
  join(stateDir, 'lambda', 'code', Buffer.from(sha256, 'base64').toString('hex'));

/** @throws DamagedStateError when the code is not what was installed */
export const checkCode = (folder: string): void => checkSums(folder, 'deploy its stack again');

/** Whether the code is what was installed; installing it again repairs it. */
export const isCodeWhole = (folder: string): boolean => isWhole(folder);

/** Fills a new folder aside and moves it into place, so that a killed deploy leaves no half-written code. */
function place(
  digest: Buffer,
  size: number,
  stateDir: string,
  fill: (target: string) => void,
): InstalledCode {
  if (size > LARGEST_UNZIPPED) {
    throw new AwsError(
      'InvalidParameterValueException',
      `Unzipped size must be smaller than ${LARGEST_UNZIPPED} bytes`,
    );
  }
  const sha256 = digest.toString('base64');
  const folder = codeFolder(stateDir, sha256);
  if (!isWhole(folder)) {
    const aside = `${folder}.partial`;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(dirname(aside), { recursive: true });
    fill(aside);
    // Without its own package.json the code would take the module type of whatever folder the state is in.
    if (!existsSync(join(aside, 'package.json'))) writeFileSync(join(aside, 'package.json'), '{}\n');
    keepSums(folder, aside);
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  }
  return { sha256, size };
}
