/** One seeded trial: a feed and its run with kills and harm in between, and the judgement of what came of it. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRandom, type Random } from '../../lib/simulator/random.ts';
import { type Ending, judge, namesOf, type Verdict } from './judge.ts';
import { doHarm, HARMS, pickFile, stateFiles } from './stateFiles.ts';
import type { Line, WorldInput } from './world.ts';

export interface Stage {
  /** For the state folders of trials. */
  readonly folder: string;
  /** A state folder whose feed was run to its end, and that feed. */
  readonly done: { readonly stateDir: string; readonly events: number; readonly seed: number };
  /** Lines of progress that a whole run writes. */
  readonly lines: number;
}

export interface TrialResult {
  readonly seed: number;
  /** What was done, in its order, and what came of it. */
  readonly story: readonly string[];
  /** Of each run that was judged. */
  readonly verdicts: readonly Verdict[];
  /** Kind of the file that was harmed. */
  readonly kind?: string;
}

const WORLD = fileURLToPath(new URL('./world.ts', import.meta.url));
const COMPILED = fileURLToPath(new URL('../../.headwaters/compile-cache', import.meta.url));
const PATIENCE_MS = 600_000;

interface Ended extends Ending {
  readonly signal: NodeJS.Signals | null;
  /** Standard error. */
  readonly noise: string;
  readonly timedOut: boolean;
}

interface Running {
  readonly pid: number;
  kill(): void;
}

/** Runs the study in a process of its own; `onLine` is called at each line of progress and may do harm. */
function run(input: WorldInput, onLine: (count: number, running: Running) => void): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', WORLD, JSON.stringify(input)],
    // Compiled once, the code starts in half the time, as it does by the command line.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_COMPILE_CACHE: COMPILED, ...process.env } },
  );
  const running = { pid: child.pid!, kill: () => void child.kill('SIGKILL') };
  let noise = '';
  let found: Ending = {};
  let count = 0;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    running.kill();
  }, PATIENCE_MS);
  child.stderr.on('data', (chunk) => {
    noise += chunk;
  });
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    if ('progress' in line) onLine(++count, running);
    else found = line;
  });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (_code, signal) => {
      clearTimeout(timer);
      done({ ...found, signal, noise, timedOut });
    });
  });
}

/** Function processes of the cloud in this process. */
function functionProcesses(pid: number): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=,ppid=,args=', '-A'], { encoding: 'utf8' });
  return listed
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , parent, args]) => Number(parent) === pid && args?.includes('lambda/runtime/main.ts'))
    .map(([, own]) => Number(own));
}

const tell = ({ outcome, error, signal, noise }: Ended): string =>
  outcome
    ? `${outcome.verdict}, gold ${outcome.right ? 'right' : 'wrong'}${outcome.verdict === 'Balanced' ? '' : ` ${outcome.said.slice(0, 400)}`}`
    : error
      ? `${error.name}: ${error.message.slice(0, 400)}`
      : `ended by ${signal}: ${noise.slice(-300)}`;

type Kind = 'kill' | 'kill functions' | 'harm between' | 'harm during' | 'forget';

function kindOf(random: Random): Kind {
  const drawn = random.next();
  if (drawn < 0.3) return 'kill';
  if (drawn < 0.4) return 'kill functions';
  if (drawn < 0.68) return 'harm between';
  if (drawn < 0.93) return 'harm during';
  return 'forget';
}

