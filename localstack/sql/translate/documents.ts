/** JSON text in a column that a SELECT reads several members of: it is parsed once a row, not once for each member. */
import { quoteName, quoteText } from '../types.ts';
import type { RelationSql, StatementContext } from './scope.ts';

/** What DuckDB says of the value at a path: `json_type`, and `json_extract_string`; both NULL where there is none. */
export interface Member {
  readonly type: string;
  readonly text: string;
  /** Whether the document is JSON at all. */
  readonly readable: string;
}

export interface Documents {
  /** A member of a document by DuckDB's path; undefined where `json` is no column of this FROM. */
  member(json: string, path: string): Member | undefined;
  /** The FROM with what the members asked for so far need. */
  readonly sql: string;
}

interface Document {
  readonly json: string;
  readonly types: string;
  readonly texts: string;
  readonly paths: string[];
}

export function readDocuments(from: RelationSql, statement: StatementContext): Documents {
  const { alias } = from;
  const documents: Document[] = [];
  const taken = new Set(from.fields.map((field) => field.sql.toLowerCase()));
  const newColumn = (): string => {
    const name = statement.nextAlias('json');
    return taken.has(`${alias}.${quoteName(name)}`) || taken.has(`${alias}.${name}`) ? newColumn() : name;
  };
  const documentOf = (json: string): Document => {
    const known = documents.find((document) => document.json === json);
    if (known) return known;
    const added: Document = { json, types: newColumn(), texts: newColumn(), paths: [] };
    documents.push(added);
    return added;
  };
  return {
    member(json, path) {
      if (!alias || !from.fields.some((field) => field.sql === json)) return undefined;
      const { types, texts, paths } = documentOf(json);
      const index = paths.includes(path) ? paths.indexOf(path) + 1 : paths.push(path);
      return {
        type: `${alias}.${types}[${index}]`,
        text: `${alias}.${texts}[${index}]`,
        readable: `${alias}.${types} IS NOT NULL`,
      };
    },
    get sql() {
      if (documents.length === 0) return from.sql;
      const columns = documents.flatMap(({ json, types, texts, paths }) => {
        const list = `[${paths.map(quoteText).join(', ')}]`;
        const read = (name: string) => `CASE WHEN json_valid(${json}) THEN ${name}(${json}, ${list}) END`;
        return [`${read('json_type')} AS ${types}`, `${read('json_extract_string')} AS ${texts}`];
      });
      return `(SELECT *, ${columns.join(', ')} FROM ${from.sql}) AS ${alias}`;
    },
  };
}
