/** AWS query: a form body that names the action and flattens its input (`Tags.member.1.Key=…`), answered in XML. */
import { AwsError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { queryXml, XML_HEADER } from './xml.ts';

type Tree = Map<string, Tree | string>;

/**
 * The action and its input. Lists are told by `member.N`, maps by `entry.N.key|Name` and `value|Value`; every scalar
 * stays the string that was sent, because without the service's model `true` cannot be told from the text "true".
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#request-serialization
 */
export function parseQueryBody(form: URLSearchParams): { action: string; input: Record<string, unknown> } {
  const root: Tree = new Map();
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue;
    const path = name.split('.');
    let node = root;
    for (const part of path.slice(0, -1)) {
      const next = node.get(part);
      if (next instanceof Map) node = next;
      else {
        const child: Tree = new Map();
        node.set(part, child);
        node = child;
      }
    }
    node.set(path.at(-1) as string, value);
  }
  const action = form.get('Action');
  if (!action) throw new AwsError('MissingAction', 'The request must contain the parameter Action.');
  return { action, input: asObject(root) };
}

const asObject = (tree: Tree): Record<string, unknown> =>
  Object.fromEntries([...tree].map(([name, child]) => [name, asValue(child)]));

function asValue(tree: Tree | string): unknown {
  if (typeof tree === 'string') return tree;
  const members = tree.get('member');
  if (members instanceof Map) return inOrder(members).map(asValue);
  const entries = tree.get('entry');
  if (entries instanceof Map)
    return Object.fromEntries(
      inOrder(entries).map((entry) => {
        const pair = entry as Tree;
        return [pair.get('key') ?? pair.get('Name'), asValue(pair.get('value') ?? pair.get('Value') ?? '')];
      }),
    );
  return asObject(tree);
}

const inOrder = (numbered: Tree) =>
  [...numbered].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);

export const queryAnswer = (
  action: string,
  output: unknown,
  requestId: string,
  namespace: string,
): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body:
    `${XML_HEADER}<${action}Response xmlns="${namespace}">` +
    queryXml(`${action}Result`, output ?? {}) +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
});

export const queryError = (error: AwsError, requestId: string, namespace: string): HttpResponse => ({
  status: error.status,
  headers: { 'content-type': 'text/xml' },
  body:
    `${XML_HEADER}<ErrorResponse xmlns="${namespace}">` +
    queryXml('Error', {
      Type: error.status < 500 ? 'Sender' : 'Receiver',
      Code: error.code,
      Message: error.message,
      ...error.fields,
    }) +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`,
});
