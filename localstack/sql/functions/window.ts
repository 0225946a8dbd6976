/** Window functions: trino.io/docs/476/functions/window.html. */
import { failWith } from '../translate/failure.ts';
import { windowFunction } from './entry.ts';

/** A count of rows that must not be negative, or must be 1 or more. */
const counted = (offset: string | undefined, least: 0 | 1, nullAllowed: boolean) =>
  offset === undefined
    ? []
    : [
        `CASE WHEN ${offset} < ${least} THEN ${failWith(`Offset must be at least ${least}`)}${nullAllowed ? '' : ` WHEN ${offset} IS NULL THEN ${failWith('Offset must not be null')}`} ELSE ${offset} END`,
      ];

export const WINDOW_FUNCTIONS = [
  windowFunction('row_number() -> bigint', (_, write) => write('row_number', [])),
  windowFunction('rank() -> bigint', (_, write) => write('rank', [])),
  windowFunction('dense_rank() -> bigint', (_, write) => write('dense_rank', [])),
  windowFunction('percent_rank() -> double', (_, write) => write('percent_rank', [])),
  windowFunction('cume_dist() -> double', (_, write) => write('cume_dist', [])),
  windowFunction('ntile(bigint) -> bigint', (args, write) => write('ntile', args)),
  windowFunction('lag(T) -> T', (args, write) => write('lag', args)),
  ...['lag', 'lead'].flatMap((name) => [
    windowFunction(`${name}(T, bigint) -> T`, ([x, offset], write) =>
      write(name, [x!, ...counted(offset, 0, false)]),
    ),
    windowFunction(`${name}(T, bigint, T) -> T`, ([x, offset, otherwise], write) =>
      write(name, [x!, ...counted(offset, 0, false), otherwise!]),
    ),
  ]),
  windowFunction('lead(T) -> T', (args, write) => write('lead', args)),
  windowFunction('first_value(T) -> T', (args, write) => write('first_value', args)),
  windowFunction('last_value(T) -> T', (args, write) => write('last_value', args)),
  windowFunction('nth_value(T, bigint) -> T', ([x, offset], write) =>
    write('nth_value', [x!, ...counted(offset, 1, true)]),
  ),
];
