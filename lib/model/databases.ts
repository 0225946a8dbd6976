/**
 * The Glue databases of a lake with a prefix of its own. Models and people name them `<study>_<zone>`; only what goes to Athena
 * and Glue carries the prefix, so that two lakes in one account and region do not share a database.
 */
import { databaseOf, ownDatabase, zones } from './layout.ts';
import { tokenize } from './sql/tokens.ts';

export interface Databases {
  /** `shop_gold` → `beta_shop_gold`; a database of no study of the lake stays as it is. */
  readonly own: (database: string) => string;
  /** A statement with every qualified name of a study's database in the lake's own. */
  readonly ownIn: (sql: string) => string;
  /** The other way: a statement that Athena or Glue keeps, as the models name its databases. */
  readonly modelsIn: (sql: string) => string;
}

export function databasesOf(prefix: string, studies: readonly string[]): Databases {
  const names = new Map(
    studies
      .flatMap((study) => zones.map((zone) => databaseOf(study, zone)))
      .map((name): [string, string] => [name, ownDatabase(prefix, name)])
      .filter(([name, own]) => name !== own),
  );
  const own = (database: string) => names.get(database.toLowerCase()) ?? database;
  const models = new Map([...names].map(([name, ownName]) => [ownName, name]));
  return {
    own,
    ownIn: (sql) => renamed(sql, names),
    modelsIn: (sql) => renamed(sql, models),
  };
}

function renamed(sql: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return sql;
  const tokens = tokenize(sql, { lenient: true });
  let result = '';
  let at = 0;
  tokens.forEach(({ kind, text, value, start, end }, index) => {
    const isQualifier = (kind === 'word' || kind === 'quoted') && tokens[index + 1]?.text === '.';
    const name = names.get(value.toLowerCase());
    if (!isQualifier || tokens[index - 1]?.text === '.' || name === undefined) return;
    const quote = kind === 'quoted' ? text[0] : '';
    result += `${sql.slice(at, start)}${quote}${name}${quote}`;
    at = end;
  });
  return result + sql.slice(at);
}

interface Input {
  readonly QueryString?: string;
  readonly QueryExecutionContext?: { readonly Database?: string };
  readonly DatabaseName?: string;
}

/** What of an SDK client is needed here. */
interface Client {
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: the middleware's types differ from client to client.
      middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>,
      options: { readonly step: 'initialize'; readonly name: string; readonly override: true },
    ): void;
  };
}

/** Makes a client of Athena or Glue name the lake's own databases in whatever it asks for. */
export function useOwnDatabases({ middlewareStack }: Client, { own, ownIn }: Databases): void {
  const owned = (input: Input) => ({
    ...input,
    ...(input.QueryString !== undefined && { QueryString: ownIn(input.QueryString) }),
    ...(input.QueryExecutionContext?.Database && {
      QueryExecutionContext: {
        ...input.QueryExecutionContext,
        Database: own(input.QueryExecutionContext.Database),
      },
    }),
    ...(input.DatabaseName !== undefined && { DatabaseName: own(input.DatabaseName) }),
  });
  middlewareStack.add((next) => (args) => next({ ...args, input: owned(args.input) }), {
    step: 'initialize',
    name: 'ownDatabases',
    override: true,
  });
}
