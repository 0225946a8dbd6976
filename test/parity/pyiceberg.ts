/** pyiceberg as a judge: installed once into a Python environment of its own, asked by JSON over standard input and output. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const VENV = join(HERE, '..', '..', '.headwaters', 'parity', 'venv');
const PYTHON = join(VENV, 'bin', 'python');
const REQUIREMENT = 'pyiceberg[pyarrow,sql-sqlite,glue,pyiceberg-core]==0.12.0';

/** Runs a program of this folder with `request` as its input; gives what it wrote, parsed. */
export async function askPython<T>(
  program: string,
  request: unknown,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  await installPyiceberg();
  const answer = await runProgram(
    PYTHON,
    [join(HERE, program)],
    { ...process.env, PYTHONPATH: HERE, PYTHONDONTWRITEBYTECODE: '1', ...environment },
    JSON.stringify(request),
  );
  return JSON.parse(answer) as T;
}

/** Leaves a note of what was installed, so that pip is only asked when that changes. */
export async function installPyiceberg(): Promise<void> {
  const note = join(VENV, 'installed.txt');
  if ((await readFile(note, 'utf8').catch(() => undefined)) === REQUIREMENT) return;
  await runProgram('python3', ['-m', 'venv', VENV], process.env);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-compile', '--disable-pip-version-check', REQUIREMENT];
  await runProgram(PYTHON, pip, process.env);
  await writeFile(note, REQUIREMENT);
}

function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env });
    const said: Buffer[] = [];
    const complained: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complained.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(said).toString());
      else
        reject(
          new Error(`${program} ended with ${code}: ${Buffer.concat(complained).toString().slice(-2000)}`),
        );
    });
    child.stdin.end(input);
  });
}
