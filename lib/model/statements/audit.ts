/** One SELECT that measures every rule of a model on its stage: rows of rule, failed, total. */

import { refusedLine } from '../audit.ts';
import type { RunScope } from '../plan.ts';
import { canRefuse, primaryKeyRule, refusesKeys, rowRules, type TableRule, tableRules } from '../rules.ts';
import { checkedStatement, nameList, quoteName, quoteText } from '../sql/write.ts';
import { bindTable } from './bind.ts';
import { columnNames, type ModelTable, stageName } from './names.ts';

/**
 * The audit of a stage. Rules over single rows are counted in one pass; refusing rules count what they refused, all
 * others look only at the rows that would be published.
 */
export function auditSql(model: ModelTable, scope: RunScope, attempt: number): string {
  const { contract } = model;
  const stage = stageName(model, scope, attempt);
  const published = canRefuse(contract)
    ? `(SELECT ${nameList(columnNames(model))} FROM ${stage} WHERE "_rule" IS NULL)`
    : stage;
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
    // The refused rows in all: what the stage holds that will not be published.
    { name: refusedLine, count: 'count_if("_rule" IS NOT NULL)' },
  ];
  // One pass over the stage counts everything; the counts are then turned from columns into rows.
  const rows = [
    `SELECT r."rule", (ARRAY[${counted.map((_, index) => `c."f${index}"`).join(', ')}])[r."position"] AS "failed", c."total"`,
    `FROM (SELECT count(*) AS "total", ${counted.map(({ count }, index) => `${count} AS "f${index}"`).join(', ')} FROM ${stage}) AS c`,
    `CROSS JOIN (VALUES ${counted.map(({ name }, index) => `(${index + 1}, ${quoteText(name)})`).join(', ')}) AS r ("position", "rule")`,
  ].join('\n');
  const tables = tableRules(contract).map(
    (rule) =>
      `SELECT ${quoteText(rule.name)} AS "rule", CAST((${measureSql(rule, published)}) AS bigint) AS "failed", (SELECT count(*) FROM ${published} AS n) AS "total"`,
  );
  return checkedStatement(`audit of ${model.name}`, [rows, ...tables].join('\nUNION ALL\n'));
}

function measureSql(rule: TableRule, published: string): string {
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
      return bindTable(rule.measure.query, published, rule.column);
  }
}
