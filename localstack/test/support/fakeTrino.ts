/** A server that speaks Trino's client protocol and answers by a table of statements: for tests of what talks to the real one. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { TestContext } from 'vitest';
import type { TrinoStarter } from '../../services/athena/trino/engine.ts';

/** One answer of the server to a statement; `columns` and `data` as the protocol has them. */
export interface FakePage {
  readonly columns?: readonly {
    readonly name: string;
    readonly type: string;
    readonly typeSignature: object;
  }[];
  readonly data?: readonly (readonly unknown[])[];
  readonly state?: 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED';
  readonly physicalInputBytes?: number;
  readonly updateType?: string;
  readonly updateCount?: number;
  readonly error?: object;
  /** Answers, and then never again: the statement hangs until it is cancelled. */
  readonly hangs?: boolean;
}

export interface FakeTrino {
  readonly start: TrinoStarter;
  /** Statements in the order in which they came, with the headers that tell where they run. */
  readonly taken: { readonly sql: string; readonly headers: Readonly<Record<string, unknown>> }[];
  /** Statements that were taken back. */
  readonly cancelled: string[];
  /** How often a server was started. */
  starts(): number;
  /** Breaks every connection and answers no more, as a killed server does. */
  die(): Promise<void>;
}

export const varchar = { rawType: 'varchar', arguments: [{ kind: 'LONG', value: 2_147_483_647 }] };
export const bigint = { rawType: 'bigint', arguments: [] };

/** @param pagesOf the answers to a statement; the last one has no successor */
export async function fakeTrino(
  t: Pick<TestContext, 'onTestFinished'>,
  pagesOf: (sql: string) => readonly FakePage[],
): Promise<FakeTrino> {
  const taken: FakeTrino['taken'] = [];
  const cancelled: string[] = [];
  const statements: { sql: string; pages: readonly FakePage[] }[] = [];
  let url = '';
  let ended: string | undefined;
  let starts = 0;

  const answer = (response: ServerResponse, id: number, at: number) => {
    const { pages } = statements[id]!;
    const page = pages[at]!;
    const { state = 'RUNNING', physicalInputBytes = 0, hangs, ...members } = page;
    const hasNext = hangs || at + 1 < pages.length;
    response.end(
      JSON.stringify({
        id: String(id),
        ...members,
        ...(hasNext && { nextUri: `${url}/v1/statement/${id}/${at + 1}` }),
        stats: { state: hasNext || page.error ? state : 'FINISHED', physicalInputBytes },
      }),
    );
  };

  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const sql = Buffer.concat(chunks).toString('utf8');
      taken.push({ sql, headers: request.headers });
      statements.push({ sql, pages: pagesOf(sql) });
      return answer(response, statements.length - 1, 0);
    }
    const [id, at] = path.split('/').slice(-2).map(Number) as [number, number];
    if (request.method === 'DELETE') {
      cancelled.push(statements[id]!.sql);
      response.statusCode = 204;
      return response.end();
    }
    if (at < statements[id]!.pages.length) answer(response, id, at);
  });
  const listen = async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  };
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  t.onTestFinished(close);
  return {
    taken,
    cancelled,
    starts: () => starts,
    async start() {
      starts++;
      if (!server.listening) await listen();
      ended = undefined;
      return { url, ended: () => ended, stop: close };
    },
    async die() {
      ended = 'It ended with exit code 3; its log is server.log';
      await close();
    },
  };
}
