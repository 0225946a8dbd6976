/**
 * The thread of a function process that no function can hold up. It ends the process when the cloud is gone, and reports a
 * function that works for too long on one batch of rows.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';

const { calls, names, deadlineMs } = workerData as {
  readonly calls: Int32Array;
  readonly names: readonly string[];
  readonly deadlineMs: number;
};

/** The cloud holds the other end, however it ends. */
const CLOUD_FD = 4;
const cloud = new Socket({ fd: CLOUD_FD });
const end = () => process.kill(process.pid, 'SIGKILL');
cloud.on('error', end);
cloud.on('close', end);
cloud.resume();

let seen = -1;
let since = 0;
setInterval(
  () => {
    const count = Atomics.load(calls, 0);
    const working = Atomics.load(calls, 1);
    if (working === 0) seen = -1;
    else if (count !== seen) {
      seen = count;
      since = performance.now();
    } else if (performance.now() - since >= deadlineMs) cloud.write(`${names[working - 1]}\n`);
  },
  Math.min(250, deadlineMs / 4),
);
