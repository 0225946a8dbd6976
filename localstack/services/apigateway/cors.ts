/** Cross-origin answers of an HTTP API that has a CORS configuration. */
import type { HttpRequest, HttpResponse } from '../../core/http.ts';
import type { Cors } from './store.ts';

const allowedOrigin = (cors: Cors, origin: string | undefined): string | undefined => {
  if (origin === undefined) return undefined;
  if (cors.AllowOrigins?.includes('*')) return '*';
  return (
    cors.AllowOrigins?.find(
      (allowed) => allowed === origin || (allowed.endsWith('*') && origin.startsWith(allowed.slice(0, -1))),
    ) && origin
  );
};

/** Whether the API allows this very origin, and not just every one. */
export const namesOrigin = (cors: Cors | undefined, origin: string): boolean =>
  cors?.AllowOrigins?.some((allowed) => allowed.toLowerCase() === origin.toLowerCase()) ?? false;

function commonHeaders(cors: Cors, origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    ...(origin !== '*' && { vary: 'Origin' }),
    ...(cors.AllowCredentials && { 'access-control-allow-credentials': 'true' }),
  };
}

/** The answer to a preflight request, which never reaches a route; undefined for any other request. */
export function preflight(cors: Cors, request: HttpRequest): HttpResponse | undefined {
  if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return undefined;
  const origin = allowedOrigin(cors, request.headers.origin);
  if (origin === undefined) return { status: 204 };
  return {
    status: 204,
    headers: {
      ...commonHeaders(cors, origin),
      ...(cors.AllowMethods && { 'access-control-allow-methods': cors.AllowMethods.join(',') }),
      ...(cors.AllowHeaders && { 'access-control-allow-headers': cors.AllowHeaders.join(',') }),
      ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
    },
  };
}

/** The response with the headers that a browser asks for; they replace the function's own. */
export function withCors(cors: Cors | undefined, request: HttpRequest, response: HttpResponse): HttpResponse {
  const origin = cors && allowedOrigin(cors, request.headers.origin);
  if (!cors || origin === undefined) return response;
  return {
    ...response,
    headers: {
      ...response.headers,
      ...commonHeaders(cors, origin),
      ...(cors.ExposeHeaders && { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }),
    },
  };
}
