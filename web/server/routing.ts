/** Finds the route of a request among those that the pages declare. */
import type { Route } from './http.ts';

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a method and a path below `/_playground/api/`; 'method' when only the method does not fit. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): Found | 'method' | undefined {
  const parts = path.split('/').filter(Boolean);
  let otherMethod = false;
  for (const route of routes) {
    const params = fitting(route.path.split('/'), parts);
    if (!params) continue;
    if (route.method === method) return { route, params };
    otherMethod = true;
  }
  return otherMethod ? 'method' : undefined;
}

/** `:name` takes one part, `*name` at the end takes the rest. */
function fitting(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [at, piece] of pattern.entries()) {
    if (piece.startsWith('*')) {
      params[piece.slice(1)] = parts.slice(at).map(decodeURIComponent).join('/');
      return params;
    }
    const part = parts[at];
    if (part === undefined) return undefined;
    if (piece.startsWith(':')) params[piece.slice(1)] = decodeURIComponent(part);
    else if (piece !== part) return undefined;
  }
  return parts.length === pattern.length ? params : undefined;
}
