/** Labelled faults on the way of simulated events, so that a pipeline can be judged on what it survives. */
import type { Random } from './random.ts';
import type { SimulatedEvent } from './simulation.ts';

/** Shares of events, each from 0 to 1. */
export interface FaultRates {
  /** Sent a second time, to the letter. */
  readonly duplicates?: number;
  /** Sent up to `lateDays` after it happened. */
  readonly late?: number;
  /** Damaged on the way: its bytes are no JSON any more. */
  readonly malformed?: number;
  /** A number arrives as text: the producer changed a type without notice. */
  readonly drift?: number;
  /** Of a type that no contract knows. */
  readonly unknown?: number;
}

export type FaultLabel = 'clean' | 'duplicate' | 'late' | 'malformed' | 'drift' | 'unknown';

/** One record as it is sent. */
export interface Delivery {
  readonly bytes: string;
  readonly partitionKey: string;
  /** When it is sent, milliseconds since the epoch. */
  readonly sentAt: number;
  readonly label: FaultLabel;
  readonly event: SimulatedEvent;
}

const DAY_MS = 86_400_000;

/** CloudEvents 1.0 in JSON (structured mode). */
export function encodeEvent(study: string, event: SimulatedEvent, type = `${study}.${event.source}`): string {
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source: `/headwaters/simulator/${study}`,
    type,
    subject: event.subject,
    time: new Date(event.time).toISOString(),
    datacontenttype: 'application/json',
    data: event.data,
  });
}

/** The first number among the payload's members turned into text; undefined where there is none. */
function drifted(event: SimulatedEvent): SimulatedEvent | undefined {
  const member = Object.keys(event.data).find((name) => typeof event.data[name] === 'number');
  if (!member) return undefined;
  return { ...event, data: { ...event.data, [member]: `approximately ${event.data[member]}` } };
}

/**
 * The deliveries of these events in the order in which they are sent. An event gets at most one fault. Late events
 * are sent up to `lateDays` after their time, never after `now`.
 */
export function deliver(
  study: string,
  events: readonly SimulatedEvent[],
  rates: FaultRates,
  options: { now: number; lateDays?: number; random: Random },
): Delivery[] {
  const { now, lateDays = 3, random } = options;
  const { duplicates = 0, late = 0, malformed = 0, drift = 0, unknown = 0 } = rates;
  const weights = [duplicates, late, malformed, drift, unknown];
  const weight = weights.reduce((sum, rate) => sum + rate, 0);
  if (weights.some((rate) => !(rate >= 0 && rate <= 1)) || weight > 1)
    throw new RangeError(
      `Fault rates are shares from 0 to 1 that add up to at most 1, not ${JSON.stringify(rates)}.`,
    );

  const deliveries: Delivery[] = [];
  for (const event of events) {
    const delivery = (label: FaultLabel, bytes = encodeEvent(study, event), sentAt = event.time) =>
      deliveries.push({ bytes, partitionKey: event.subject, sentAt, label, event });
    const drawn = random.next();
    const fault = drawn < weight ? weights.findIndex((_, i) => drawn < sum(weights, i)) : -1;
    if (fault === 0) {
      delivery('clean');
      delivery('duplicate', undefined, Math.min(now, event.time + random.integer(1, 60_000)));
    } else if (fault === 1) {
      delivery('late', undefined, Math.min(now, event.time + random.integer(1, lateDays * DAY_MS)));
    } else if (fault === 2) {
      const whole = encodeEvent(study, event);
      delivery('malformed', whole.slice(0, random.integer(1, whole.length - 2)));
    } else if (fault === 3) {
      const changed = drifted(event);
      if (changed) delivery('drift', encodeEvent(study, changed));
      else delivery('clean');
    } else if (fault === 4) {
      delivery('unknown', encodeEvent(study, event, `${study}.${event.source}_v0`));
    } else delivery('clean');
  }
  return deliveries.sort((a, b) => a.sentAt - b.sentAt);
}

const sum = (weights: readonly number[], last: number) =>
  weights.slice(0, last + 1).reduce((total, rate) => total + rate, 0);

/** The events that reach the lake intact, each once: what gold must show. */
export function intact(deliveries: readonly Delivery[]): SimulatedEvent[] {
  return deliveries
    .filter(({ label }) => label === 'clean' || label === 'late')
    .map(({ event }) => event)
    .sort((a, b) => a.time - b.time);
}
