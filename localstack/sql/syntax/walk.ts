/** Walks over a tree: an expression's parts, and the tables that a query names. */
import type { Call, Expression, Query, QueryBody, Relation, TableReference } from './tree.ts';

const windowParts = (over: Call['over']): Expression[] =>
  over && !('reference' in over)
    ? [...over.partitionBy, ...over.orderBy.map(({ expression }) => expression)]
    : [];

/** The expressions directly inside one, sub-queries left out. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'dereference':
      return [node.base];
    case 'subscript':
      return [node.base, node.index];
    case 'call':
      return [
        ...node.arguments,
        ...node.orderBy.map(({ expression }) => expression),
        ...(node.filter ? [node.filter] : []),
        ...windowParts(node.over),
      ];
    case 'cast':
    case 'unary':
    case 'not':
    case 'is null':
    case 'extract':
    case 'in query':
    case 'quantified':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'logical':
      return node.terms;
    case 'between':
      return [node.operand, node.low, node.high];
    case 'in list':
      return [node.operand, ...node.values];
    case 'like':
      return [node.operand, node.pattern];
    case 'case':
      return [
        ...(node.operand ? [node.operand] : []),
        ...node.branches.flatMap(({ when, result }) => [when, result]),
        ...(node.otherwise ? [node.otherwise] : []),
      ];
    case 'row':
    case 'array':
      return node.items;
    case 'lambda':
      return [node.body];
    case 'at time zone':
      return [node.operand, node.zone];
    default:
      return [];
  }
}

/** Whether some part of the expression, sub-queries left out, satisfies the test. */
export const someParts = (node: Expression, test: (part: Expression) => boolean): boolean =>
  test(node) || partsOf(node).some((part) => someParts(part, test));

const subQuery = (node: Expression): Query | undefined =>
  node.kind === 'exists' ||
  node.kind === 'in query' ||
  node.kind === 'scalar query' ||
  node.kind === 'quantified'
    ? node.query
    : undefined;

export type NamedTable = TableReference | Extract<QueryBody, { kind: 'table' }>;

/** Calls back for every table a query names that is not one of its common tables. */
export function tablesOf(
  query: Query,
  found: (table: NamedTable) => void,
  commonTables: ReadonlySet<string> = new Set(),
): void {
  const known = new Set(commonTables);
  for (const common of query.with) {
    const name = common.name.name.toLowerCase();
    tablesOf(common.query, found, query.recursive ? new Set([...known, name]) : known);
    known.add(name);
  }
  const table = (node: NamedTable) => {
    if (node.name.parts.length > 1 || !known.has(node.name.parts[0]!.toLowerCase())) found(node);
  };
  const expression = (node: Expression | undefined): void => {
    if (!node) return;
    const inner = subQuery(node);
    if (inner) tablesOf(inner, found, known);
    for (const part of partsOf(node)) expression(part);
  };
  const relation = (node: Relation): void => {
    if (node.kind === 'table') table(node);
    else if (node.kind === 'subquery') tablesOf(node.query, found, known);
    else if (node.kind === 'alias' || node.kind === 'sample') relation(node.relation);
    else if (node.kind === 'unnest') node.expressions.forEach(expression);
    else {
      relation(node.left);
      relation(node.right);
      expression(node.on);
    }
  };
  const body = (node: QueryBody): void => {
    if (node.kind === 'table') table(node);
    else if (node.kind === 'nested') tablesOf(node.query, found, known);
    else if (node.kind === 'values') node.rows.forEach(expression);
    else if (node.kind === 'set') {
      body(node.left);
      body(node.right);
    } else {
      for (const item of node.items) expression(item.kind === 'expression' ? item.expression : item.base);
      if (node.from) relation(node.from);
      expression(node.where);
      expression(node.having);
      for (const element of node.groupBy?.elements ?? [])
        (element.kind === 'simple' ? element.expressions : element.sets.flat()).forEach(expression);
    }
  };
  body(query.body);
  for (const { expression: key } of query.orderBy) expression(key);
}

/** As `tablesOf`, for a relation or an expression outside a query. */
export function tablesIn(
  part: { relation: Relation } | { expression: Expression },
  found: (table: NamedTable) => void,
): void {
  const position = { line: 1, column: 1 };
  const star = { kind: 'star', position } as const;
  const body: QueryBody =
    'relation' in part
      ? { kind: 'select', distinct: false, items: [star], from: part.relation, windows: [], position }
      : {
          kind: 'select',
          distinct: false,
          items: [{ kind: 'expression', expression: part.expression }],
          windows: [],
          position,
        };
  tablesOf({ with: [], body, orderBy: [], withTies: false, position }, found);
}
