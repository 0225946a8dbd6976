/** The playground, mounted on the local endpoint: its document, its files, and the lake's verbs over HTTP. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Lake } from '../../lake/lake.ts';
import { PREFIX } from '../contract/prefix.ts';
import { createAssets, SECURITY_HEADERS } from './assets.ts';
import {
  type Backend,
  json,
  PageProblem,
  type PageRequest,
  type PageResponse,
  problem,
  Raw,
  readJson,
} from './http.ts';
import { createJobs } from './jobs.ts';
import { routes } from './routes.ts';
import { findRoute } from './routing.ts';

export interface PlaygroundOptions {
  readonly lake: Lake;
  /** The project's folder. */
  readonly root: string;
  /** `127.0.0.1:4566` */
  readonly endpoint: string;
  /** Is called with what fails unexpectedly. */
  readonly log: (message: string) => void;
}

export interface Playground {
  readonly prefix: typeof PREFIX;
  readonly isHome: true;
  respond(request: PageRequest): Promise<PageResponse>;
  close(): Promise<void>;
}

export function createPlayground({ lake, root, endpoint, log }: PlaygroundOptions): Playground {
  // A page of another origin cannot read it, so an act that carries it comes from this page.
  const token = randomBytes(24).toString('base64url');
  const jobs = createJobs();
  const assets = createAssets(root, join(root, '.headwaters', 'web'));
  const backend: Backend = { lake, jobs, endpoint };

  async function api(request: PageRequest, path: string): Promise<PageResponse> {
    if (path === 'health') return json(200, { token });
    const found = findRoute(routes, request.method, path);
    if (found === 'method') throw new PageProblem(405, `${request.method} is not allowed at ${path}.`);
    if (!found) throw new PageProblem(404, `There is nothing at ${path}.`);
    if (request.method !== 'GET' && request.headers['x-headwaters-token'] !== token)
      throw new PageProblem(403, 'The request does not carry this page’s token.', {
        detail: 'Load the page again: its backend was started again.',
      });
    const body = request.method === 'GET' ? undefined : await readJson(request.body);
    const { query, headers } = request;
    const result = await found.route.handle(backend, { params: found.params, query, body, headers });
    if (result instanceof Raw)
      return { ...result.response, headers: { ...SECURITY_HEADERS, ...result.response.headers } };
    return result === undefined ? { status: 204 } : json(200, result);
  }

  return {
    prefix: PREFIX,
    isHome: true,
    async respond(request) {
      const path = request.path.slice(PREFIX.length);
      try {
        if (path.startsWith('api/')) return await api(request, path.slice('api/'.length));
        if (request.method !== 'GET' && request.method !== 'HEAD')
          throw new PageProblem(405, `${request.method} is not allowed here.`);
        if (path.startsWith('assets/')) {
          const file = await assets.file(path.slice('assets/'.length), request.headers['accept-encoding']);
          if (file) return file;
          throw new PageProblem(404, `There is no file ${path}.`);
        }
        const study = lake.studies.names[0];
        return await assets.document({ token, flags: lake.flags, study, base: PREFIX });
      } catch (error) {
        if (error instanceof PageProblem) return problem(error);
        log(`${request.method} ${request.path}: ${(error as Error).stack ?? error}`);
        return problem(new PageProblem(500, 'The backend failed.', { detail: (error as Error).message }));
      }
    },
    close: () => jobs.close(),
  };
}
