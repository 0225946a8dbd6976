/** Judges what an audit measured: which rules stop a model, which warn, and the figures that are kept over time. */
import type { Contract, Operators, Severity } from '../contract/contract.ts';
import {
  incrementalRule,
  primaryKeyRule,
  refusesKeys,
  rowRules,
  tableRules,
  typeRule,
} from '../contract/rules.ts';
import type { CheckResult } from './statements/quarantine.ts';

/** A rule as the assessment needs it. */
export interface AuditRule {
  readonly name: string;
  readonly dimension: string;
  readonly severity: Severity;
  readonly description: string;
  readonly unit: 'rows' | 'percent';
  readonly operators: Operators;
}

/** One row of the audit's answer; Athena's results are texts. */
export interface AuditRow {
  readonly model: string;
  readonly rule: string;
  readonly failed: number | string;
  readonly total: number | string;
}

export interface Finding {
  readonly rule: string;
  readonly dimension: string;
  readonly severity: Severity;
  readonly description: string;
  readonly failed: number;
  readonly total: number;
  readonly passed: boolean;
}

export interface Assessment {
  /** Broken rules that halt the model and what depends on it. */
  readonly stop: readonly Finding[];
  /** Broken rules that are only reported. */
  readonly warn: readonly Finding[];
  /** Every rule's figure. */
  readonly kpis: readonly Finding[];
  /** Rows of the stage, and those of them that will not be published. */
  readonly staged: number;
  readonly refused: number;
}

/** Every rule that an audit of the contract's table measures. */
export function auditRules(contract: Contract): AuditRule[] {
  const key: AuditRule = {
    name: primaryKeyRule,
    dimension: 'uniqueness',
    severity: 'refuse',
    description: `another event holds the key (${contract.primaryKey.join(', ')})`,
    unit: 'rows',
    operators: { mustBe: 0 },
  };
  return [...rowRules(contract), ...(refusesKeys(contract) ? [key] : []), ...tableRules(contract)].map(
    ({ name, dimension, severity, description, unit, operators }) => ({
      name,
      dimension,
      severity,
      description,
      unit,
      operators,
    }),
  );
}

/** True when the measured number is what the rule asks for. */
export function satisfies(measured: number, operators: Operators): boolean {
  const { mustBeBetween, mustNotBeBetween } = operators;
  const within = ([low, high]: readonly [number, number]) => measured >= low && measured <= high;
  if (operators.mustBe !== undefined) return measured === operators.mustBe;
  if (operators.mustNotBe !== undefined) return measured !== operators.mustNotBe;
  if (operators.mustBeGreaterThan !== undefined) return measured > operators.mustBeGreaterThan;
  if (operators.mustBeGreaterOrEqualTo !== undefined) return measured >= operators.mustBeGreaterOrEqualTo;
  if (operators.mustBeLessThan !== undefined) return measured < operators.mustBeLessThan;
  if (operators.mustBeLessOrEqualTo !== undefined) return measured <= operators.mustBeLessOrEqualTo;
  if (mustBeBetween) return within(mustBeBetween);
  if (mustNotBeBetween) return !within(mustNotBeBetween);
  throw new RangeError('the rule has no operator to compare with');
}

/** Name of the audit's line that counts all refused rows of a stage; no rule of a contract has it. */
export const refusedLine = '(refused)';

/** What is said of values that did not fit their columns' types; nothing when all did. */
function unfitting(row: AuditRow | undefined): Finding[] {
  const failed = Number(row?.failed ?? 0);
  if (failed === 0) return [];
  const description = 'a value does not fit the type of its column';
  const kind = { rule: typeRule, dimension: 'conformity', severity: 'refuse', description } as const;
  return [{ ...kind, failed, total: Number(row?.total ?? 0), passed: false }];
}

/** Rows that publishing would leave out without a word, because `incremental` does not lead to where they are; nothing when there are none. */
function outside(row: AuditRow | undefined): Finding[] {
  const failed = Number(row?.failed ?? 0);
  if (failed === 0) return [];
  const description =
    'the SELECT gives rows in partitions that `incremental` in the contract does not lead to: name there the table that a row has its partition from, or leave `incremental` out';
  const kind = { rule: incrementalRule, dimension: 'completeness', severity: 'stop', description } as const;
  return [{ ...kind, failed, total: Number(row?.total ?? 0), passed: false }];
}

/** True when rows of a table that is compared by its key share one: publishing takes one of each, the others are refused. */
export const hasDoubledKeys = (contract: Contract, { kpis }: Pick<Assessment, 'kpis'>): boolean =>
  contract.materialization !== 'append' &&
  kpis.some(({ rule, failed }) => rule === primaryKeyRule && failed > 0);

/**
 * Compares an audit's rows with the rules.
 * @throws RangeError when a rule was not measured: an audit that says nothing about a rule has not been passed.
 */
export function assessAudit(rules: readonly AuditRule[], rows: readonly AuditRow[]): Assessment {
  const measured = new Map(rows.map((row) => [row.rule, row]));
  const kpis = rules.map((rule): Finding => {
    const row = measured.get(rule.name);
    if (!row) throw new RangeError(`the audit did not measure the rule '${rule.name}'`);
    const failed = Number(row.failed);
    const total = Number(row.total);
    const value = rule.unit === 'percent' ? (total === 0 ? 0 : (100 * failed) / total) : failed;
    return {
      rule: rule.name,
      dimension: rule.dimension,
      severity: rule.severity,
      description: rule.description,
      failed,
      total,
      passed: satisfies(value, rule.operators),
    };
  });
  kpis.push(...unfitting(measured.get(typeRule)), ...outside(measured.get(incrementalRule)));
  const broken = (severity: Severity) => kpis.filter((kpi) => kpi.severity === severity && !kpi.passed);
  const refused = measured.get(refusedLine);
  return {
    stop: broken('stop'),
    warn: broken('warn'),
    kpis,
    staged: Number(refused?.total ?? 0),
    refused: Number(refused?.failed ?? 0),
  };
}

/** The figures as `<study>_quarantine.checks` keeps them. */
export const checkResults = (
  model: { readonly name: string; readonly layer: string },
  assessment: Assessment,
): CheckResult[] =>
  assessment.kpis.map(({ rule, dimension, severity, failed, total, passed }) => ({
    model: model.name,
    layer: model.layer,
    rule,
    dimension,
    severity,
    failed,
    total,
    passed,
  }));
