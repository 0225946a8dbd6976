/** How figures, ages, sizes and ids are written. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `10,443` */
export const count = (value: number): string => whole.format(value);

/** `1 record`, `10,443 records` */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`;

/** A decimal as it is stored, with separators of thousands: `58101.48` → `58,101.48`. */
export function decimal(text: string): string {
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (!match) return text;
  return `${match[1]}${match[2]!.replace(/\B(?=(\d{3})+$)/g, ',')}${match[3] ?? ''}`;
}

/** Exact below 100 KB, then three digits: `26,874 B`, `1.24 MB`. */
export function bytes(value: number): string {
  if (value < 100_000) return `${count(value)} B`;
  const units = ['KB', 'MB', 'GB', 'TB', 'PB'];
  let size = value / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toPrecision(3)} ${units[unit]}`;
}

/** `340 ms`, `11.8 s`, `2 min 4 s`, `2 h 57 min` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `12 s ago`, `2 min ago`, `3 h ago`, `5 days ago` */
export function age(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return `${days} day${days === 1 ? '' : 's'} ago`;
}

/** `12:28:15.878`, UTC. */
export const time = (iso: string): string => {
  const match = /T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(iso);
  return match ? match[1]! : iso;
};

/** `12.78 %` of a share between 0 and 1. */
export const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;

/** Shortened in the middle: `39455…0245`. */
export const shortId = (id: string, keep = 4): string =>
  id.length <= 2 * keep + 3 ? id : `${id.slice(0, keep + 1)}…${id.slice(-keep)}`;

/** The last part of a run's id, which is how it is called in running text. */
export const shortRun = (run: string): string => run.slice(run.lastIndexOf('-') + 1);

/** `$0.000012`: at least two figures, never rounded to nothing. */
export function dollars(value: number): string {
  if (value === 0) return '$0';
  if (value >= 0.01) return `$${value.toFixed(2)}`;
  return `$${value.toPrecision(2)}`;
}
