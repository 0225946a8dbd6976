/** The rule that refuses a row, as SQL over the row's typed columns. */

import { rowRules } from '../../contract/rules.ts';
import { quoteText } from '../../sql/write.ts';
import type { ModelTable } from './names.ts';

/**
 * The first refusing rule that the row breaks, in the contract's order; null for a good row.
 * @param unfit SQL of the rule of a value that does not fit its column's type, where there may be one
 */
export function ruleOf(model: ModelTable, unfit?: string): string {
  const refusing = rowRules(model.contract).filter((rule) => rule.severity === 'refuse');
  const cases = [
    ...(unfit ? [`WHEN ${unfit} IS NOT NULL THEN ${unfit}`] : []),
    ...refusing.map((rule) => `WHEN (${rule.broken}) THEN ${quoteText(rule.name)}`),
  ];
  return cases.length > 0 ? `CAST(CASE ${cases.join('\n      ')} END AS varchar)` : 'CAST(NULL AS varchar)';
}
