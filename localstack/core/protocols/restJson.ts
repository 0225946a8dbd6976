/** REST-JSON: method and path name the action; path, query and a JSON body carry its input. */
import type { AwsError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import type { Members } from '../inputs/declare.ts';
import { fromText } from '../inputs/fromText.ts';
import type { Route, RouteParts } from '../service.ts';
import { parseJsonBody } from './json.ts';

/** The first route whose method and path fit, with the values of its placeholders. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; path: Record<string, string> } | undefined {
  const parts = path.replace(/\/+$/, '').split('/');
  for (const route of routes) {
    if (route.method !== method) continue;
    const values = matchPath(route.path.replace(/\/+$/, '').split('/'), parts);
    if (values) return { route, path: values };
  }
  return undefined;
}

function matchPath(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    if (expected.startsWith('{') && expected.endsWith('+}')) {
      values[expected.slice(1, -2)] = parts.slice(index).map(decodeURIComponent).join('/');
      return values;
    }
    const actual = parts[index];
    if (actual === undefined) return undefined;
    if (expected.startsWith('{')) values[expected.slice(1, -1)] = decodeURIComponent(actual);
    else if (expected !== actual) return undefined;
  }
  return pattern.length === parts.length ? values : undefined;
}

/**
 * The action's input: the body's members, then what the query, the headers and the path carry, typed by `members`.
 * A query parameter has its member's name unless the route says otherwise; headers count only when the route lists them.
 */
export function routeInput(route: Route, parts: RouteParts, members: Members = {}): unknown {
  const texts = [
    ...[...parts.query].map(([name, value]) => [route.query?.[name] ?? name, value] as const),
    ...Object.entries(route.headers ?? {}).map(([header, name]) => [name, parts.headers[header]] as const),
    ...Object.entries(parts.path),
  ];
  const typed = texts.flatMap(([name, text]) =>
    text === undefined ? [] : [[name, fromText(members[name], name, text)] as const],
  );
  return {
    ...(route.payload ? { [route.payload]: parts.body } : parseJsonBody(parts.body)),
    ...Object.fromEntries(typed),
  };
}

export const routeAnswer = (route: Route, result: unknown): HttpResponse =>
  route.output?.(result) ?? {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(result ?? {}),
  };

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization */
export const restJsonError = (error: AwsError): HttpResponse => ({
  status: error.status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
  body: JSON.stringify({ message: error.message, Message: error.message, ...error.fields }),
});
