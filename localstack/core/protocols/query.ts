/** AWS query: a form body that names the action and flattens its input (`Tags.member.1.Key=…`), answered in XML. */
import { AwsError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import type { Inputs, Member, Members } from '../inputs/declare.ts';
import { fromText } from '../inputs/fromText.ts';
import { queryXml, XML_HEADER } from './xml.ts';

type Tree = Map<string, Tree | string>;

/**
 * The action and its input, typed by what the action declares: an empty list or map is sent as an empty text, and
 * every scalar is a text. What is not declared stays as it was sent, lists recognised by `member.N` and maps by `entry.N`.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#request-serialization
 */
export function parseQueryBody(
  form: URLSearchParams,
  inputs: Inputs = {},
): { action: string; input: Record<string, unknown> } {
  const action = form.get('Action');
  if (!action) throw new AwsError('MissingAction', 'The request must contain the parameter Action.');
  const root: Tree = new Map();
  for (const [name, value] of form) {
    if (name !== 'Action' && name !== 'Version') put(root, name.split('.'), value);
  }
  const members = Object.hasOwn(inputs, action) ? inputs[action] : undefined;
  return { action, input: asObject(root, members) };
}

function put(root: Tree, path: readonly string[], value: string): void {
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

const asObject = (tree: Tree, members: Members = {}): Record<string, unknown> =>
  Object.fromEntries([...tree].map(([name, child]) => [name, asValue(child, members[name], name)]));

function asValue(tree: Tree | string, member: Member | undefined, name: string): unknown {
  if (typeof tree === 'string') {
    if (tree === '' && member?.kind === 'list') return [];
    if (tree === '' && (member?.kind === 'map' || member?.kind === 'structure')) return {};
    return fromText(member, name, tree);
  }
  const items = tree.get('member');
  if (items instanceof Map) return inOrder(items).map((item) => asValue(item, member?.each, name));
  const entries = tree.get('entry');
  if (entries instanceof Map)
    return Object.fromEntries(
      inOrder(entries).map((entry) => {
        const pair = entry as Tree;
        const value = pair.get('value') ?? pair.get('Value') ?? '';
        return [pair.get('key') ?? pair.get('Name'), asValue(value, member?.each, name)];
      }),
    );
  return asObject(tree, member?.members);
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

/** `codes`: the query protocol's code for a JSON service's error, where it is another. */
export const queryError = (
  error: AwsError,
  requestId: string,
  namespace: string,
  codes: Readonly<Record<string, string>> = {},
): HttpResponse => ({
  status: error.status,
  headers: { 'content-type': 'text/xml' },
  body:
    `${XML_HEADER}<ErrorResponse xmlns="${namespace}">` +
    queryXml('Error', {
      Type: error.status < 500 ? 'Sender' : 'Receiver',
      Code: codes[error.code] ?? error.code,
      Message: error.message,
      ...error.fields,
    }) +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`,
});

/** EC2's variant: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html#operation-error-serialization */
export const ec2Error = (error: AwsError, requestId: string): HttpResponse => ({
  status: error.status,
  headers: { 'content-type': 'text/xml' },
  body:
    `${XML_HEADER}<Response><Errors>${queryXml('Error', { Code: error.code, Message: error.message })}</Errors>` +
    `<RequestID>${requestId}</RequestID></Response>`,
});
