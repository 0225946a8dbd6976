/** How much memory a process and everything it started held at most, sampled from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 200;

/** Samples until `stop`, which gives the largest sum in bytes. Pages that processes share are counted in each. */
export function watchMemory(pid: number): { stop(): number } {
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, residentBytes(pid));
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return peak;
    },
  };
}

function residentBytes(root: number): number {
  const children = new Map<number, number[]>();
  const resident = new Map<number, number>();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    const status = statusOf(pid);
    if (!status) continue;
    resident.set(pid, status.kilobytes * 1024);
    children.set(status.parent, [...(children.get(status.parent) ?? []), pid]);
  }
  const sumBelow = (pid: number): number =>
    (resident.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((sum, child) => sum + sumBelow(child), 0);
  return sumBelow(root);
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
