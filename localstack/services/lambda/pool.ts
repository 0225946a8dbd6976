/** The warm processes of one function: a free one is used, a new one started up to the limit, idle ones let go. */
import { availableParallelism } from 'node:os';
import type { Instance } from './instance.ts';

/** Processes a function may have at once when nothing else limits it. */
const MOST_PROCESSES = availableParallelism() * 2;
const IDLE_MS = 120_000;
/** A process that has grown by a large request seldom needs that memory again, and others do. */
const LARGE_MB = 250;
const LARGE_IDLE_MS = 10_000;

export interface Pool {
  /** A process for one request. Waits when the machine's limit is reached. */
  acquire(): Promise<Instance>;
  /** Gives a process back; one that has gone is forgotten. */
  release(instance: Instance): void;
  /** Requests that hold or wait for a process. */
  readonly inUse: number;
  /** Kills the idle processes now and the busy ones when they are done. */
  retire(): void;
  /** Kills all processes at once; requests that wait for one are refused. */
  kill(): void;
}

export function createPool(start: () => Instance, most = MOST_PROCESSES): Pool {
  const idle: { instance: Instance; reap: NodeJS.Timeout }[] = [];
  const busy = new Set<Instance>();
  const waiting: { resolve(instance: Instance): void; reject(error: Error): void }[] = [];
  let retired = false;

  const take = (instance: Instance) => {
    busy.add(instance);
    return instance;
  };

  return {
    get inUse() {
      return busy.size + waiting.length;
    },
    async acquire() {
      for (let kept = idle.pop(); kept; kept = idle.pop()) {
        clearTimeout(kept.reap);
        if (kept.instance.alive()) return take(kept.instance);
      }
      if (busy.size < most) return take(start());
      return new Promise<Instance>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    release(instance) {
      busy.delete(instance);
      const next = waiting.shift();
      if (next) {
        try {
          next.resolve(take(instance.alive() && !retired ? instance : start()));
        } catch (error) {
          next.reject(error as Error);
        }
        return;
      }
      if (!instance.alive()) return;
      if (retired) {
        instance.kill();
        return;
      }
      const reap = setTimeout(
        () => {
          idle.splice(
            idle.findIndex((kept) => kept.instance === instance),
            1,
          );
          instance.kill();
        },
        instance.maxMemoryMb > LARGE_MB ? LARGE_IDLE_MS : IDLE_MS,
      );
      reap.unref();
      idle.push({ instance, reap });
    },
    retire() {
      retired = true;
      for (const { instance, reap } of idle.splice(0)) {
        clearTimeout(reap);
        instance.kill();
      }
    },
    kill() {
      this.retire();
      for (const { reject } of waiting.splice(0)) reject(new Error('The local cloud is stopping.'));
      for (const instance of busy) instance.kill();
    },
  };
}
