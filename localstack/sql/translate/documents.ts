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
  /**
   * A column with what is made of the member of a document at DuckDB's path: two members of one path are made alike.
   * Undefined where `json` is no column of this FROM.
   */
  member(json: string, path: string, make: (member: Member) => string): string | undefined;
  /** The FROM with what the members asked for so far need. */
  readonly sql: string;
}

interface Document {
  readonly json: string;
  readonly types: string;
  readonly texts: string;
  readonly members: Map<string, { readonly value: string; readonly sql: string; readonly parts: string[] }>;
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
    const added: Document = { json, types: newColumn(), texts: newColumn(), members: new Map() };
    documents.push(added);
    return added;
  };
  return {
    member(json, path, make) {
      if (!alias || !from.fields.some((field) => field.sql === json)) return undefined;
      const { types, texts, members } = documentOf(json);
      const known = members.get(path);
      if (known) return `${alias}.${known.value}`;
      const [type, text, value] = [newColumn(), newColumn(), newColumn()];
      const sql = make({
        type: `${alias}.${type}`,
        text: `${alias}.${text}`,
        readable: `${alias}.${types} IS NOT NULL`,
      });
      const at = members.size + 1;
      members.set(path, { value, sql, parts: [`${types}[${at}] AS ${type}`, `${texts}[${at}] AS ${text}`] });
      return `${alias}.${value}`;
    },
    /** In three steps, so that a row's document is parsed, its lists are opened and a value is made once, however often it is used. */
    get sql() {
      if (documents.length === 0) return from.sql;
      const lists = documents.flatMap(({ json, types, texts, members }) => {
        const paths = `[${[...members.keys()].map(quoteText).join(', ')}]`;
        const read = (name: string) => `CASE WHEN json_valid(${json}) THEN ${name}(${json}, ${paths}) END`;
        return [`${read('json_type')} AS ${types}`, `${read('json_extract_string')} AS ${texts}`];
      });
      const members = documents.flatMap((document) => [...document.members.values()]);
      const parts = members.flatMap((member) => member.parts);
      const values = members.map(({ sql, value }) => `${sql} AS ${value}`);
      return [lists, parts, values].reduce(
        (relation, columns) => `(SELECT *, ${columns.join(', ')} FROM ${relation}) AS ${alias}`,
        from.sql,
      );
    },
  };
}
