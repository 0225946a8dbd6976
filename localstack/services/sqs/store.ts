/** Queues and their messages on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';
import type { MessageAttributes } from './messageDigest.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** As SetQueueAttributes takes them: names to texts. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** X-Ray's, which a sender passes on. */
  readonly traceHeader?: string;
  readonly senderId: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs?: number;
  readonly receives: number;
  /** The queue that gave up on it, for a message in a dead-letter queue. */
  readonly deadLetterSource?: string;
}

export interface StoredMessage extends Message {
  readonly number: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, visible_at_ms INTEGER NOT NULL,
    sent_at_ms INTEGER NOT NULL, receives INTEGER NOT NULL, record TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at_ms, number);
`;

export type Store = ReturnType<typeof openStore>;

export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'sqs.sqlite'));
  db.exec(SCHEMA);
  const sql = {
    queue: db.prepare('SELECT record FROM queues WHERE name = ?'),
    queues: db.prepare('SELECT record FROM queues ORDER BY name'),
    putQueue: db.prepare('INSERT OR REPLACE INTO queues VALUES (?, ?)'),
    dropQueue: db.prepare('DELETE FROM queues WHERE name = ?'),
    purge: db.prepare('DELETE FROM messages WHERE queue = ?'),
    expire: db.prepare('DELETE FROM messages WHERE queue = ? AND sent_at_ms < ?'),
    send: db.prepare(
      'INSERT INTO messages (queue, visible_at_ms, sent_at_ms, receives, record) VALUES (?, ?, ?, ?, ?)',
    ),
    visible: db.prepare(
      `SELECT number, record FROM messages WHERE queue = ? AND visible_at_ms <= ?
       ORDER BY visible_at_ms, number LIMIT ?`,
    ),
    received: db.prepare('UPDATE messages SET visible_at_ms = ?, receives = ?, record = ? WHERE number = ?'),
    inFlight: db.prepare(
      'SELECT 1 AS found FROM messages WHERE number = ? AND queue = ? AND receives = ? AND visible_at_ms > ?',
    ),
    show: db.prepare('UPDATE messages SET visible_at_ms = ? WHERE number = ?'),
    remove: db.prepare('DELETE FROM messages WHERE number = ? AND queue = ? AND receives = ?'),
    drop: db.prepare('DELETE FROM messages WHERE number = ?'),
    next: db.prepare('SELECT min(visible_at_ms) AS next FROM messages WHERE queue = ?'),
    counts: db.prepare(
      `SELECT count(*) FILTER (WHERE visible_at_ms <= ?1) AS visible,
              count(*) FILTER (WHERE visible_at_ms > ?1 AND receives > 0) AS in_flight,
              count(*) FILTER (WHERE visible_at_ms > ?1 AND receives = 0) AS delayed
       FROM messages WHERE queue = ?2`,
    ),
  };
  const parsed = <T>(row: Record<string, unknown> | undefined) =>
    row && (JSON.parse(row.record as string) as T);

  return {
    transaction: <T>(work: () => T): T => db.transaction(work),
    queue: (name: string) => parsed<Queue>(sql.queue.get(name)),
    queues: () => sql.queues.all().map((row) => parsed<Queue>(row)!),
    putQueue: (queue: Queue) => {
      sql.putQueue.run(queue.name, JSON.stringify(queue));
    },
    dropQueue: (name: string) => {
      sql.purge.run(name);
      sql.dropQueue.run(name);
    },
    purge: (name: string) => {
      sql.purge.run(name);
    },
    expire: (name: string, sentBeforeMs: number) => {
      sql.expire.run(name, sentBeforeMs);
    },
    send: (name: string, message: Message, visibleAtMs: number) => {
      sql.send.run(name, visibleAtMs, message.sentAtMs, message.receives, JSON.stringify(message));
    },
    visible: (name: string, nowMs: number, limit: number): StoredMessage[] =>
      sql.visible
        .all(name, nowMs, limit)
        .map((row) => ({ ...parsed<Message>(row)!, number: row.number as number })),
    /** Notes a delivery and hides the message until `visibleAtMs`. */
    received: ({ number, ...message }: StoredMessage, visibleAtMs: number) => {
      sql.received.run(visibleAtMs, message.receives, JSON.stringify(message), number);
    },
    /** Whether the delivery that a receipt stands for is still under way. */
    isInFlight: (name: string, number: number, receives: number, nowMs: number) =>
      sql.inFlight.get(number, name, receives, nowMs) !== undefined,
    show: (number: number, visibleAtMs: number) => {
      sql.show.run(visibleAtMs, number);
    },
    /** Removes the message if this was its latest delivery. */
    remove: (name: string, number: number, receives: number) => {
      sql.remove.run(number, name, receives);
    },
    drop: (number: number) => {
      sql.drop.run(number);
    },
    nextVisibleAtMs: (name: string) => (sql.next.get(name)?.next as number | null) ?? undefined,
    counts(name: string, nowMs: number) {
      const row = sql.counts.get(nowMs, name)!;
      return {
        visible: row.visible as number,
        inFlight: row.in_flight as number,
        delayed: row.delayed as number,
      };
    },
    close: () => db.close(),
  };
}
