/** How much memory a process and everything it started held at most, sampled from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 200;

/** Samples until `stop`, which gives the largest sum in bytes. Pages that processes share are counted in each. */
export function watchMemory(pid: number): { stop(): number } {
  let peak = 0;
  /** Whether a process belongs to the tree; one that does not is looked at once, so that the watch costs little. */
  const belongs = new Map<number, boolean>([[pid, true]]);
  const sample = () => {
    peak = Math.max(peak, residentBytes(belongs));
  };
  sample();
  // A measure that fails stops no watch: the watch must not keep the process.
  const timer = setInterval(sample, SAMPLE_MS).unref();
  return {
    stop() {
      clearInterval(timer);
      sample();
      return peak;
    },
  };
}

/** A process is met after its parent, which has the lower number until the system's numbers are used up. */
function residentBytes(belongs: Map<number, boolean>): number {
  let sum = 0;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of pids.map(Number).sort((a, b) => a - b)) {
    if (belongs.get(pid) === false) continue;
    const status = statusOf(pid);
    if (!status) continue;
    if (!belongs.has(pid)) belongs.set(pid, belongs.get(status.parent) === true);
    if (belongs.get(pid)) sum += status.kilobytes * 1024;
  }
  return sum;
}

/** Undefined for a process that ended meanwhile. */
function statusOf(pid: number): { parent: number; kilobytes: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);
    return { parent: field('PPid'), kilobytes: field('VmRSS') };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
