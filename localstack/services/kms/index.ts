/** Key Management Service, keys and aliases by name only: stacks deploy and refer to them, nothing is encrypted. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext, ResourceProvider, Service } from '../../core/service.ts';

interface KeyRow {
  readonly id: string;
  readonly description: string;
  readonly created_ms: number;
}

export function createKms(context: CloudContext): Service {
  const folder = join(context.stateDir, 'kms');
  mkdirSync(folder, { recursive: true });
  const db = new DatabaseSync(join(folder, 'keys.sqlite'));
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, description TEXT NOT NULL, created_ms INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS aliases (name TEXT PRIMARY KEY, key_id TEXT NOT NULL);
  `);

  const keyArn = (id: string) => `arn:aws:kms:${context.region}:${context.accountId}:key/${id}`;
  const aliasArn = (name: string) => `arn:aws:kms:${context.region}:${context.accountId}:${name}`;

  /** A key by id, ARN, alias name or alias ARN. */
  function findKey(reference: string): KeyRow {
    const name = reference.startsWith('arn:') ? reference.slice(reference.lastIndexOf(':') + 1) : reference;
    const id = name.startsWith('alias/')
      ? (db.prepare('SELECT key_id FROM aliases WHERE name = ?').get(name)?.key_id as string | undefined)
      : name.replace(/^key\//, '');
    const row = id && db.prepare('SELECT * FROM keys WHERE id = ?').get(id);
    if (!row)
      throw new AwsError(
        'NotFoundException',
        name.startsWith('alias/')
          ? `Alias ${aliasArn(name)} is not found.`
          : `Key '${keyArn(String(id))}' does not exist`,
      );
    return row as unknown as KeyRow;
  }

  const key: ResourceProvider = {
    properties: ['Description'],
    notEmulated: [
      'BypassPolicyLockoutSafetyCheck',
      'EnableKeyRotation',
      'Enabled',
      'KeyPolicy',
      'KeySpec',
      'KeyUsage',
      'MultiRegion',
      'Origin',
      'PendingWindowInDays',
      'RotationPeriodInDays',
      'Tags',
    ],
    async deploy({ properties, physicalId }) {
      const id = physicalId ?? randomUUID();
      db.prepare(
        'INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET description = excluded.description',
      ).run(id, properties.Description ?? '', context.clock.now());
      return { physicalId: id, attributes: { Arn: keyArn(id), KeyId: id } };
    },
    async remove(physicalId) {
      db.prepare('DELETE FROM keys WHERE id = ?').run(physicalId);
    },
  };

  const alias: ResourceProvider = {
    properties: ['AliasName', 'TargetKeyId'],
    async deploy({ properties, physicalId }) {
      const name: string = properties.AliasName;
      if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name) || name.startsWith('alias/aws/'))
        throw new AwsError(
          'InvalidAliasNameException',
          `AliasName is ${name}; it must be alias/ and letters, digits, /, _ or -, and not begin with alias/aws/.`,
        );
      const target = findKey(properties.TargetKeyId);
      if (physicalId && physicalId !== name) db.prepare('DELETE FROM aliases WHERE name = ?').run(physicalId);
      db.prepare('INSERT OR REPLACE INTO aliases VALUES (?, ?)').run(name, target.id);
      return { physicalId: name, attributes: {} };
    },
    async remove(physicalId) {
      db.prepare('DELETE FROM aliases WHERE name = ?').run(physicalId);
    },
  };

  return {
    name: 'kms',
    actions: {
      DescribeKey(input: { KeyId: string }) {
        const row = findKey(input.KeyId);
        return {
          KeyMetadata: {
            AWSAccountId: context.accountId,
            KeyId: row.id,
            Arn: keyArn(row.id),
            CreationDate: row.created_ms / 1000,
            Enabled: true,
            Description: row.description,
            KeyUsage: 'ENCRYPT_DECRYPT',
            KeyState: 'Enabled',
            Origin: 'AWS_KMS',
            KeyManager: 'CUSTOMER',
            KeySpec: 'SYMMETRIC_DEFAULT',
            EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
            MultiRegion: false,
          },
        };
      },
      ListKeys: () => ({
        Keys: db
          .prepare('SELECT id FROM keys ORDER BY id')
          .all()
          .map(({ id }) => ({ KeyId: id, KeyArn: keyArn(String(id)) })),
        Truncated: false,
      }),
      ListAliases: () => ({
        Aliases: db
          .prepare('SELECT name, key_id FROM aliases ORDER BY name')
          .all()
          .map((row) => ({
            AliasName: row.name,
            AliasArn: aliasArn(String(row.name)),
            TargetKeyId: row.key_id,
          })),
        Truncated: false,
      }),
    },
    resources: { 'AWS::KMS::Key': key, 'AWS::KMS::Alias': alias },
    async stop() {
      db.close();
    },
  };
}
