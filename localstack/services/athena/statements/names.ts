/** The table that a statement names, found in the catalog. */
import type { QualifiedName } from '../../../sql/index.ts';
import { OWN_CATALOG, type Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import type { Session } from '../session.ts';

export interface TableId {
  readonly database: string;
  readonly table: string;
}

/** @throws QueryFailure CATALOG_NOT_FOUND for any catalog but Glue's */
export function tableId(session: Session, name: QualifiedName): TableId {
  const parts = name.parts.map((part) => part.toLowerCase());
  const table = parts.at(-1)!;
  const database = parts.at(-2) ?? session.database;
  const catalog = parts.at(-3) ?? OWN_CATALOG;
  if (parts.length > 3)
    throw new QueryFailure('SYNTAX_ERROR', `Too many dots in table name: ${parts.join('.')}`, {
      position: name.position,
    });
  if (catalog !== OWN_CATALOG)
    throw new QueryFailure('CATALOG_NOT_FOUND', `Catalog '${catalog}' does not exist`, {
      position: name.position,
    });
  return { database, table };
}

/** How Hive's DDL says that a task failed: https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html */
export const ddlFailure = (detail: string, errorMessage?: string) =>
  new QueryFailure(
    '',
    `FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. ${detail}`,
    { type: 1006, errorMessage },
  );

/** The wording is Athena's own, plural left out. Source: as statements/types.ts */
export const tableExists = (table: string) =>
  ddlFailure(
    `AlreadyExistsException(message:Table ${table} already exist)`,
    `Table ${table} already exists.`,
  );

/** The AthenaError of an ALTER TABLE that is for Iceberg tables only. Source: as statements/types.ts */
export const notForHive = 'Query type not supported by DDL engine.';

/** What Athena says of DDL that it has for Hive tables only. Source: as statements/types.ts */
export const notForIceberg = () =>
  new QueryFailure('', 'Query type not supported by Athena Iceberg at this time', { type: 1200 });

export const semanticFailure = (code: number, detail: string) =>
  new QueryFailure('', `FAILED: SemanticException [Error ${code}]: ${detail}`);

/** @throws QueryFailure when the database is not in the catalog, in the words of Hive's DDL */
export async function requireDatabase(session: Session, name: string) {
  const database = await session.catalog.database(name);
  if (!database) throw semanticFailure(10072, `Database does not exist: ${name}`);
  return database;
}

/** @throws QueryFailure when there is no such table, in the words of Hive's DDL */
export async function requireTable(session: Session, name: QualifiedName): Promise<Table> {
  const { database, table } = tableId(session, name);
  const found = await session.catalog.table(database, table);
  if (found) return found;
  await requireDatabase(session, database);
  throw semanticFailure(10001, `Table not found ${database}.${table}`);
}
