/** Finds a port for a server that needs one before it starts. */
import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody listened at a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}
