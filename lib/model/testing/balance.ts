/** The balance sheet of a run in a lake under test, by the statements and in the order that the pipeline has them. */

import { type BalanceRow, type BalanceSheet, balanceSheet, balanceStatements } from '../balance.ts';
import type { RunScope } from '../plan.ts';
import type { Study } from '../study.ts';
import type { DuckLake } from './duckLake.ts';

export async function balanceOf(lake: DuckLake, study: Study, scope: RunScope): Promise<BalanceSheet> {
  const { seek, sheet, drop } = balanceStatements(study, scope, 1);
  await lake.execute(seek);
  const rows = await lake.query<BalanceRow>(sheet);
  await lake.execute(drop);
  return balanceSheet(rows);
}
