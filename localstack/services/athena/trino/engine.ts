/** Trino as Athena's engine: started with the cloud, started again should it end, asked statement by statement. */
import { pagesOf, type TrinoPage, type TrinoSession } from './client.ts';
import { TrinoLostError } from './errors.ts';
import type { Trino, TrinoLake } from './server.ts';
import { unlessAborted } from './unlessAborted.ts';

/** Starts a server over the lake; `dataDir` is its own. */
export type TrinoStarter = (request: {
  readonly lake: TrinoLake;
  readonly dataDir: string;
  /** Gives up the start. */
  readonly signal: AbortSignal;
}) => Promise<Pick<Trino, 'url' | 'ended' | 'stop'>>;

export interface TrinoEngine {
  /** Ready when the server is; one that ended unexpectedly is started again. @throws TrinoUnavailableError */
  start(): Promise<void>;
  /** Runs one statement; whoever stops reading or aborts the signal cancels it. */
  run(sql: string, session: TrinoSession, signal: AbortSignal): AsyncGenerator<TrinoPage, void, undefined>;
  stop(): Promise<void>;
}

export function createTrinoEngine(
  start: TrinoStarter,
  lake: () => Promise<TrinoLake>,
  dataDir: string,
): TrinoEngine {
  type Server = Awaited<ReturnType<TrinoStarter>>;
  const stopping = new AbortController();
  let starting: Promise<Server> | undefined;

  const server = async (): Promise<Server> => {
    stopping.signal.throwIfAborted();
    const before = starting;
    // A start that failed was reported to those who waited for it; the next statement tries again.
    const running = await before?.catch(() => undefined);
    if (starting !== before) return server();
    if (running && running.ended() === undefined) return running;
    starting = lake().then((place) => start({ lake: place, dataDir, signal: stopping.signal }));
    return starting;
  };

  return {
    async start() {
      await server();
    },
    async *run(sql, session, signal) {
      // A statement that is stopped while the server starts does not wait for it.
      const { url, ended } = await unlessAborted(server(), signal);
      try {
        yield* pagesOf(url, sql, session, signal);
      } catch (error) {
        const end = error instanceof TrinoLostError ? ended() : undefined;
        throw end ? new TrinoLostError(`Trino is gone. ${end}`, { cause: error }) : error;
      }
    },
    async stop() {
      stopping.abort(new TrinoLostError('The local cloud stops.'));
      const running = await starting?.catch(() => undefined);
      await running?.stop();
    },
  };
}
