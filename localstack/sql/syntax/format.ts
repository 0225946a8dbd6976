/**
 * Writes a query as Trino does (io.trino.sql.SqlFormatter, release 476), which is how Athena keeps the queries of views. Names
 * stay as they were written, quotes included.
 */
import { javaDigits, limitDigits } from '../engine/javaDigits.ts';
import type { Position } from '../errors.ts';
import { createCursor } from './cursor.ts';
import { parseQuery } from './query.ts';
import { type Token, tokenize } from './tokens.ts';
import type {
  Call,
  Case,
  Expression,
  Frame,
  FrameBound,
  GroupBy,
  GroupElement,
  Identifier,
  Query,
  QueryBody,
  Relation,
  Select,
  SelectItem,
  SortItem,
  TypeName,
  Window,
} from './tree.ts';

/**
 * @param decimalLiterals what `1.5` is: Athena keeps it as the double `1.5E0`, Trino as `DECIMAL '1.5'`
 * @throws SqlError when the text is not a query
 */
export function formatQuery(text: string, decimalLiterals: 'double' | 'decimal' = 'double'): string {
  const cursor = createCursor(text);
  const parsed = parseQuery(cursor);
  if (cursor.peek().type !== 'end') cursor.fail('<EOF>');
  return query({ ...sourceOf(text), decimalLiterals }, parsed, 0).trimEnd();
}

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const quotedName = (name: string) => (PLAIN_NAME.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
const quotedText = (text: string) => `'${text.replaceAll("'", "''")}'`;
const indentation = (depth: number) => '   '.repeat(depth);

/** Java's DecimalFormat `0.###################E0###`. */
function doubleText(text: string): string {
  const value = Number(text);
  if (value === 0) return '0E0';
  const { digits, exponent } = limitDigits(javaDigits(value), 20);
  const rest = digits.slice(1).replace(/0+$/, '');
  return `${digits[0]}${rest === '' ? '' : `.${rest}`}E${exponent}`;
}

/** Functions that Trino's grammar has a form of its own for. */
const OWN_FORMS: Readonly<Record<string, string>> = {
  coalesce: 'COALESCE',
  if: 'IF',
  normalize: '"normalize"',
  nullif: 'NULLIF',
  try: 'TRY',
};

const CURRENT: Readonly<Record<string, string>> = {
  date: 'current_date',
  timestamp: 'current_timestamp',
  localtimestamp: 'localtimestamp',
  user: 'CURRENT_USER',
};

const JOINS: Readonly<Record<string, string>> = {
  cross: 'CROSS',
  inner: 'INNER',
  left: 'LEFT',
  right: 'RIGHT',
  full: 'FULL',
};

const BOUNDS: Readonly<Record<string, string>> = {
  'unbounded preceding': 'UNBOUNDED PRECEDING',
  'unbounded following': 'UNBOUNDED FOLLOWING',
  'current row': 'CURRENT ROW',
};

/** The text that a tree was made of: names are taken from it as they were written. */
interface Source {
  readonly tokens: readonly Token[];
  readonly indexes: ReadonlyMap<string, number>;
  readonly decimalLiterals: 'double' | 'decimal';
}

function sourceOf(text: string): Omit<Source, 'decimalLiterals'> {
  const tokens = tokenize(text);
  return { tokens, indexes: new Map(tokens.map((token, index) => [placeOf(token), index])) };
}

const placeOf = ({ line, column }: Position) => `${line}:${column}`;
const indexAt = ({ indexes }: Source, position: Position) => indexes.get(placeOf(position))!;
const tokenAt = (source: Source, position: Position) => source.tokens[indexAt(source, position)]!;

const identifier = (source: Source, { position }: Identifier) => tokenAt(source, position).text;
/** Names with points between them, from their first. */
const dotted = (source: Source, place: { line: number; column: number }, count: number) =>
  Array.from({ length: count }, (_, at) => source.tokens[indexAt(source, place) + 2 * at]!.text).join('.');
const list = (source: Source, nodes: readonly Expression[]) =>
  nodes.map((each) => expression(source, each)).join(', ');
const columns = (source: Source, names: readonly Identifier[] | undefined) =>
  names ? ` (${names.map((each) => identifier(source, each)).join(', ')})` : '';

function type(source: Source, name: TypeName): string {
  if (name.name.startsWith('interval')) return name.name.toUpperCase();
  const written = tokenAt(source, name.position).text;
  if (name.name === 'row')
    return `ROW(${name.arguments.map((inner, at) => `${name.fieldNames?.[at] === undefined ? '' : `${quotedName(name.fieldNames[at])} `}${type(source, inner as TypeName)}`).join(', ')})`;
  const inside = name.arguments.map((inner) =>
    typeof inner === 'number' ? String(inner) : type(source, inner),
  );
  const [base, ...zone] = name.name.startsWith('time') ? name.name.split(' ') : [written];
  return `${base}${inside.length > 0 ? `(${inside.join(', ')})` : ''}${zone.length > 0 ? ` ${zone.join(' ')}` : ''}`;
}

/** Of a literal, as it was written. */
const literalType = (source: Source, name: TypeName) =>
  name.name === 'decimal'
    ? 'DECIMAL'
    : name.arguments.length > 0
      ? type(source, name)
      : tokenAt(source, name.position).text;

const fetched = (source: Source, limit: Expression) =>
  tokenAt(source, limit.position).type === 'word' ? 'ROW' : `${expression(source, limit)} ROWS`;

function sortItem(
  source: Source,
  { expression: sorted, descending, nullsFirst, placesNulls }: SortItem,
): string {
  const nulls = placesNulls ? ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}` : '';
  return `${expression(source, sorted)} ${descending ? 'DESC' : 'ASC'}${nulls}`;
}
const orderBy = (source: Source, items: readonly SortItem[]) =>
  `ORDER BY ${items.map((each) => sortItem(source, each)).join(', ')}`;

const bound = (source: Source, one: FrameBound): string =>
  'value' in one ? `${expression(source, one.value)} ${one.kind.toUpperCase()}` : BOUNDS[one.kind]!;
const frame = (source: Source, { unit, start, end }: Frame) =>
  end
    ? `${unit.toUpperCase()} BETWEEN ${bound(source, start)} AND ${bound(source, end)}`
    : `${unit.toUpperCase()} ${bound(source, start)}`;

const window = (source: Source, one: Window) =>
  [
    ...(one.base === undefined ? [] : [quotedName(one.base)]),
    ...(one.partitionBy.length > 0 ? [`PARTITION BY ${list(source, one.partitionBy)}`] : []),
    ...(one.orderBy.length > 0 ? [orderBy(source, one.orderBy)] : []),
    ...(one.frame ? [frame(source, one.frame)] : []),
  ].join(' ');

function call(source: Source, node: Call): string {
  const written = tokenAt(source, node.position);
  // A form with keywords has another name than it is written with.
  const name = OWN_FORMS[node.name] ?? (written.value.toLowerCase() === node.name ? written.text : node.name);
  if (node.name === 'listagg') return listagg(source, node);
  if (written.value === 'TRIM') return trim(source, node, written);
  if (written.value === 'SUBSTRING' && hasFrom(source, written))
    return `substr(${list(source, node.arguments)})`;
  if (written.value === 'GROUPING') return `GROUPING (${list(source, node.arguments)})`;
  const inside = node.star
    ? '*'
    : `${node.distinct ? 'DISTINCT ' : ''}${list(source, node.arguments)}${node.orderBy.length > 0 ? ` ${orderBy(source, node.orderBy)}` : ''}`;
  const nulls = node.nulls ? ` ${node.nulls.toUpperCase()} NULLS` : '';
  const filter = node.filter ? ` FILTER (WHERE ${expression(source, node.filter)})` : '';
  const { over } = node;
  const windowed = !over
    ? ''
    : 'reference' in over
      ? ` OVER ${quotedName(over.reference)}`
      : ` OVER (${window(source, over)})`;
  return `${name}(${inside})${filter}${nulls}${windowed}`;
}

/** Whether the word FROM is among a call's own arguments. */
function hasFrom(source: Source, name: Token): boolean {
  let depth = 0;
  for (const { type: kind, value } of source.tokens.slice(source.tokens.indexOf(name) + 1)) {
    if (kind === 'operator' && value === '(') depth++;
    else if (kind === 'operator' && value === ')') depth--;
    else if (depth === 1 && kind === 'word' && value === 'FROM') return true;
    if (depth === 0) return false;
  }
  return false;
}

function trim(source: Source, { arguments: [trimmed, characters] }: Call, written: Token): string {
  const side = source.tokens[source.tokens.indexOf(written) + 2]!.value;
  const from = side === 'LEADING' || side === 'TRAILING' ? side : 'BOTH';
  return `trim(${from}${characters ? ` ${expression(source, characters)}` : ''} FROM ${expression(source, trimmed!)})`;
}

function listagg(source: Source, node: Call): string {
  const separator = node.arguments.length === 1 ? ", ''" : '';
  const inside = `${node.distinct ? 'DISTINCT ' : ''}${list(source, node.arguments)}${separator}`;
  const filter = node.filter ? ` FILTER (WHERE ${expression(source, node.filter)})` : '';
  return `LISTAGG(${inside} ON OVERFLOW  ERROR) WITHIN GROUP (${orderBy(source, node.orderBy)})${filter}`;
}

/** Elements of arrays are written as if they stood alone, where a row has no blank. */
const standalone = (source: Source, node: Expression): string =>
  node.kind === 'row'
    ? `ROW(${node.items.map((each) => standalone(source, each)).join(', ')})`
    : expression(source, node);

/** How many names a reference has, if it is nothing but names. */
function chain(node: Expression): number | undefined {
  if (node.kind === 'column') return 1;
  const inner = node.kind === 'dereference' ? chain(node.base) : undefined;
  return inner === undefined ? undefined : inner + 1;
}

function expression(source: Source, node: Expression): string {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(node.value);
    case 'integer':
      return tokenAt(source, node.position).text;
    case 'decimal':
      return source.decimalLiterals === 'decimal' ? `DECIMAL '${node.value}'` : doubleText(node.value);
    case 'double':
      return doubleText(node.value);
    case 'string':
      return quotedText(node.value);
    case 'bytes':
      return `X'${node.hex}'`;
    case 'typed':
      return `${literalType(source, node.type)} ${quotedText(node.value)}`;
    case 'interval':
      return `INTERVAL ${node.negative ? '-' : ''}${quotedText(node.value)} ${node.unit.toUpperCase()}${node.to ? ` TO ${node.to.toUpperCase()}` : ''}`;
    case 'parameter':
      return '?';
    case 'column':
      return tokenAt(source, node.position).text;
    case 'dereference': {
      const length = chain(node);
      return length === undefined
        ? `${expression(source, node.base)}.${quotedName(node.field)}`
        : dotted(source, node.position, length);
    }
    case 'subscript':
      return `${standalone(source, node.base)}[${standalone(source, node.index)}]`;
    case 'call':
      return call(source, node);
    case 'cast':
      return `${node.safe ? 'TRY_CAST' : 'CAST'}(${expression(source, node.operand)} AS ${type(source, node.type)})`;
    case 'lambda':
      return `(${node.parameters.map(quotedName).join(', ')}) -> ${expression(source, node.body)}`;
    case 'extract':
      return `EXTRACT(${node.field.toUpperCase()} FROM ${expression(source, node.operand)})`;
    case 'at time zone':
      return `${expression(source, node.operand)} AT TIME ZONE ${expression(source, node.zone)}`;
    case 'current':
      return `${CURRENT[node.what]}${node.precision === undefined ? '' : `(${node.precision})`}`;
    case 'row':
      return `ROW (${list(source, node.items)})`;
    case 'array':
      return `ARRAY[${node.items.map((each) => standalone(source, each)).join(',')}]`;
    default:
      return condition(source, node);
  }
}

function cased(source: Source, { operand, branches, otherwise }: Case): string {
  const chosen = branches.map(
    ({ when, result }) => `WHEN ${expression(source, when)} THEN ${expression(source, result)} `,
  );
  const subject = operand ? `${expression(source, operand)} ` : '';
  return `(CASE ${subject}${chosen.join('')}${otherwise ? `ELSE ${expression(source, otherwise)} ` : ''}END)`;
}

/** Operators, tests and sub-queries: each in parentheses. */
function condition(
  source: Source,
  node: Extract<
    Expression,
    {
      kind:
        | 'unary'
        | 'binary'
        | 'logical'
        | 'not'
        | 'is null'
        | 'between'
        | 'in list'
        | 'in query'
        | 'like'
        | 'exists'
        | 'scalar query'
        | 'quantified'
        | 'case';
    }
  >,
): string {
  const inner = (within: Query) => `(${query(source, within, 0)})`;
  switch (node.kind) {
    case 'unary':
      return node.operator === '+' || ['integer', 'decimal', 'double'].includes(node.operand.kind)
        ? `${node.operator}${expression(source, node.operand)}`
        : `-(${expression(source, node.operand)})`;
    case 'binary':
      if (node.operator === '||')
        return `concat(${expression(source, node.left)}, ${expression(source, node.right)})`;
      if (node.operator === 'is distinct' || node.operator === 'is not distinct') {
        const test = `(${expression(source, node.left)} IS DISTINCT FROM ${expression(source, node.right)})`;
        return node.operator === 'is distinct' ? test : `(NOT ${test})`;
      }
      return `(${expression(source, node.left)} ${node.operator} ${expression(source, node.right)})`;
    case 'logical':
      return `(${node.terms.map((each) => expression(source, each)).join(` ${node.operator.toUpperCase()} `)})`;
    case 'not':
      if (node.operand.kind === 'is null' && tokenAt(source, node.position).value !== 'NOT')
        return `(${expression(source, node.operand.operand)} IS NOT NULL)`;
      return `(NOT ${expression(source, node.operand)})`;
    case 'is null':
      return `(${expression(source, node.operand)} IS NULL)`;
    case 'between':
      return `(${expression(source, node.operand)} BETWEEN ${expression(source, node.low)} AND ${expression(source, node.high)})`;
    case 'in list':
      return `(${expression(source, node.operand)} IN (${list(source, node.values)}))`;
    case 'in query':
      return `(${expression(source, node.operand)} IN ${inner(node.query)})`;
    case 'like':
      return `(${expression(source, node.operand)} LIKE ${expression(source, node.pattern)}${node.escape ? ` ESCAPE ${expression(source, node.escape)}` : ''})`;
    case 'exists':
      return `(EXISTS ${inner(node.query)})`;
    case 'scalar query':
      return inner(node.query);
    case 'quantified':
      return `(${expression(source, node.operand)} ${node.operator} ${node.quantifier.toUpperCase()} ${inner(node.query)})`;
    case 'case':
      return cased(source, node);
  }
}

function query(source: Source, node: Query, depth: number): string {
  const indent = indentation(depth);
  const common = node.with.map(
    ({ name, columns: names, query: inner }) =>
      `${indent}${identifier(source, name)}${columns(source, names)} AS ${subquery(source, inner, depth)}\n`,
  );
  const { limit } = node;
  return [
    common.length > 0 ? `${indent}WITH${node.recursive ? ' RECURSIVE' : ''}\n  ${common.join(', ')}` : '',
    body(source, node.body, depth),
    node.orderBy.length > 0 ? `${indent}${orderBy(source, node.orderBy)}\n` : '',
    node.offset ? `${indent}OFFSET ${expression(source, node.offset)} ROWS\n` : '',
    limit === undefined
      ? ''
      : node.isFetch
        ? `${indent}FETCH FIRST ${fetched(source, limit as Expression)} ${node.withTies ? 'WITH TIES' : 'ONLY'}\n`
        : `${indent}LIMIT ${limit === 'all' ? 'ALL' : expression(source, limit)}\n`,
  ].join('');
}

const subquery = (source: Source, inner: Query, depth: number) =>
  `(\n${query(source, inner, depth + 1)}${indentation(depth)}) `;

function body(source: Source, node: QueryBody, depth: number): string {
  switch (node.kind) {
    case 'select':
      return select(source, node, depth);
    case 'values':
      return ` VALUES ${node.rows.map((row, at) => `\n${indentation(depth)}${at === 0 ? '  ' : ', '}${expression(source, row)}`).join('')}\n`;
    case 'table':
      return `TABLE ${dotted(source, node.name.position, node.name.parts.length)}\n`;
    case 'nested':
      return subquery(source, node.query, depth);
    case 'set':
      return `${body(source, node.left, depth)}${node.operator.toUpperCase()} ${node.all ? 'ALL ' : ''}${body(source, node.right, depth)}`;
  }
}

function select(source: Source, node: Select, depth: number): string {
  const indent = indentation(depth);
  const items = node.items.map((each) => selectItem(source, each));
  const shown =
    items.length === 1
      ? ` ${items[0]}`
      : items.map((item, at) => `\n${indent}${at === 0 ? '  ' : ', '}${item}`).join('');
  const windows = node.windows.map(
    ({ name, window: one }) => `${quotedName(name)} AS (${window(source, one)})`,
  );
  return [
    `${indent}SELECT${node.distinct ? ' DISTINCT' : ''}${shown}\n`,
    node.from ? `${indent}FROM\n${indent}  ${relation(source, node.from, depth)}` : '',
    '\n',
    node.where ? `${indent}WHERE ${expression(source, node.where)}\n` : '',
    node.groupBy ? `${indent}GROUP BY ${groupBy(source, node.groupBy)}\n` : '',
    node.having ? `${indent}HAVING ${expression(source, node.having)}\n` : '',
    windows.length === 1 ? `${indent}WINDOW ${windows[0]}\n` : '',
    windows.length > 1 ? `${indent}WINDOW\n${windows.map((one) => `${indent}   ${one}`).join(',\n')}\n` : '',
  ].join('');
}

function selectItem(source: Source, item: SelectItem): string {
  if (item.kind === 'expression')
    return `${expression(source, item.expression)}${item.alias ? ` ${identifier(source, item.alias)}` : ''}`;
  const of = item.base ? `${expression(source, item.base)}.*` : '*';
  return item.aliases ? `${of} AS${columns(source, item.aliases)}` : of;
}

const groupBy = (source: Source, { distinct, elements }: GroupBy) =>
  `${distinct ? ' DISTINCT ' : ''}${elements.map((each) => groupElement(source, each)).join(', ')}`;

function groupElement(source: Source, element: GroupElement): string {
  if (element.kind === 'simple')
    return element.expressions.length === 1
      ? expression(source, element.expressions[0]!)
      : `(${list(source, element.expressions)})`;
  const sets = element.sets.map((set) => `(${list(source, set)})`);
  const word = { sets: 'GROUPING SETS', rollup: 'ROLLUP', cube: 'CUBE' }[element.kind];
  return `${word} (${sets.join(', ')})`;
}

const sampled = (source: Source, node: Relation, depth: number) =>
  node.kind === 'table'
    ? relation(source, node, depth)
    : `( ${relation(source, node, depth + 1)}${indentation(depth)})`;

function relation(source: Source, node: Relation, depth: number): string {
  const indent = indentation(depth);
  switch (node.kind) {
    case 'table': {
      const { version } = node;
      const name = dotted(source, node.name.position, node.name.parts.length);
      return version
        ? `${name} FOR ${version.kind.toUpperCase()} AS OF ${expression(source, version.expression)}`
        : name;
    }
    case 'subquery':
      return node.lateral
        ? `LATERAL (${query(source, node.query, depth + 1)}${indent})`
        : subquery(source, node.query, depth);
    case 'unnest':
      return `UNNEST(${list(source, node.expressions)})${node.ordinality ? ' WITH ORDINALITY' : ''}`;
    case 'alias':
      return `${relation(source, node.relation, depth)} ${identifier(source, node.alias)}${columns(source, node.columns)}`;
    case 'sample':
      return `${sampled(source, node.relation, depth)} TABLESAMPLE ${node.method.toUpperCase()} (${expression(source, node.percentage)})`;
    case 'join': {
      const [left, right] = [relation(source, node.left, depth), relation(source, node.right, depth)];
      if (node.isImplicit) return `${left}\n${indent}, ${right}`;
      const criteria = node.on
        ? ` ON ${expression(source, node.on)}`
        : node.using
          ? ` USING (${node.using.map((each) => identifier(source, each)).join(', ')})`
          : '';
      return `(${left}\n${indent}${JOINS[node.type]} JOIN ${right}${criteria})`;
    }
  }
}
