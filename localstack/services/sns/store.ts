/** Topics and subscriptions on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS topics (arn TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS subscriptions (arn TEXT PRIMARY KEY, topic TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
`;

export type Store = ReturnType<typeof openStore>;

export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'sns.sqlite'));
  db.exec(SCHEMA);
  const sql = {
    topic: db.prepare('SELECT record FROM topics WHERE arn = ?'),
    topics: db.prepare('SELECT record FROM topics ORDER BY arn'),
    putTopic: db.prepare('INSERT OR REPLACE INTO topics VALUES (?, ?)'),
    dropTopic: db.prepare('DELETE FROM topics WHERE arn = ?'),
    dropSubscriptions: db.prepare('DELETE FROM subscriptions WHERE topic = ?'),
    subscription: db.prepare('SELECT record FROM subscriptions WHERE arn = ?'),
    subscriptions: db.prepare('SELECT record FROM subscriptions WHERE ?1 IS NULL OR topic = ?1 ORDER BY arn'),
    putSubscription: db.prepare('INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?)'),
    dropSubscription: db.prepare('DELETE FROM subscriptions WHERE arn = ?'),
  };
  const parsed = <T>(row: Record<string, unknown> | undefined) =>
    row && (JSON.parse(row.record as string) as T);
  return {
    topic: (arn: string) => parsed<Topic>(sql.topic.get(arn)),
    topics: () => sql.topics.all().map((row) => parsed<Topic>(row)!),
    putTopic: (topic: Topic) => {
      sql.putTopic.run(topic.arn, JSON.stringify(topic));
    },
    dropTopic: (arn: string) => {
      sql.dropSubscriptions.run(arn);
      sql.dropTopic.run(arn);
    },
    subscription: (arn: string) => parsed<Subscription>(sql.subscription.get(arn)),
    subscriptions: (topicArn?: string) =>
      sql.subscriptions.all(topicArn ?? null).map((row) => parsed<Subscription>(row)!),
    putSubscription: (subscription: Subscription) => {
      sql.putSubscription.run(subscription.arn, subscription.topicArn, JSON.stringify(subscription));
    },
    dropSubscription: (arn: string) => {
      sql.dropSubscription.run(arn);
    },
    close: () => db.close(),
  };
}
