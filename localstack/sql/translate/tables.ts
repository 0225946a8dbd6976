/** Looks up every table that a statement names, views and their tables included, before anything is translated. */
import { SqlError } from '../errors.ts';
import type { ResolvedTable, TableName, TableResolver, TranslateOptions } from '../resolver.ts';
import { createCursor } from '../syntax/cursor.ts';
import { parseQuery } from '../syntax/query.ts';
import type { Expression, QualifiedName, Query } from '../syntax/tree.ts';
import { type NamedTable, tablesIn, tablesOf } from '../syntax/walk.ts';

export interface FoundTables {
  readonly byNode: Map<
    object,
    { readonly name: TableName; readonly table: ResolvedTable; readonly viewQuery?: Query }
  >;
  readonly names: TableName[];
}

const VIEW_DEPTH = 16;

/** `catalog.database.table`, `database.table$files`, `table`: lower case, with the session's database where none is written. */
export function tableName(name: QualifiedName, database?: string, version?: TableName['version']): TableName {
  const parts = name.parts.map((part) => part.toLowerCase());
  if (parts.length > 3)
    throw new SqlError('SYNTAX_ERROR', `Too many dots in table name: ${parts.join('.')}`, name.position);
  const [last = ''] = parts.slice(-1);
  const dollar = last.indexOf('$');
  const table = dollar > 0 ? last.slice(0, dollar) : last;
  const suffix = dollar > 0 ? last.slice(dollar) : undefined;
  return { catalog: parts.at(-3), database: parts.at(-2) ?? database, table, suffix, version };
}

export function createTableFinder(resolver: TableResolver, options: TranslateOptions) {
  const found: FoundTables = { byNode: new Map(), names: [] };

  async function addNode(node: NamedTable, database: string | undefined, depth: number): Promise<void> {
    const version =
      node.kind === 'table' && 'version' in node && node.version
        ? versionOf(node.version, options)
        : undefined;
    const name = tableName(node.name, database, version);
    const table = await located(node, () => resolver.resolve(name));
    found.names.push(name);
    if (!('view' in table)) {
      found.byNode.set(node, { name, table });
      return;
    }
    if (depth >= VIEW_DEPTH)
      throw new SqlError(
        'NOT_SUPPORTED',
        `The view ${name.table} is nested more than ${VIEW_DEPTH} deep, or refers to itself`,
        node.position,
      );
    const viewQuery = parseQuery(createCursor(table.view));
    found.byNode.set(node, { name, table, viewQuery });
    await addQuery(viewQuery, table.database ?? database, depth + 1);
  }

  async function addAll(
    nodes: readonly NamedTable[],
    database: string | undefined,
    depth: number,
  ): Promise<void> {
    for (const node of nodes) await addNode(node, database, depth);
  }

  async function addQuery(query: Query, database = options.database, depth = 0): Promise<void> {
    const nodes: NamedTable[] = [];
    tablesOf(query, (node) => nodes.push(node));
    await addAll(nodes, database, depth);
  }

  async function addPart(part: Parameters<typeof tablesIn>[0]): Promise<void> {
    const nodes: NamedTable[] = [];
    tablesIn(part, (node) => nodes.push(node));
    await addAll(nodes, options.database, 0);
  }

  return { found, addQuery, addPart };
}

/** Gives a resolver's refusal the place in the statement. */
async function located<T>(node: NamedTable, resolve: () => Promise<T>): Promise<T> {
  try {
    return await resolve();
  } catch (cause) {
    if (cause instanceof SqlError && cause.line === undefined)
      throw new SqlError(cause.code, cause.message, node.position, { cause });
    throw cause;
  }
}

/** The instant or snapshot of `FOR … AS OF`: a literal, or the session's now less an interval. */
function versionOf(
  version: NonNullable<Extract<NamedTable, { version?: unknown }>['version']>,
  options: TranslateOptions,
): TableName['version'] {
  const { expression } = version;
  if (version.kind === 'version') {
    if (expression.kind === 'integer') return { kind: 'version', id: BigInt(expression.value) };
    if (expression.kind === 'string') return { kind: 'version', id: expression.value };
    throw new SqlError(
      'NOT_VERIFIED',
      'a version that is not a literal is not in the verified list (docs/athena-sql.md)',
      expression.position,
    );
  }
  const at = new Date(instantMs(expression, options));
  if (at > options.session.now)
    throw new SqlError(
      'INVALID_ARGUMENTS',
      `Pointer value '${instantText(expression, at)}' is not in the past`,
      version.position,
    );
  return { kind: 'timestamp', at };
}

/** As Trino prints it: a literal with the digits it has, what is computed in milliseconds. */
function instantText(node: Expression, at: Date): string {
  const literal = node.kind === 'typed' && /^([\d-]+)(?:[ T]([\d:.]+))?\s*(UTC|Z)?$/i.exec(node.value.trim());
  if (!literal) return at.toISOString().replace('T', ' ').replace('Z', ' UTC');
  const [, date, time = '00:00:00', zone] = literal;
  return `${date} ${time}${zone ? ' UTC' : ''}`;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

function instantMs(node: Expression, options: TranslateOptions): number {
  if (node.kind === 'current' && node.what === 'timestamp') return options.session.now.getTime();
  if (node.kind === 'call' && node.name === 'now') return options.session.now.getTime();
  if (node.kind === 'typed' && node.type.name === 'timestamp') {
    const text = node.value
      .trim()
      .replace(/\s*UTC$|Z$/i, '')
      .replace(' ', 'T');
    const ms = Date.parse(`${text.length === 10 ? `${text}T00:00:00` : text}Z`);
    if (!Number.isNaN(ms)) return ms;
  }
  if (
    node.kind === 'binary' &&
    (node.operator === '-' || node.operator === '+') &&
    node.right.kind === 'interval'
  ) {
    const { value, unit, negative } = node.right;
    const size = UNIT_MS[unit];
    if (size !== undefined)
      return (
        instantMs(node.left, options) +
        (node.operator === '-' ? -1 : 1) * (negative ? -1 : 1) * Number(value) * size
      );
  }
  throw new SqlError(
    'NOT_VERIFIED',
    'a time to travel to that is not a literal in UTC, or now less an interval, is not in the verified list (docs/athena-sql.md)',
    node.position,
  );
}
