/** Stacks, their resources and events in one SQLite file, written through so that a killed deploy can go on. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface StackOutput {
  OutputKey: string;
  OutputValue: string;
  Description?: string;
  ExportName?: string;
}

/** What a caller says about a stack next to its template. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export interface StackSettings {
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly capabilities: readonly string[];
  readonly roleArn?: string;
  readonly terminationProtection: boolean;
  /** Whether a failed deploy leaves what it did, to be gone on with, rather than taking it back. */
  readonly disableRollback: boolean;
  /** Whether what a template names and is there already, retained by a former stack, becomes the stack's. */
  readonly importExisting?: boolean;
  /** Of the deploy under way or last done; its events carry it. */
  readonly token?: string;
}

export interface StackRecord {
  readonly name: string;
  readonly id: string;
  status: string;
  reason?: string;
  template: string;
  /** As they were given, secrets included; `shownParameters` masks them. */
  parameters: Record<string, string>;
  outputs: StackOutput[];
  /** Names of the exports of other stacks that this one uses. */
  imports: readonly string[];
  settings: StackSettings;
  createdAtMs: number;
  updatedAtMs?: number;
}

export interface ResourceRecord {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  physicalId: string;
  attributes: Record<string, string>;
  properties: Record<string, unknown>;
  /** What the properties came to when the resource was last deployed; empty while it is under way, and after a failure. */
  digest: string;
  status: string;
  reason?: string;
  deletionPolicy?: string;
  updateReplacePolicy?: string;
  /** Its place in the deploy order; removal goes from the highest. */
  position: number;
  updatedAtMs: number;
}

export interface StackEvent {
  readonly id: string;
  readonly stackId: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly token?: string;
  readonly atMs: number;
}

export interface StackStore {
  stack(nameOrId: string): StackRecord | undefined;
  stacks(): StackRecord[];
  saveStack(stack: StackRecord): void;
  /** Forgets a stack and its resources; its events stay. */
  dropStack(name: string): void;
  resources(stack: string): ResourceRecord[];
  saveResource(resource: ResourceRecord): void;
  dropResource(stack: string, logicalId: string): void;
  /** A resource that a replacement left behind, to be removed once the update is through. */
  saveReplaced(resource: ResourceRecord): void;
  replaced(stack: string): ResourceRecord[];
  dropReplaced(stack: string, logicalId: string, physicalId: string): void;
  addEvent(event: StackEvent): void;
  /** Latest first. */
  events(nameOrId: string): StackEvent[];
  saveChangeSet(id: string, stack: string, name: string, body: unknown): void;
  changeSet(nameOrId: string, stack?: string): unknown;
  dropChangeSet(id: string): void;
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS stacks (name TEXT PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS resources (stack TEXT, logical_id TEXT, body TEXT NOT NULL,
    PRIMARY KEY (stack, logical_id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS replaced (stack TEXT, logical_id TEXT, physical_id TEXT, body TEXT NOT NULL,
    PRIMARY KEY (stack, logical_id, physical_id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, stack_id TEXT, stack TEXT, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS events_by_stack ON events (stack);
  CREATE TABLE IF NOT EXISTS change_sets (id TEXT PRIMARY KEY, stack TEXT, name TEXT, body TEXT NOT NULL) WITHOUT ROWID;
`;

/** Opens `<stateDir>/cloudformation/stacks.db`, creating it when missing. */
export function openStackStore(stateDir: string): StackStore {
  const folder = join(stateDir, 'cloudformation');
  const db = openDatabase(join(folder, 'stacks.db'));
  db.exec(schema);

  const selectStack = db.prepare('SELECT body FROM stacks WHERE name = ? OR id = ?');
  const selectStacks = db.prepare('SELECT body FROM stacks ORDER BY name');
  const upsertStack = db.prepare('INSERT OR REPLACE INTO stacks VALUES (?, ?, ?)');
  const deleteStack = db.prepare('DELETE FROM stacks WHERE name = ?');
  const selectResources = db.prepare('SELECT body FROM resources WHERE stack = ?');
  const upsertResource = db.prepare('INSERT OR REPLACE INTO resources VALUES (?, ?, ?)');
  const deleteResource = db.prepare('DELETE FROM resources WHERE stack = ? AND logical_id = ?');
  const deleteResources = db.prepare('DELETE FROM resources WHERE stack = ?');
  const selectReplaced = db.prepare('SELECT body FROM replaced WHERE stack = ?');
  const upsertReplaced = db.prepare('INSERT OR REPLACE INTO replaced VALUES (?, ?, ?, ?)');
  const deleteReplaced = db.prepare(
    'DELETE FROM replaced WHERE stack = ? AND logical_id = ? AND physical_id = ?',
  );
  const insertEvent = db.prepare('INSERT INTO events (stack_id, stack, body) VALUES (?, ?, ?)');
  const selectEvents = db.prepare(
    'SELECT body FROM events WHERE stack = ?1 OR stack_id = ?1 ORDER BY seq DESC',
  );
  const upsertChangeSet = db.prepare('INSERT OR REPLACE INTO change_sets VALUES (?, ?, ?, ?)');
  const selectChangeSet = db.prepare(
    'SELECT body FROM change_sets WHERE id = ?1 OR (name = ?1 AND stack = ?2)',
  );
  const deleteChangeSet = db.prepare('DELETE FROM change_sets WHERE id = ?');

  const bodies = <T>(rows: unknown[]): T[] =>
    rows.map((row) => JSON.parse((row as { body: string }).body) as T);

  return {
    stack: (nameOrId) => bodies<StackRecord>(selectStack.all(nameOrId, nameOrId))[0],
    stacks: () => bodies<StackRecord>(selectStacks.all()),
    saveStack: (stack) => void upsertStack.run(stack.name, stack.id, JSON.stringify(stack)),
    dropStack(name) {
      deleteResources.run(name);
      deleteStack.run(name);
    },
    resources: (stack) =>
      bodies<ResourceRecord>(selectResources.all(stack)).sort((a, b) => a.position - b.position),
    saveResource: (resource) =>
      void upsertResource.run(resource.stack, resource.logicalId, JSON.stringify(resource)),
    dropResource: (stack, logicalId) => void deleteResource.run(stack, logicalId),
    saveReplaced: (resource) =>
      void upsertReplaced.run(
        resource.stack,
        resource.logicalId,
        resource.physicalId,
        JSON.stringify(resource),
      ),
    replaced: (stack) => bodies<ResourceRecord>(selectReplaced.all(stack)),
    dropReplaced: (stack, logicalId, physicalId) => void deleteReplaced.run(stack, logicalId, physicalId),
    addEvent: (event) => void insertEvent.run(event.stackId, event.stack, JSON.stringify(event)),
    events: (nameOrId) => bodies<StackEvent>(selectEvents.all(nameOrId)),
    saveChangeSet: (id, stack, name, body) => void upsertChangeSet.run(id, stack, name, JSON.stringify(body)),
    changeSet: (nameOrId, stack) => bodies<unknown>(selectChangeSet.all(nameOrId, stack ?? ''))[0],
    dropChangeSet: (id) => void deleteChangeSet.run(id),
    close: () => db.close(),
  };
}
