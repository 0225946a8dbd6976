/** Keys and aliases on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';

export interface KeyRow {
  readonly id: string;
  readonly description: string;
  readonly createdAtMs: number;
}

export interface AliasRow {
  readonly name: string;
  readonly keyId: string;
}

export type Store = ReturnType<typeof openStore>;

export function openStore(context: CloudContext) {
  const db = openDatabase(join(context.stateDir, 'kms', 'keys.sqlite'));
  db.exec(`
    CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, description TEXT NOT NULL, created_ms INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS deletions (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS aliases (name TEXT PRIMARY KEY, key_id TEXT NOT NULL);
  `);
  const arnOf = (resource: string) => `arn:aws:kms:${context.region}:${context.accountId}:${resource}`;
  const keyArn = (id: string) => arnOf(`key/${id}`);

  /** Forgets the keys whose waiting period is over. */
  function forgetDeleted(): void {
    const over = 'SELECT id FROM deletions WHERE at_ms <= ?';
    for (const table of ['keys', 'deletions'])
      db.prepare(`DELETE FROM ${table} WHERE id IN (${over})`).run(context.clock.now());
  }

  /** A key by id, ARN, alias name or alias ARN. */
  function key(reference: string): KeyRow {
    forgetDeleted();
    const name = reference.startsWith('arn:') ? reference.slice(reference.lastIndexOf(':') + 1) : reference;
    const id = name.startsWith('alias/')
      ? (db.prepare('SELECT key_id FROM aliases WHERE name = ?').get(name)?.key_id as string | undefined)
      : name.replace(/^key\//, '');
    const row =
      id && db.prepare('SELECT id, description, created_ms AS createdAtMs FROM keys WHERE id = ?').get(id);
    if (!row)
      throw new AwsError(
        'NotFoundException',
        name.startsWith('alias/')
          ? `Alias ${arnOf(name)} is not found.`
          : `Key '${keyArn(String(id))}' does not exist`,
      );
    return row as unknown as KeyRow;
  }

  return {
    arnOf,
    keyArn,
    key,
    keyIds() {
      forgetDeleted();
      return db
        .prepare('SELECT id FROM keys')
        .all()
        .map(({ id }) => String(id));
    },
    /** When a key is to be deleted, milliseconds since the epoch; undefined for one that stays. */
    deletionOf: (id: string) =>
      db.prepare('SELECT at_ms FROM deletions WHERE id = ?').get(id)?.at_ms as number | undefined,
    putDeletion: (id: string, atMs: number) =>
      void db.prepare('INSERT INTO deletions VALUES (?, ?)').run(id, atMs),
    aliases: () =>
      db.prepare('SELECT name, key_id AS keyId FROM aliases').all() as unknown as readonly AliasRow[],
    putKey(id: string, description: string) {
      db.prepare(
        'INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET description = excluded.description',
      ).run(id, description, context.clock.now());
    },
    dropKey: (id: string) => void db.prepare('DELETE FROM keys WHERE id = ?').run(id),
    putAlias: (name: string, keyId: string) =>
      void db.prepare('INSERT OR REPLACE INTO aliases VALUES (?, ?)').run(name, keyId),
    dropAlias: (name: string) => void db.prepare('DELETE FROM aliases WHERE name = ?').run(name),
    close: () => db.close(),
  };
}
