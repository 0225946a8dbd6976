/** The options that say which tables a run rebuilds. */
import { type Command, Option } from 'commander';
import type { RebuildChoice } from '../lake/rebuild.ts';

export interface RebuildOptions {
  readonly select?: readonly string[];
  readonly fullRefresh?: boolean;
  readonly keepOld?: boolean;
  readonly from?: string;
  readonly to?: string;
}

const each = (value: string, before: readonly string[] = []) => [
  ...before,
  ...value.split(',').filter(Boolean),
];

export const withRebuild = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--select <model>',
        'of the changed models rebuild only these: name, name+ with what depends on it, +name with what it reads; may be repeated',
      ).argParser(each),
    )
    .option(
      '--full-refresh',
      'rebuild tables whether their model changed or not; all of them without --select',
    )
    .option('--from <day>', 'rebuild only partitions that reach this day or a later one, e.g. 2026-11-01')
    .option('--to <day>', 'rebuild only partitions that begin on this day or an earlier one')
    .option('--keep-old', 'rebuild nothing: rows of the versions before stay, and every summary says so');

export const choiceOf = ({ select, fullRefresh, keepOld, from, to }: RebuildOptions): RebuildChoice => ({
  ...(select && { select }),
  ...(fullRefresh && { full: true }),
  ...(keepOld && { keepOld: true }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});
