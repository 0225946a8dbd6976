/** Judges an event by the contracts of a study: one judge for the HTTP API, the bronze writer and the live views. */

import type { Contract } from './contract.ts';
import { type CloudEvent, type DecodedEvent, decodeEvent, type Refusal } from './envelope.ts';
import { timeRange } from './fit.ts';
import { readInstant } from './instant.ts';
import { compileValidator } from './validator.ts';

/** The part of a study that judging needs. */
export interface Sources {
  readonly sources: readonly Contract[];
}

/** The event and its payload's own text; both absent when the bytes hold no CloudEvent. */
interface Decoded {
  readonly event?: CloudEvent;
  readonly dataText?: string;
}

export type Judgement = Decoded &
  (
    | {
        readonly valid: true;
        readonly source: Contract;
        readonly event: CloudEvent;
        readonly dataText: string;
      }
    | {
        readonly valid: false;
        /** Absent when the event's type names no source of the study. */
        readonly source?: Contract;
        /** The first rule broken: of the envelope, `unknown-type`, or of the source's contract. */
        readonly refusal: Refusal;
      }
  );

/** Compiles a source's contract into the judgement of an event: its payload, and when it says it happened. */
function compileSource(
  source: Contract,
): (decoded: DecodedEvent, arrivedAtMs: number) => Refusal | undefined {
  const validate = compileValidator(source);
  const range = timeRange(source);
  return ({ event, dataText }, arrivedAtMs) => {
    const verdict = validate(event.data, dataText, arrivedAtMs);
    if (!verdict.valid) return verdict;
    const instant = event.time === undefined ? undefined : readInstant(event.time);
    const misfit = instant && range(instant, arrivedAtMs);
    return (
      misfit && { rule: misfit.rule, path: '/time', message: `time is ${event.time}; it ${misfit.must}` }
    );
  };
}

/**
 * Compiles a study's contracts into one function that never throws on a record's content. Every source with an event type
 * is known, whether its records usually arrive by stream or by file.
 * @returns a function of a record's bytes and its arrival in milliseconds since the epoch
 */
export function createJudge({ sources }: Sources): (bytes: Uint8Array, arrivedAtMs: number) => Judgement {
  const byType = new Map<string, { source: Contract; refusalOf: ReturnType<typeof compileSource> }>();
  for (const source of sources)
    if (source.eventType) byType.set(source.eventType, { source, refusalOf: compileSource(source) });

  return (bytes, arrivedAtMs) => {
    const decoded = decodeEvent(bytes);
    if ('rule' in decoded) return { valid: false, refusal: decoded };
    const { event, dataText } = decoded;
    const known = byType.get(event.type);
    if (!known) {
      const message = `type is "${event.type}"; known types: ${[...byType.keys()].join(', ')}`;
      return { valid: false, event, dataText, refusal: { rule: 'unknown-type', path: '/type', message } };
    }
    const { source } = known;
    const refusal = known.refusalOf(decoded, arrivedAtMs);
    return refusal
      ? { valid: false, source, event, dataText, refusal }
      : { valid: true, source, event, dataText };
  };
}
