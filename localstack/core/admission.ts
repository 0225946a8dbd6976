/** Decides from a request's headers whether it is admitted: what other sites' web pages can send is refused before anything is done. */
import { AwsError } from './errors.ts';
import { type HttpRequest, isApiHost } from './http.ts';

/** What the cloud's owner allowed by name. */
export interface Allowed {
  /** Host names, each with the names under it, e.g. `host.docker.internal`. */
  readonly hosts: readonly string[];
  /** Origins of web pages, e.g. `http://localhost:3000`. */
  readonly origins: readonly string[];
}

export interface Admission {
  readonly refusal?: AwsError;
  /** The origin that was allowed by name for all of the cloud, and may read the answer. */
  readonly origin?: string;
}

/** What the decision needs beyond the request. */
export interface Surroundings {
  /** Whether a link from another site may lead to this path: it serves pages, and a GET of it changes nothing. */
  isPage(path: string): boolean;
  /** Whether the HTTP API that the request addresses names this origin in its CORS configuration. */
  apiNames(request: HttpRequest, origin: string): boolean;
}

/** An option of the cloud that cannot be used as it is. */
export class CloudOptionError extends Error {
  override readonly name = 'CloudOptionError';
}

const HOST_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#*@,]+$/;

/** Throws `CloudOptionError` for a name with a port, for `*`, and for whatever else no browser sends. */
export function allowedByName(hosts: readonly string[] = [], origins: readonly string[] = []): Allowed {
  for (const host of hosts)
    if (!HOST_NAME.test(host.toLowerCase()))
      throw new CloudOptionError(
        `The allowed host '${host}' is not a host name. Give a name without port, e.g. host.docker.internal.`,
      );
  for (const origin of origins)
    if (!ORIGIN.test(origin.toLowerCase()))
      throw new CloudOptionError(
        `The allowed origin '${origin}' is not one origin. Give scheme, host and port of the page, ` +
          'e.g. http://localhost:3000, without path; there is no * for all.',
      );
  return {
    hosts: hosts.map((host) => host.toLowerCase()),
    origins: origins.map((origin) => origin.toLowerCase()),
  };
}

/**
 * Admits a request when its host is this machine or a name that was allowed, and when no web page sent it, or one that
 * the same host served, or one whose origin was allowed. A page that rebinds its own name to 127.0.0.1 fails the first
 * test; a page that sends what needs no preflight fails the second.
 * https://fetch.spec.whatwg.org/#origin-header and https://www.w3.org/TR/fetch-metadata/
 */
export function admit(request: HttpRequest, allowed: Allowed, around: Surroundings): Admission {
  const refusal = targetRefusal(request) ?? hostRefusal(request.hosts, allowed);
  return refusal ? { refusal } : admitPage(request, allowed, around);
}

function targetRefusal({ path }: HttpRequest): AwsError | undefined {
  if (path.startsWith('/')) return undefined;
  return new AwsError(
    'InvalidRequest',
    `The request's target is '${path.slice(0, 200)}'; it must be a path that begins with a slash. ` +
      'The local cloud is not a proxy.',
  );
}

function hostRefusal(hosts: readonly string[], allowed: Allowed): AwsError | undefined {
  if (hosts.length !== 1)
    return new AwsError(
      'InvalidRequest',
      `The request names ${hosts.length === 0 ? 'no host' : `${hosts.length} hosts`}; it must have one Host header.`,
    );
  const host = hosts[0] as string;
  if (isOwnHost(host, allowed)) return undefined;
  return new AwsError(
    'AccessDenied',
    `The host ${JSON.stringify(host)} is not one of the local cloud's. It answers to localhost, names under it, ` +
      'and loopback addresses. Allow another name with --allow-host.',
    { status: 403 },
  );
}

/** Names that only ever lead to this machine: RFC 6761 for `localhost`, LocalStack's own for the other. */
const LOCAL_NAMES = ['localhost', 'localhost.localstack.cloud'];
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The name without port; undefined for what is not `name[:port]`. */
const nameOf = (host: string) =>
  /^(\[[0-9a-f:]+\]|[^\s:@[\]/?#]+)(?::\d{1,5})?$/.exec(host.toLowerCase())?.[1];

function isOwnHost(host: string, allowed: Allowed): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  if (LOOPBACK.test(name)) return true;
  return (
    HOST_NAME.test(name) &&
    [...LOCAL_NAMES, ...allowed.hosts].some((own) => name === own || name.endsWith(`.${own}`))
  );
}

/** Whether this is a name of the endpoint itself, and not one under it, which is a bucket's or an HTTP API's. */
export function isEndpointHost(host: string, allowed: Allowed): boolean {
  const name = nameOf(host) ?? '';
  return LOOPBACK.test(name) || [...LOCAL_NAMES, ...allowed.hosts].includes(name);
}

function admitPage(request: HttpRequest, allowed: Allowed, around: Surroundings): Admission {
  const { headers } = request;
  const host = (request.hosts[0] as string).toLowerCase();
  // Under a bucket's name there is data, not pages.
  const hasPages = isEndpointHost(host, allowed) || isApiHost(host);
  const admitOrigin = (origin: string): Admission => {
    if (hasPages && [`http://${host}`, `https://${host}`].includes(origin.toLowerCase())) return {};
    if (allowed.origins.includes(origin.toLowerCase())) return { origin };
    return around.apiNames(request, origin) ? {} : { refusal: foreign(origin) };
  };

  if (headers.origin !== undefined) return admitOrigin(headers.origin);
  // Images, scripts, links and forms that GET send no Origin.
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return {};
  if (isVisit(request) && around.isPage(request.path)) return {};
  if (headers.referer !== undefined) return admitOrigin(URL.parse(headers.referer)?.origin ?? 'null');
  return site === undefined ? {} : { refusal: foreign('null') };
}

/** Someone follows a link: the whole tab goes there, so the page that had the link reads nothing. */
const isVisit = ({ method, headers }: HttpRequest) =>
  method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';

const foreign = (origin: string) =>
  new AwsError(
    'AccessDenied',
    `A web page of ${origin === 'null' ? 'another origin' : origin} may not use the local cloud. ` +
      `Allow the pages of an origin with --allow-origin${ORIGIN.test(origin) ? ` ${origin}` : ''}.`,
    { status: 403 },
  );

/** How long a browser may remember a preflight's answer, in seconds. */
const PREFLIGHT_MAX_AGE = 600;

/** What lets an allowed page's browser send its request: https://fetch.spec.whatwg.org/#cors-preflight-fetch */
export const preflightHeaders = (request: HttpRequest, origin: string): Record<string, string> => ({
  ...corsHeaders(origin),
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
  'access-control-max-age': String(PREFLIGHT_MAX_AGE),
  ...(request.headers['access-control-request-private-network'] && {
    'access-control-allow-private-network': 'true',
  }),
});

/** What lets an allowed page read the answer. */
export const corsHeaders = (origin: string): Record<string, string> => ({
  'cross-origin-resource-policy': 'cross-origin',
  'access-control-allow-origin': origin,
  'access-control-expose-headers': '*',
  vary: 'Origin',
});
