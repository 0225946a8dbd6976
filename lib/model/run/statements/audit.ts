/** Measures every rule of models on what a run staged of them. */

import {
  incrementalRule,
  primaryKeyRule,
  refusesKeys,
  rowRules,
  type TableRule,
  tableRules,
  typeRule,
  unfitRule,
} from '../../contract/rules.ts';
import { maxTravellingBytes, nameList, packed, quoteName, quoteText } from '../../sql/write.ts';
import { refusedLine } from '../audit.ts';
import { entityCut } from '../entities.ts';
import type { RunScope } from '../scope.ts';
import { bindReads, bindTable } from './bind.ts';
import { columnNames, type ModelTable } from './names.ts';
import { stagedRows } from './stage.ts';

/**
 * The audit of what is staged of some models, in as few statements as Athena's limit allows: rows of model, rule, failed,
 * total. Rules over single rows are counted in one pass; refusing rules count what they refused, all others look only at the
 * rows that would be published.
 */
export function auditSql(models: readonly ModelTable[], scope: RunScope, attempt: number): string[] {
  const audits = models.map((model) => modelAudit(model, scope, attempt));
  return packed('audit', audits, '\nUNION ALL\n', maxTravellingBytes);
}

function modelAudit(model: ModelTable, scope: RunScope, attempt: number): string {
  const { contract } = model;
  const name = `${quoteText(model.name)} AS "model"`;
  const stage = stagedRows(model, scope, attempt);
  const published = `(SELECT ${nameList(columnNames(model), 'g')} FROM ${stage} AS g WHERE g."_rule" IS NULL)`;
  const counted = [
    ...rowRules(contract).map((rule) => ({
      name: rule.name,
      count:
        rule.severity === 'refuse'
          ? `count_if("_rule" = ${quoteText(rule.name)})`
          : `count_if("_rule" IS NULL AND (${rule.broken}))`,
    })),
    ...(refusesKeys(contract)
      ? [{ name: primaryKeyRule, count: `count_if("_rule" = ${quoteText(primaryKeyRule)})` }]
      : []),
    ...(contract.incremental || entityCut(contract)
      ? [{ name: incrementalRule, count: `count_if("_rule" = ${quoteText(incrementalRule)})` }]
      : []),
    { name: typeRule, count: `count_if("_rule" LIKE ${quoteText(unfitRule('%'))})` },
    // The refused rows in all: what the stage holds that will not be published.
    { name: refusedLine, count: 'count_if("_rule" IS NOT NULL)' },
  ];
  // One pass over the stage counts everything; the counts are then turned from columns into rows.
  const rows = [
    `SELECT ${name}, r."rule", (ARRAY[${counted.map((_, index) => `c."f${index}"`).join(', ')}])[r."position"] AS "failed", c."total"`,
    `FROM (SELECT count(*) AS "total", ${counted.map(({ count }, index) => `${count} AS "f${index}"`).join(', ')} FROM ${stage} AS g) AS c`,
    `CROSS JOIN (VALUES ${counted.map(({ name }, index) => `(${index + 1}, ${quoteText(name)})`).join(', ')}) AS r ("position", "rule")`,
  ].join('\n');
  const tables = tableRules(contract).map(
    (rule) =>
      `SELECT ${name}, ${quoteText(rule.name)} AS "rule", CAST((${measureSql(rule, published, (sql) => bindReads(sql, scope.models[model.name]?.reads ?? {}, scope))}) AS bigint) AS "failed", (SELECT count(*) FROM ${published} AS n) AS "total"`,
  );
  return [rows, ...tables].join('\nUNION ALL\n');
}

function measureSql(rule: TableRule, published: string, bound: (sql: string) => string): string {
  switch (rule.measure.kind) {
    case 'rowCount':
      return `SELECT count(*) FROM ${published} AS n`;
    case 'duplicates': {
      const columns = nameList(rule.measure.columns);
      const present = rule.measure.columns.map((name) => `${quoteName(name)} IS NOT NULL`).join(' AND ');
      return (
        'SELECT coalesce(sum(g."n" - 1), 0) FROM ' +
        `(SELECT count(*) AS "n" FROM ${published} AS d WHERE ${present} GROUP BY ${columns}) AS g`
      );
    }
    case 'query':
      return bound(bindTable(rule.measure.query, published, rule.column));
  }
}
