/** Takes every request before a service gets it: admission, mounts, and the cloud's own addresses. */
import { answerAdmin } from './admin.ts';
import {
  type Allowed,
  admit,
  CloudOptionError,
  corsHeaders,
  isEndpointHost,
  preflightHeaders,
} from './admission.ts';
import { AwsError } from './errors.ts';
import { type HttpRequest, type HttpResponse, isApiHost, isExecuteApi } from './http.ts';
import { restJsonError } from './protocols/restJson.ts';
import { type Respond, refusalIn } from './router.ts';
import type { CloudContext } from './service.ts';

/** Addresses that somebody else answers. The cloud knows nothing of what is there. */
export interface Mount {
  /** `/_<name>/`, e.g. `/_playground/`: no bucket's name begins with an underscore. */
  readonly prefix: string;
  /** Whether a browser that asks for `/` is sent here. */
  readonly isHome?: boolean;
  /**
   * Answers every request under the prefix. Links from other sites lead here, so that a GET of a page must not change
   * anything; everything else comes from pages of the endpoint itself, or of origins that were allowed by name.
   */
  readonly respond: Respond;
}

const MOUNT_PREFIX = /^\/_(?!aws\/|localstack\/|headwaters\/)[a-z0-9-]+\/$/;

/** Throws `CloudOptionError` for a prefix under which nothing can be mounted. */
export function checkMounts(mounts: readonly Mount[]): void {
  for (const { prefix } of mounts)
    if (!MOUNT_PREFIX.test(prefix))
      throw new CloudOptionError(
        `Nothing can be mounted at '${prefix}': a prefix is /_<name>/, and _aws, _localstack and _headwaters are taken.`,
      );
}

/** Puts admission and mounts in front of `respond`; what it gives never rejects. */
export function createEdge(
  context: CloudContext,
  options: { readonly allowed: Allowed; readonly mounts: readonly Mount[] },
  respond: Respond,
): Respond {
  const { allowed, mounts } = options;
  const home = mounts.find(({ isHome }) => isHome);
  const mountOf = (path: string) => mounts.find(({ prefix }) => `${path}/`.startsWith(prefix));
  const around = {
    isPage: (path: string) => mountOf(path) !== undefined || (home !== undefined && path === '/'),
    apiNames: (request: HttpRequest, origin: string) =>
      isExecuteApi(request) &&
      context.services().some((service) => service.namesOrigin?.(request, origin) === true),
  };

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    if (home && isEndpointHost(request.hosts[0] ?? '', allowed) && asksForHome(request))
      return redirect(302, home.prefix);
    const mount = mountOf(request.path);
    if (!mount) return inert(request, (await answerAdmin(context, request)) ?? (await respond(request)));
    return request.path.startsWith(mount.prefix) ? mount.respond(request) : redirect(308, mount.prefix);
  }

  /** What no service answers for has no protocol of its own, and fails in JSON. */
  async function answerAnyway(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await answer(request);
    } catch (error) {
      context.log(
        `${request.method} ${request.path}: ${error instanceof Error ? error.stack : String(error)}`,
      );
      const message = error instanceof Error ? error.message : String(error);
      return restJsonError(new AwsError('InternalFailure', message, { status: 500, cause: error }));
    }
  }

  return async (request) => {
    const { refusal, origin } = admit(request, allowed, around);
    if (refusal) {
      context.log(`refused ${request.method} ${request.path}: ${refusal.message}`);
      return inert(request, refusalIn(request, refusal));
    }
    if (origin === undefined) return answerAnyway(request);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined)
      return { status: 204, headers: preflightHeaders(request, origin) };
    const response = await answerAnyway(request);
    return { ...response, headers: { ...response.headers, ...corsHeaders(origin) } };
  };
}

const redirect = (status: number, location: string): HttpResponse => ({
  status,
  headers: { location, vary: 'Accept', 'cache-control': 'no-store' },
});

/** A browser at the endpoint's address; SDKs that list buckets there accept XML or anything. */
const asksForHome = ({ method, path, headers, query }: HttpRequest) =>
  method === 'GET' &&
  path === '/' &&
  query.size === 0 &&
  headers.authorization === undefined &&
  headers.accept?.includes('text/html') === true;

/**
 * Makes stored data harmless in a browser: an object that is a page gets an origin of its own, so that its scripts are
 * refused like any other site's; nothing is taken for another type, or put into another site's page. An HTTP API's pages
 * under the API's own host can be left as they are.
 */
function inert(request: HttpRequest, response: HttpResponse): HttpResponse {
  const headers: Record<string, string | number> = {
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...response.headers,
  };
  if (isApiHost(request.hosts[0] ?? '')) return { ...response, headers };
  const name =
    Object.keys(headers).find((key) => key.toLowerCase() === 'content-security-policy') ??
    'content-security-policy';
  headers[name] = [headers[name], 'sandbox'].filter(Boolean).join(', ');
  return { ...response, headers };
}
