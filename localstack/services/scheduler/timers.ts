/** Arms a timer for each enabled schedule's next time, and fires it. */
import type { CloudContext } from '../../core/service.ts';
import { nextTime, parseSchedule } from './expression.ts';
import type { ScheduleRecord, Store } from './store.ts';
import { fire } from './target.ts';

export interface Timers {
  /** Arms (or disarms) a schedule after it was made or changed. */
  arm(arn: string): void;
  stop(): void;
}

/** What fell due while the cloud was off is not made up for; on AWS nothing would have been missed. */
export function createTimers(context: CloudContext, store: Store): Timers {
  const timers = new Map<string, () => void>();

  function nextFiring(schedule: ScheduleRecord): number | undefined {
    const origin = schedule.startMs ?? schedule.createdAtMs;
    const after = Math.max(context.clock.now(), (schedule.startMs ?? 0) - 1);
    const next = nextTime(parseSchedule(schedule.expression), origin, after);
    return next === undefined || (schedule.endMs !== undefined && next > schedule.endMs) ? undefined : next;
  }

  function arm(arn: string): void {
    timers.get(arn)?.();
    timers.delete(arn);
    const schedule = store.schedule(arn);
    if (schedule?.state !== 'ENABLED') return;
    const dueAtMs = nextFiring(schedule);
    if (dueAtMs === undefined) return;
    const wake = () => {
      // A timer can wake early when its time is further off than timers reach.
      if (context.clock.now() >= dueAtMs) {
        void fire(context, schedule, dueAtMs);
        if (schedule.actionAfterCompletion === 'DELETE' && nextFiring(schedule) === undefined) {
          store.dropSchedule(arn);
        }
      }
      arm(arn);
    };
    timers.set(arn, context.clock.after(dueAtMs - context.clock.now(), wake));
  }

  return {
    arm,
    stop() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
