/** Following and stopping work that the page started. */
import { PassThrough } from 'node:stream';
import { Raw, type Route } from './http.ts';

/** A comment now and then keeps the connection open through proxies and shows a reader that it lives. */
const HEARTBEAT_MS = 15_000;

export const jobRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'jobs/:id/events',
    handle({ jobs }, { params }) {
      const stream = new PassThrough();
      const heartbeat = setInterval(() => stream.write(': \n\n'), HEARTBEAT_MS);
      const unwatch = jobs.watch(params.id!, (state) => {
        stream.write(`data: ${JSON.stringify(state)}\n\n`);
        if (state.state !== 'running') stream.end();
      });
      stream.on('close', () => {
        clearInterval(heartbeat);
        unwatch();
      });
      return new Raw({
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
        body: stream,
      });
    },
  },
  { method: 'DELETE', path: 'jobs/:id', handle: ({ jobs }, { params }) => jobs.stop(params.id!) },
];
