/** Roles and policies, kept so that whoever asks "what may this role do" finds every document in one place. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface Role {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  trustPolicy: unknown;
  description?: string;
  maxSessionSeconds: number;
  readonly createdAtMs: number;
  /** Inline policies by name. */
  policies: Record<string, unknown>;
  /** Those of `policies` that the role's own template resource holds. */
  templated: string[];
  attached: string[];
}

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  description?: string;
  document: unknown;
  version: number;
  readonly createdAtMs: number;
  updatedAtMs: number;
}

/** An inline policy that a template put on roles, so that an update finds those it has to leave. */
export interface InlinePolicy {
  readonly physicalId: string;
  readonly name: string;
  readonly roles: string[];
}

export interface IamStore {
  role(name: string): Role | undefined;
  roles(): Role[];
  saveRole(role: Role): void;
  dropRole(name: string): void;
  policy(arn: string): ManagedPolicy | undefined;
  policies(): ManagedPolicy[];
  savePolicy(policy: ManagedPolicy): void;
  dropPolicy(arn: string): void;
  inlinePolicy(physicalId: string): InlinePolicy | undefined;
  saveInlinePolicy(policy: InlinePolicy): void;
  dropInlinePolicy(physicalId: string): void;
  close(): void;
}

/** Opens `<stateDir>/iam/iam.db`, creating it when missing. */
export function openIamStore(stateDir: string): IamStore {
  const folder = join(stateDir, 'iam');
  const db = openDatabase(join(folder, 'iam.db'));
  db.exec(`
    CREATE TABLE IF NOT EXISTS roles (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS policies (arn TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS inline_policies (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  `);
  const selectRole = db.prepare('SELECT body FROM roles WHERE name = ?');
  const selectRoles = db.prepare('SELECT body FROM roles ORDER BY name');
  const upsertRole = db.prepare('INSERT OR REPLACE INTO roles VALUES (?, ?)');
  const deleteRole = db.prepare('DELETE FROM roles WHERE name = ?');
  const selectPolicy = db.prepare('SELECT body FROM policies WHERE arn = ?');
  const selectPolicies = db.prepare('SELECT body FROM policies ORDER BY arn');
  const upsertPolicy = db.prepare('INSERT OR REPLACE INTO policies VALUES (?, ?)');
  const deletePolicy = db.prepare('DELETE FROM policies WHERE arn = ?');
  const selectInline = db.prepare('SELECT body FROM inline_policies WHERE id = ?');
  const upsertInline = db.prepare('INSERT OR REPLACE INTO inline_policies VALUES (?, ?)');
  const deleteInline = db.prepare('DELETE FROM inline_policies WHERE id = ?');
  const bodies = <T>(rows: unknown[]): T[] =>
    rows.map((row) => JSON.parse((row as { body: string }).body) as T);
  return {
    role: (name) => bodies<Role>(selectRole.all(name))[0],
    roles: () => bodies<Role>(selectRoles.all()),
    saveRole: (role) => void upsertRole.run(role.name, JSON.stringify(role)),
    dropRole: (name) => void deleteRole.run(name),
    policy: (arn) => bodies<ManagedPolicy>(selectPolicy.all(arn))[0],
    policies: () => bodies<ManagedPolicy>(selectPolicies.all()),
    savePolicy: (policy) => void upsertPolicy.run(policy.arn, JSON.stringify(policy)),
    dropPolicy: (arn) => void deletePolicy.run(arn),
    inlinePolicy: (physicalId) => bodies<InlinePolicy>(selectInline.all(physicalId))[0],
    saveInlinePolicy: (policy) => void upsertInline.run(policy.physicalId, JSON.stringify(policy)),
    dropInlinePolicy: (physicalId) => void deleteInline.run(physicalId),
    close: () => db.close(),
  };
}
