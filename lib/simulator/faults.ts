/** Labelled faults on the way of simulated events, so that a pipeline can be judged on what it survives. */
import { partitionKeyOf } from '../model/contract/partitionKey.ts';
import type { Study } from '../model/study/study.ts';
import type { Random } from './random.ts';
import type { SimulatedEvent } from './simulation.ts';

/** Shares of events, each from 0 to 1. */
export interface FaultRates {
  /** Sent a second time, to the letter. */
  readonly duplicates?: number;
  /** Sent up to `lateDays` after it happened. */
  readonly late?: number;
  /** Damaged on the way: its bytes are not JSON any more. */
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

/** CloudEvents source of every simulated event of a study. */
export const sourceOf = (study: string) => `/headwaters/simulator/${study}`;

/** What of a study decides how its events are sent. */
export type EventStudy = Pick<Study, 'name' | 'sources'>;

/** CloudEvents 1.0 in JSON (structured mode). */
function encodeEvent(study: string, event: SimulatedEvent, type: string): string {
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source: sourceOf(study),
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
 * are sent up to `lateDays` after their time, never after `now`. Type and partition key are those of the contracts.
 * @throws RangeError for rates that are not shares, and for an event of a source that takes none
 */
export function deliver(
  study: EventStudy,
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
    const { contract, type } = streamed(study, event);
    const encoded = (sent = event, sentType = type) => encodeEvent(study.name, sent, sentType);
    const delivery = (label: FaultLabel, bytes = encoded(), sentAt = event.time) =>
      deliveries.push({ bytes, partitionKey: partitionKeyOf(contract, event), sentAt, label, event });
    const drawn = random.next();
    const fault = drawn < weight ? weights.findIndex((_, i) => drawn < sum(weights, i)) : -1;
    if (fault === 0) {
      delivery('clean');
      delivery('duplicate', undefined, Math.min(now, event.time + random.integer(1, 60_000)));
    } else if (fault === 1) {
      delivery('late', undefined, Math.min(now, event.time + random.integer(1, lateDays * DAY_MS)));
    } else if (fault === 2) {
      const whole = encoded();
      delivery('malformed', whole.slice(0, random.integer(1, whole.length - 2)));
    } else if (fault === 3) {
      const changed = drifted(event);
      if (changed) delivery('drift', encoded(changed));
      else delivery('clean');
    } else if (fault === 4) {
      delivery('unknown', encoded(event, `${type}_v0`));
    } else delivery('clean');
  }
  return deliveries.sort((a, b) => a.sentAt - b.sentAt);
}

function streamed({ name, sources }: EventStudy, { source, id }: SimulatedEvent) {
  const contract = sources.find((one) => one.name === source);
  if (contract?.eventType) return { contract, type: contract.eventType };
  throw new RangeError(
    `The simulation of ${name} gives the event ${id} of '${source}', which is not a source with an eventType. ` +
      `Those are: ${sources.flatMap((one) => (one.eventType ? [one.name] : [])).join(', ') || 'none'}.`,
  );
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