export async function trial(stage: Stage, seed: number): Promise<TrialResult> {
  const random = createRandom(`chaos/${seed}`);
  const kind = kindOf(random);
  const stateDir = join(stage.folder, `trial-${seed}`);
  rmSync(stateDir, { recursive: true, force: true });
  const trialOf = { stage, random, stateDir, story: [kind] as string[], verdicts: [] as Verdict[] };
  try {
    const harmed = await KINDS[kind](trialOf);
    return { seed, story: trialOf.story, verdicts: trialOf.verdicts, ...(harmed && { kind: harmed }) };
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

interface Trial {
  readonly stage: Stage;
  readonly random: Random;
  readonly stateDir: string;
  readonly story: string[];
  readonly verdicts: Verdict[];
}

/** Each gives the kind of the file that was harmed, if one was. */
const KINDS: Readonly<Record<Kind, (trial: Trial) => Promise<string | undefined>>> = {
  async kill(trial) {
    const input = newInput(trial);
    for (let kills = trial.random.integer(1, 3); kills > 0; kills--) await killed(trial, input);
    await judged(trial, input, []);
    return undefined;
  },

  async 'kill functions'(trial) {
    const input = newInput(trial);
    const { lines } = trial.stage;
    const moments = new Set(
      Array.from({ length: trial.random.integer(1, 6) }, () => trial.random.integer(1, lines)),
    );
    const ended = await run(input, (count, { pid }) => {
      if (!moments.has(count)) return;
      for (const process_ of functionProcesses(pid)) killIfThere(process_);
    });
    trial.story.push(`functions killed at lines ${[...moments]}: ${tell(ended)}`);
    await judged(trial, input, []);
    return undefined;
  },

  async 'harm between'(trial) {
    const input = await harmableState(trial);
    const harmed = harm(trial);
    if (!harmed) return undefined;
    const verdict = await judged(trial, input, namesOf(harmed.path));
    if (verdict !== 'refused') return harmed.kind;
    // The refusal's own advice.
    trial.story.push('the file is restored');
    cpSync(`${trial.stateDir}.backup`, trial.stateDir, { recursive: true });
    rmSync(`${trial.stateDir}.backup`, { recursive: true });
    await judged(trial, input, []);
    return harmed.kind;
  },

  async 'harm during'(trial) {
    const input = newInput(trial);
    const moment = trial.random.integer(1, trial.stage.lines);
    let harmed: ReturnType<typeof harm>;
    const ended = await run(input, (count) => {
      if (count === moment) harmed = harm(trial);
    });
    if (!harmed) return undefined;
    note(trial, ended, namesOf(harmed.path));
    await judged(trial, input, namesOf(harmed.path));
    return harmed.kind;
  },

  async forget(trial) {
    const input = newInput(trial);
    await killed(trial, input);
    const prefix = ['acknowledged/', 'feeds/', 'runs/'][trial.random.integer(0, 2)]!;
    trial.story.push(`an object under ${prefix} is deleted`);
    await judged(trial, { ...input, forget: { prefix, share: trial.random.next() } }, [prefix]);
    return `object under ${prefix}`;
  },
};

const newInput = ({ random, stateDir }: Trial): WorldInput => ({
  stateDir,
  events: random.integer(20, 200),
  seed: random.integer(1, 1_000_000),
});

async function killed(trial: Trial, input: WorldInput): Promise<void> {
  const moment = trial.random.integer(1, trial.stage.lines);
  const ended = await run(input, (count, running) => {
    if (count === moment) running.kill();
  });
  trial.story.push(`killed at line ${moment}: ${tell(ended)}`);
}

/** A folder at rest: of a run that was killed, or of one that came to its end. */
async function harmableState(trial: Trial): Promise<WorldInput> {
  const { stage, random, stateDir, story } = trial;
  if (random.next() < 0.6) {
    const input = newInput(trial);
    await killed(trial, input);
    return input;
  }
  const { done } = stage;
  cpSync(done.stateDir, stateDir, { recursive: true });
  story.push('after a run that came to its end');
  return { stateDir, events: done.events, seed: done.seed };
}

/** Harms one file of the state folder; when nothing runs, a copy from before is kept. */
function harm(trial: Trial): { path: string; kind: string } | undefined {
  const { random, stateDir, story } = trial;
  const cloudDir = join(stateDir, 'cloud');
  if (!existsSync(cloudDir)) return undefined;
  const file = pickFile(stateFiles(cloudDir), random);
  if (!file) return undefined;
  if (story[0] === 'harm between') cpSync(stateDir, `${stateDir}.backup`, { recursive: true });
  const done = doHarm(file.path, HARMS[random.integer(0, HARMS.length - 1)]!, random);
  if (done) story.push(`${file.kind}: ${file.path.slice(cloudDir.length + 1)}: ${done}`);
  return done ? file : undefined;
}

async function judged(trial: Trial, input: WorldInput, names: readonly string[]): Promise<Verdict> {
  return note(trial, await run(input, () => {}), names);
}

function note({ story, verdicts }: Trial, ended: Ended, names: readonly string[]): Verdict {
  const verdict = ended.timedOut ? 'HUNG' : judge(ended, names);
  verdicts.push(verdict);
  story.push(`${verdict}: ${tell(ended)}`);
  return verdict;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
