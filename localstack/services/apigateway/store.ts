/** HTTP APIs with their routes, integrations and stages on SQLite. */
import { join } from 'node:path';
import { openDatabase } from '../../core/database.ts';

export interface Cors {
  readonly AllowOrigins?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowHeaders?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly AllowCredentials?: boolean;
  readonly MaxAge?: number;
}

export interface Route {
  readonly id: string;
  /** `GET /orders/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly key: string;
  readonly integrationId: string;
  readonly authorization: 'NONE' | 'AWS_IAM';
}

export interface Integration {
  readonly id: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
}

export interface Api {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly cors?: Cors;
  readonly createdAtMs: number;
  readonly routes: readonly Route[];
  readonly integrations: readonly Integration[];
  readonly stages: readonly string[];
}

export type Store = ReturnType<typeof openStore>;

export function openStore(folder: string) {
  const db = openDatabase(join(folder, 'apigateway.sqlite'));
  db.exec('CREATE TABLE IF NOT EXISTS apis (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;');
  const sql = {
    apis: db.prepare('SELECT record FROM apis ORDER BY id'),
    put: db.prepare('INSERT OR REPLACE INTO apis VALUES (?, ?)'),
    drop: db.prepare('DELETE FROM apis WHERE id = ?'),
  };
  // Looked at on every request, so kept in memory as well.
  const apis = new Map<string, Api>();
  for (const row of sql.apis.all()) {
    const api = JSON.parse(row.record as string) as Api;
    apis.set(api.id, api);
  }
  return {
    api: (id: string) => apis.get(id),
    apis: () => [...apis.values()],
    putApi: (api: Api) => {
      sql.put.run(api.id, JSON.stringify(api));
      apis.set(api.id, api);
    },
    dropApi: (id: string) => {
      sql.drop.run(id);
      apis.delete(id);
    },
    close: () => db.close(),
  };
}
