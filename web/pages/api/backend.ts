/** The study's HTTP API for the page: its operations, and signed calls to it as any client makes them. */
import { PageProblem, type Route } from '../../server/http.ts';
import type { ApiDescription, CallAnswer, CallRequest } from './contract.ts';
import { operationsOf } from './operations.ts';

const METHODS = ['GET', 'POST', 'DELETE'] as const;

/** Reads the page's request for a call. Throws `PageProblem` 422 for a call to anything else than this study's API. */
export function readCall(study: string, body: unknown): CallRequest {
  const {
    method,
    path,
    body: content,
    ifNoneMatch,
  } = (body ?? {}) as Partial<Record<keyof CallRequest, unknown>>;
  const base = `/studies/${study}/`;
  // A path with dots would leave the study once it is resolved.
  const isOwn =
    typeof path === 'string' &&
    path.startsWith(base) &&
    new URL(path, 'http://api').pathname.startsWith(base);
  if (!isOwn || !METHODS.some((one) => one === method))
    throw new PageProblem(422, 'That is not a call to the API of this study.', {
      detail: `A call has a method (${METHODS.join(', ')}) and a path that begins with ${base}.`,
    });
  return {
    method: method as CallRequest['method'],
    path,
    ...(typeof content === 'string' && { body: content }),
    ...(typeof ifNoneMatch === 'string' && { ifNoneMatch }),
  };
}

export const apiRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/api',
    async handle({ lake }, { params }): Promise<ApiDescription> {
      const study = lake.studies.find(params.study!);
      return {
        url: await lake.apiUrl(),
        region: lake.target.region,
        openapi: '3.1.0',
        operations: operationsOf(study),
      };
    },
  },
  {
    method: 'POST',
    path: 'studies/:study/api/calls',
    async handle({ lake }, { params, body }): Promise<CallAnswer> {
      const call = readCall(lake.studies.find(params.study!).name, body);
      const { status, headers, text, milliseconds } = await lake.call(call.method, call.path, undefined, {
        ...(call.body !== undefined && { content: call.body }),
        ...(call.ifNoneMatch && { headers: { 'if-none-match': call.ifNoneMatch } }),
      });
      return { status, headers, text, milliseconds };
    },
  },
];
