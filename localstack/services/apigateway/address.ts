/** Where an HTTP API is reached, and which API a request means. */
import type { HttpRequest } from '../../core/http.ts';
import type { CloudContext } from '../../core/service.ts';

const PATH_PREFIX = '/_aws/execute-api/';

/** The base address of an API, reachable without any name resolution. */
export const apiEndpoint = (context: CloudContext, apiId: string) =>
  `${context.endpoint()}${PATH_PREFIX}${apiId}`;

const KEPT_ADDRESS = new RegExp(`^http://[^/]+(?=${PATH_PREFIX})`);

/** An API's address that was kept, at the port of now: a cloud may be served at another one after every start. */
export const addressNow = (context: CloudContext, text: string) =>
  text.replace(KEPT_ADDRESS, context.endpoint());

/** Splits `/_aws/execute-api/<apiId>/<path>` or `<apiId>.execute-api.…` into the API and the path within it. */
export function addressOf(request: HttpRequest): { apiId: string; path: string } {
  if (request.path.startsWith(PATH_PREFIX)) {
    const [apiId = '', ...rest] = request.path.slice(PATH_PREFIX.length).split('/');
    return { apiId, path: `/${rest.join('/')}` };
  }
  return { apiId: (request.headers.host ?? '').split('.')[0]!, path: request.path };
}
