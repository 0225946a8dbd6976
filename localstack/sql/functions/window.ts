/** Window functions: trino.io/docs/476/functions/window.html. */
import { windowFunction } from './entry.ts';

export const WINDOW_FUNCTIONS = [
  windowFunction('row_number() -> bigint', (_, write) => write('row_number', [])),
  windowFunction('rank() -> bigint', (_, write) => write('rank', [])),
  windowFunction('dense_rank() -> bigint', (_, write) => write('dense_rank', [])),
  windowFunction('percent_rank() -> double', (_, write) => write('percent_rank', [])),
  windowFunction('cume_dist() -> double', (_, write) => write('cume_dist', [])),
  windowFunction('ntile(bigint) -> bigint', (args, write) => write('ntile', args)),
  windowFunction('lag(T) -> T', (args, write) => write('lag', args)),
  windowFunction('lag(T, bigint) -> T', (args, write) => write('lag', args)),
  windowFunction('lag(T, bigint, T) -> T', (args, write) => write('lag', args)),
  windowFunction('lead(T) -> T', (args, write) => write('lead', args)),
  windowFunction('lead(T, bigint) -> T', (args, write) => write('lead', args)),
  windowFunction('lead(T, bigint, T) -> T', (args, write) => write('lead', args)),
  windowFunction('first_value(T) -> T', (args, write) => write('first_value', args)),
  windowFunction('last_value(T) -> T', (args, write) => write('last_value', args)),
  windowFunction('nth_value(T, bigint) -> T', (args, write) => write('nth_value', args)),
];
