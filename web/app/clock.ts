/** The page's clock: the lake's time, ticking each second for ages below a minute and each minute after it. */
import { computed, signal } from '@preact/signals';

/** How far the lake's clock is ahead of this browser's, ms. */
const ahead = signal(0);

/** Takes over the lake's time, which tests and waiting windows move. */
export function setLakeTime(now: number): void {
  ahead.value = now - Date.now();
}

const seconds = signal(Math.floor(Date.now() / 1000));
const minutes = computed(() => Math.floor(seconds.value / 60));
if (typeof window !== 'undefined')
  setInterval(() => {
    seconds.value = Math.floor(Date.now() / 1000);
  }, 1000);

/** Milliseconds since the epoch by the lake's clock; reading it subscribes to the ticks that an age of `at` needs. */
export function nowFor(at: number): number {
  const now = Date.now() + ahead.value;
  return now - at < 60_000 ? seconds.value * 1000 + ahead.value : minutes.value && now;
}
