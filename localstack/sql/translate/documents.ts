/** JSON text in a column that a SELECT reads several members of: it is parsed once a row, not once for each member. */
import type { JsonPath } from '../functions/jsonPath.ts';
import { quoteName, quoteText } from '../types.ts';
import type { RelationSql, StatementContext } from './scope.ts';

/** What DuckDB says of the value at a path, NULL where there is none. */
export interface Member {
  /** `json_extract_string`. */
  readonly text: string;
  /** `json_type`; undefined for a key of the document itself, of which one reading gives only the text. */
  readonly type?: string;
  /** Whether the document is JSON at all. */
  readonly readable: string;
}

export interface Documents {
  /**
   * A column with what is made of the member of a document at a path: two members of one path are made alike.
   * Undefined where `json` is not a column of this FROM.
   */
  member(json: string, path: JsonPath, make: (member: Member) => string): string | undefined;
  /** The FROM with what the members asked for so far need. */
  readonly sql: string;
}

interface Part {
  readonly value: string;
  readonly sql: string;
  readonly parts: readonly string[];
}

interface Document {
  readonly json: string;
  /** Of keys of the document: a struct of their texts, read in one go. */
  readonly struct: string;
  readonly keys: Map<string, Part>;
  /** Of longer paths: lists in the order of the paths. */
  readonly types: string;
  readonly texts: string;
  readonly paths: Map<string, Part>;
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
    const added: Document = {
      json,
      struct: newColumn(),
      keys: new Map(),
      types: newColumn(),
      texts: newColumn(),
      paths: new Map(),
    };
    documents.push(added);
    return added;
  };
  return {
    member(json, path, make) {
      if (!alias || !from.fields.some((field) => field.sql === json)) return undefined;
      const { struct, keys, types, texts, paths } = documentOf(json);
      // A struct's fields are told apart without regard to case.
      const isApart = (key: string) =>
        ![...keys.keys()].some((other) => other !== key && other.toLowerCase() === key.toLowerCase());
      const key = path.steps.length === 1 && path.lastKey && isApart(path.lastKey) ? path.lastKey : undefined;
      const [members, name] = key === undefined ? [paths, path.duck] : [keys, key];
      const known = members.get(name);
      if (known) return `${alias}.${known.value}`;
      const [text, value] = [newColumn(), newColumn()];
      if (key !== undefined) {
        const sql = make({ text: `${alias}.${text}`, readable: `${alias}.${struct} IS NOT NULL` });
        keys.set(key, { value, sql, parts: [`struct_extract(${struct}, ${quoteText(key)}) AS ${text}`] });
        return `${alias}.${value}`;
      }
      const type = newColumn();
      const at = paths.size + 1;
      const sql = make({
        text: `${alias}.${text}`,
        type: `${alias}.${type}`,
        readable: `${alias}.${types} IS NOT NULL`,
      });
      paths.set(name, {
        value,
        sql,
        parts: [`${types}[${at}] AS ${type}`, `${texts}[${at}] AS ${text}`],
      });
      return `${alias}.${value}`;
    },
    /** In three steps, so that a row's document is parsed, its lists are opened and a value is made once, however often it is used. */
    get sql() {
      if (documents.length === 0) return from.sql;
      const read = documents.flatMap(({ json, struct, keys, types, texts, paths }) => {
        const valid = (value: string) => `CASE WHEN json_valid(${json}) THEN ${value} END`;
        const wanted = Object.fromEntries([...keys.keys()].map((key) => [key, 'VARCHAR']));
        const list = `[${[...paths.keys()].map(quoteText).join(', ')}]`;
        return [
          ...(keys.size > 0
            ? [`${valid(`json_transform(${json}, ${quoteText(JSON.stringify(wanted))})`)} AS ${struct}`]
            : []),
          ...(paths.size > 0
            ? [
                `${valid(`json_type(${json}, ${list})`)} AS ${types}`,
                `${valid(`json_extract_string(${json}, ${list})`)} AS ${texts}`,
              ]
            : []),
        ];
      });
      const members = documents.flatMap(({ keys, paths }) => [...keys.values(), ...paths.values()]);
      const parts = members.flatMap((member) => member.parts);
      const values = members.map(({ sql, value }) => `${sql} AS ${value}`);
      return [read, parts, values].reduce(
        (relation, columns) => `(SELECT *, ${columns.join(', ')} FROM ${relation}) AS ${alias}`,
        from.sql,
      );
    },
  };
}
