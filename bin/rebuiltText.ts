/** Words for rebuilt tables, and for those that still hold old rows. */
import { counted } from '../lake/text.ts';
import type { Change } from '../lib/model/run/published.ts';
import type { Terminal } from './terminal.ts';

/** Why a table is rebuilt, in words. */
export const because = ({
  reason,
  reads = [],
  repartitioned,
}: Partial<Pick<Change, 'reason' | 'reads' | 'repartitioned'>>): string => {
  switch (reason) {
    case 'sql':
      return 'its SQL changed';
    case 'contract':
      return repartitioned ? 'its contract and its partitions changed' : 'its contract changed';
    case 'upstream':
      return reads.length > 0 ? `reads ${reads.join(', ')}` : 'reads a table that was rebuilt';
    case 'missing':
      return 'its table is gone';
    case 'unknown':
      return 'it is not recorded what built it';
    default:
      return 'asked for';
  }
};

/** Tables that still hold rows of an older version are named in every summary. */
export function showPostponed(terminal: Terminal, postponed: readonly Change[]): void {
  if (postponed.length === 0) return;
  terminal.line(
    terminal.style(
      'yellow',
      `\n! ${counted(postponed.length, 'table')} ${postponed.length === 1 ? 'holds' : 'hold'} rows of an older version of the model:`,
    ),
  );
  for (const change of postponed) terminal.line(`  ${change.model}: ${because(change)}`);
}
