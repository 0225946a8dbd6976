/** How the live page writes names and windows. */
import { time } from '../../parts/text.ts';
import type { LiveWindow } from './contract.ts';

/** A column's name as a reader says it. */
export const inWords = (name: string) => name.replaceAll('_', ' ');

/** `12:28 to 12:29`; with seconds where a window does not begin and end with a minute. */
export const span = ({ start, end }: LiveWindow) => {
  const times = [start, end].map((at) => time(at).slice(0, 8));
  return times.map((at) => (times.every((one) => one.endsWith(':00')) ? at.slice(0, 5) : at)).join(' to ');
};
