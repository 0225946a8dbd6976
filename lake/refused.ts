/** Counts what a run's rules refused, for its summary and its exit code. */
import type { BalanceSheet } from '../lib/model/run/balance.ts';
import type { Commands } from './context.ts';
import type { QuarantineGroup } from './quarantine.ts';
import { counted } from './text.ts';

/** Why a run is a failure although it balances: nothing of what it took was any good. Undefined for every other run. */
export function everythingRefused(
  { command }: Commands,
  { total }: BalanceSheet,
  study: string,
): string | undefined {
  if (total.inBronze === 0 || total.quarantined < total.inBronze) return undefined;
  const all = total.inBronze === 1 ? 'The only record' : `All ${counted(total.inBronze, 'record')}`;
  return (
    `${all} of this run ${total.inBronze === 1 ? 'was' : 'were'} refused, and the tables hold nothing new. ` +
    `${command(`quarantine list ${study}`)} says by which rules.`
  );
}

/** One line for each rule: `orders: required at /order_id refused 3 records`. */
export const refusedBy = (groups: readonly QuarantineGroup[]): string[] =>
  groups.map(
    ({ kind, of, rule, path, count }) =>
      `${of ?? '(unknown source)'}: ${rule}${path ? ` at ${path}` : ''} refused ${counted(count, kind)}`,
  );
