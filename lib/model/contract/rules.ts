/**
 * The rules that a table's rows are held to: those its contract states in `quality`, and those that follow from its
 * columns (required, ranges, patterns). Row rules become boolean SQL over the stage's columns, true for a bad row.
 */

import { literal, quoteName, quoteText } from '../sql/write.ts';
import type { Column, Contract, Operators, QualityRule, Severity } from './contract.ts';

export interface RowRule {
  readonly name: string;
  readonly column?: string;
  readonly dimension: string;
  readonly severity: Severity;
  readonly description: string;
  /** SQL that is true for a row that breaks the rule. */
  readonly broken: string;
  readonly unit: 'rows' | 'percent';
  readonly operators: Operators;
}

/** What a rule counts when it looks at the whole table. */
export type TableMeasure =
  | { readonly kind: 'rowCount' }
  | { readonly kind: 'duplicates'; readonly columns: readonly string[] }
  | { readonly kind: 'query'; readonly query: string };

export interface TableRule extends Omit<RowRule, 'broken'> {
  readonly measure: TableMeasure;
}

const operatorsOf = (rule: Operators): Operators => ({
  ...(rule.mustBe !== undefined && { mustBe: rule.mustBe }),
  ...(rule.mustNotBe !== undefined && { mustNotBe: rule.mustNotBe }),
  ...(rule.mustBeGreaterThan !== undefined && { mustBeGreaterThan: rule.mustBeGreaterThan }),
  ...(rule.mustBeGreaterOrEqualTo !== undefined && { mustBeGreaterOrEqualTo: rule.mustBeGreaterOrEqualTo }),
  ...(rule.mustBeLessThan !== undefined && { mustBeLessThan: rule.mustBeLessThan }),
  ...(rule.mustBeLessOrEqualTo !== undefined && { mustBeLessOrEqualTo: rule.mustBeLessOrEqualTo }),
  ...(rule.mustBeBetween !== undefined && { mustBeBetween: rule.mustBeBetween }),
  ...(rule.mustNotBeBetween !== undefined && { mustNotBeBetween: rule.mustNotBeBetween }),
});

const comparisons: Readonly<Record<string, string>> = {
  minimum: '<',
  maximum: '>',
  exclusiveMinimum: '<=',
  exclusiveMaximum: '>=',
};

/** A bound as a literal of the column's type; whole numbers of decimals and doubles need no more than their digits. */
function bound(column: Column, value: unknown): string {
  if (column.logicalType === 'timestamp')
    return literal('timestamp', String(value).replace('T', ' ').replace(/Z$/, ''));
  if (column.logicalType === 'date') return literal('date', String(value));
  return literal(Number.isInteger(value) ? 'bigint' : 'decimal(38,10)', String(value));
}

/** SQL for the values that an option forbids; undefined for options that say nothing about a value in a table. */
function optionBroken(column: Column, option: string, value: unknown): string | undefined {
  const name = quoteName(column.name);
  const comparison = comparisons[option];
  if (comparison) return `${name} ${comparison} ${bound(column, value)}`;
  switch (option) {
    case 'minLength':
      return `length(${name}) < ${Number(value)}`;
    case 'maxLength':
      return `length(${name}) > ${Number(value)}`;
    case 'pattern':
      return `NOT regexp_like(${name}, ${quoteText(String(value))})`;
    case 'multipleOf':
      return `mod(${name}, ${bound(column, value)}) <> 0`;
    case 'minItems':
      return `cardinality(${name}) < ${Number(value)}`;
    case 'maxItems':
      return `cardinality(${name}) > ${Number(value)}`;
    default:
      return undefined;
  }
}

const mustBeZero: Operators = { mustBe: 0 };

/** Rules that follow from the columns. A row that breaks one is refused; only a rule that says so stops a table. */
function impliedRules(contract: Contract): RowRule[] {
  const shared = { severity: 'refuse', unit: 'rows', operators: mustBeZero } as const;
  return contract.columns.flatMap((column) => [
    ...(column.required
      ? [
          {
            ...shared,
            name: `required:${column.name}`,
            column: column.name,
            dimension: 'completeness',
            description: `${column.name} has no value`,
            broken: `${quoteName(column.name)} IS NULL`,
          },
        ]
      : []),
    ...Object.entries(column.options).flatMap(([option, value]) => {
      const broken = optionBroken(column, option, value);
      return broken
        ? [
            {
              ...shared,
              name: `${option}:${column.name}`,
              column: column.name,
              dimension: 'accuracy',
              description: `${column.name} breaks ${option} ${String(value)}`,
              broken,
            },
          ]
        : [];
    }),
  ]);
}

