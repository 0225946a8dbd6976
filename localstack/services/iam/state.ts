/** State shared by IAM's actions: roles and policies found by name, documents as IAM shows them, and pages. */
import { AwsError } from '../../core/errors.ts';
import { pageOf } from '../../core/paging.ts';
import type { IamStore, ManagedPolicy, Role } from './store.ts';

export const encoded = (document: unknown) =>
  encodeURIComponent(typeof document === 'string' ? document : JSON.stringify(document));

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
const MOST_LISTED = 100;

export interface Paging {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** One page of a list, with IAM's members that say whether there is more. */
export function listed<T>(items: readonly T[], keyOf: (item: T) => string, { Marker, MaxItems }: Paging) {
  const page = pageOf(items, {
    keyOf,
    limit: MaxItems ?? MOST_LISTED,
    token: Marker,
    invalidToken: (token) => new AwsError('ValidationError', `Invalid Marker: ${token}`),
  });
  return { items: page.items, IsTruncated: page.next !== undefined, Marker: page.next };
}

/** A policy document's text as data. Throws `MalformedPolicyDocument`. */
export function policyDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json', { cause });
  }
}

export const noSuchEntity = (message: string) => new AwsError('NoSuchEntity', message, { status: 404 });

export function requireRole(store: IamStore, name: string): Role {
  const role = store.role(name);
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

export function requirePolicy(store: IamStore, arn: string): ManagedPolicy {
  const policy = store.policy(arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}
