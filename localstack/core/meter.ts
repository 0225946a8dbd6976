/** Counts what the services did in the units that AWS bills, so that a run can say what the same traffic costs. */
import type { Meter } from './service.ts';

export function createMeter(): Meter {
  const counters = new Map<string, { service: string; operation: string; unit: string; amount: number }>();
  return {
    add(service, operation, unit, amount) {
      const key = `${service}\n${operation}\n${unit}`;
      const counter = counters.get(key);
      if (counter) counter.amount += amount;
      else counters.set(key, { service, operation, unit, amount });
    },
    read: () => [...counters.values()].map((counter) => ({ ...counter })),
  };
}