const valueList = (values: readonly unknown[]) =>
  values
    .filter((value) => value !== null)
    .map((value) => (typeof value === 'string' ? quoteText(value) : String(value)))
    .join(', ');

/** SQL for a library rule's bad rows; undefined for the metrics that look at the whole table. */
function libraryBroken(rule: QualityRule): string | undefined {
  const name = quoteName(rule.column ?? '');
  const parameters = rule.arguments ?? {};
  switch (rule.metric) {
    case 'nullValues':
      return `${name} IS NULL`;
    case 'missingValues': {
      const listed = Array.isArray(parameters.missingValues) ? (parameters.missingValues as unknown[]) : [''];
      const values = valueList(listed);
      return values ? `${name} IS NULL OR ${name} IN (${values})` : `${name} IS NULL`;
    }
    case 'invalidValues':
      // A value that is absent is not invalid: nullValues and required speak about that.
      return Array.isArray(parameters.validValues)
        ? `${name} NOT IN (${valueList(parameters.validValues as unknown[])})`
        : `NOT regexp_like(${name}, ${quoteText(String(parameters.pattern))})`;
    default:
      return undefined;
  }
}

const shared = (rule: QualityRule) => ({
  name: rule.name,
  ...(rule.column && { column: rule.column }),
  dimension: rule.dimension,
  severity: rule.severity,
  description: rule.description || rule.name,
  unit: rule.unit,
  operators: operatorsOf(rule),
});

/** Every rule that looks at one row at a time: implied ones first, in the order of the columns. */
export function rowRules(contract: Contract): RowRule[] {
  return [
    ...impliedRules(contract),
    ...contract.quality.flatMap((rule) => {
      const broken =
        rule.type === 'sql' ? (rule.severity === 'refuse' ? rule.query : undefined) : libraryBroken(rule);
      return broken ? [{ ...shared(rule), broken }] : [];
    }),
  ];
}

/** Every rule that looks at the table as a whole. */
export function tableRules(contract: Contract): TableRule[] {
  const stated = contract.quality.flatMap((rule): TableRule[] => {
    if (rule.type === 'sql')
      return rule.severity === 'refuse'
        ? []
        : [{ ...shared(rule), measure: { kind: 'query', query: rule.query ?? '' } }];
    if (rule.metric === 'rowCount') return [{ ...shared(rule), measure: { kind: 'rowCount' } }];
    if (rule.metric !== 'duplicateValues') return [];
    const columns = (rule.arguments?.properties as string[] | undefined) ?? [rule.column ?? ''];
    return [{ ...shared(rule), measure: { kind: 'duplicates', columns } }];
  });
  // An append table's key is kept row by row at the stage; a merge table's doubles are refused when it is published.
  const key: TableRule[] =
    contract.materialization !== 'append'
      ? [
          {
            name: 'primary-key',
            dimension: 'uniqueness',
            severity: 'refuse',
            description: `another row has the key (${contract.primaryKey.join(', ')})`,
            unit: 'rows',
            operators: mustBeZero,
            measure: { kind: 'duplicates', columns: contract.primaryKey },
          },
        ]
      : [];
  return [...key, ...stated];
}

/** Name of the rule for a key that another event holds already, or that another row of a merge table has. */
export const primaryKeyRule = 'primary-key';

/** Name of the rule for a value that a column's type cannot hold; it is measured where it is broken. */
export const typeRule = 'type';

/** Name of the rule that a row breaks which the table's `incremental` does not lead to. */
export const incrementalRule = 'incremental';

/** The rule of a column's own; all of them together are measured as `type`. */
export const unfitRule = (column: string): string => `${typeRule}:${column}`;

/** Types that a SELECT's value may not fit; a text or a nested value is what it is. */
const narrow = /^(?:boolean|int|bigint|float|double|decimal\(.*\)|date|timestamp)$/;

/** Columns whose values the stage casts to their type, row by row; a row that does not fit is refused as `type:<column>`. */
export const narrowedColumns = (contract: Contract): Column[] =>
  contract.columns.filter((column) => narrow.test(column.type));

/** True when a row can be refused for its key: an append table whose key says more than the event's identity. */
export function refusesKeys(contract: Contract): boolean {
  if (contract.materialization !== 'append' || contract.primaryKey.length === 0) return false;
  const identity = new Set(contract.identity ?? ['_event_source', '_event_id']);
  return !contract.primaryKey.every((name) => identity.has(name));
}
