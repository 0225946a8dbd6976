/** Finds the route of an API that a request takes, and the values of its path parameters. */
import type { Route } from './store.ts';

export interface Match {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Fit {
  readonly parameters: Record<string, string>;
  /** A letter per path segment, the more specific the smaller: literal a, variable b, greedy c. */
  readonly specificity: string;
}

function matchPath(pattern: string, path: string): Fit | undefined {
  const wanted = pattern.split('/').slice(1);
  const given = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  let specificity = '';
  for (const [index, segment] of wanted.entries()) {
    const greedy = /^\{(.+)\+\}$/.exec(segment);
    if (greedy) {
      const rest = given.slice(index);
      if (rest.length === 0 || (rest.length === 1 && rest[0] === '')) return undefined;
      parameters[greedy[1]!] = rest.map(decodeURIComponent).join('/');
      return { parameters, specificity: `${specificity}c` };
    }
    const actual = given[index];
    if (actual === undefined) return undefined;
    const variable = /^\{(.+)\}$/.exec(segment);
    if (variable && actual !== '') {
      parameters[variable[1]!] = decodeURIComponent(actual);
      specificity += 'b';
    } else if (segment === actual) specificity += 'a';
    else return undefined;
  }
  return wanted.length === given.length ? { parameters, specificity } : undefined;
}

/** The most specific route; `$default` takes what no other does. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
export function findRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const candidates = routes.flatMap((route) => {
    const [routeMethod, pattern] = route.key.split(' ') as [string, string | undefined];
    if (pattern === undefined || (routeMethod !== 'ANY' && routeMethod !== method)) return [];
    const found = matchPath(pattern, path);
    if (!found) return [];
    return [
      {
        route,
        parameters: found.parameters,
        rank: found.specificity + (routeMethod === 'ANY' ? 'z' : ''),
      },
    ];
  });
  const best = candidates.toSorted((a, b) => (a.rank < b.rank ? -1 : 1))[0];
  if (best) return { route: best.route, parameters: best.parameters };
  const fallback = routes.find(({ key }) => key === '$default');
  return fallback && { route: fallback, parameters: {} };
}
