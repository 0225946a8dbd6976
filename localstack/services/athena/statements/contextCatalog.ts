/**
 * What becomes of a statement whose QueryExecutionContext names a catalog that is not there: what reads or writes rows fails, each in
 * its own words, and what only asks or changes Glue is answered by Glue. Source: aoyagikouhei/athena-local,
 * docs/dev/measurements/statements.md, "Catalog of QueryExecutionContext that does not exist"
 */
import { type Outline, type Statement, tablesOf } from '../../../sql/index.ts';
import { OWN_CATALOG } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import type { Session } from '../session.ts';

/** @throws QueryFailure */
export function requireContextCatalog(session: Session, statement: Statement | Outline): void {
  const { contextCatalog: catalog } = session;
  if (catalog === OWN_CATALOG) return;
  switch (statement.kind) {
    case 'explain':
      if (statement.statement) requireContextCatalog(session, statement.statement);
      return;
    case 'query':
    case 'unload': {
      const query = 'query' in statement ? statement.query : undefined;
      // Where only the engine reads the query, it finds that out itself.
      if (!query || !('body' in query)) return;
      tablesOf(query, ({ name }) => {
        if (name.parts.length < 3)
          throw new QueryFailure('CATALOG_NOT_FOUND', `Catalog '${catalog}' does not exist`, name);
      });
      return;
    }
    case 'insert':
    case 'ctas':
      if (statement.name.parts.length < 3)
        throw new QueryFailure('NOT_FOUND', `Session property catalog does not exist: ${catalog}`);
      return;
    case 'update':
    case 'delete':
    case 'merge': {
      const { parts } = statement.name;
      if (parts.length < 3) {
        const name = [catalog, parts.at(-2) ?? session.database, parts.at(-1)].join('.').toLowerCase();
        throw new QueryFailure('TABLE_NOT_FOUND', `Table '${name}' does not exist`, {
          position: { line: 1, column: 1 },
        });
      }
    }
  }
}
