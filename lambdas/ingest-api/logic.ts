/** Judges a request's events by their contracts and tells the fate of each, in their order. */
import type { Contract } from '../../lib/model/contract.ts';
import { decodeEvent } from '../../lib/model/envelope.ts';
import type { Study } from '../../lib/model/study.ts';
import { compileValidator, type Validator } from '../../lib/model/validator.ts';
import { MAX_RECORD_BYTES, type PutOutcome, type StreamEntry } from '../shared/kinesis.ts';
import { partitionKeyOf } from '../shared/partitionKey.ts';
import { splitEvents } from './splitEvents.ts';

/** The answer to one event. `status` is the HTTP status that the event would have got alone. */
export type EventAnswer =
  | { readonly status: 200; readonly shard: string; readonly sequenceNumber: string }
  | { readonly status: 400; readonly rule: string; readonly path: string; readonly message: string }
  | { readonly status: 503; readonly rule: 'not-stored'; readonly path: ''; readonly message: string };

export interface RequestAnswer {
  readonly status: 200 | 207 | 400 | 503;
  readonly accepted: number;
  readonly results: readonly EventAnswer[];
}

type Judged = { readonly entry: StreamEntry } | { readonly refusal: EventAnswer };

interface Door {
  readonly contract: Contract;
  readonly validate: Validator;
}

/** Compiles a study's stream contracts into a function from an event's text to an entry for the stream or a refusal. */
export function createDoorkeeper(study: Pick<Study, 'sources'>): (text: string) => Judged {
  const doors = new Map<string, Door>();
  for (const contract of study.sources) {
    if (contract.door !== 'stream' || !contract.eventType) continue;
    doors.set(contract.eventType, { contract, validate: compileValidator(contract) });
  }
  return (text) => {
    const bytes = Buffer.from(text);
    if (bytes.byteLength > MAX_RECORD_BYTES) {
      return refused(
        'size',
        '',
        `the event has ${bytes.byteLength} bytes; a record may have ${MAX_RECORD_BYTES}`,
      );
    }
    const decoded = decodeEvent(bytes);
    if ('rule' in decoded) return refused(decoded.rule, decoded.path, decoded.message);
    const { event } = decoded;
    const door = doors.get(event.type);
    if (!door) {
      return refused(
        'unknown-type',
        '/type',
        `type is "${event.type}"; known types: ${[...doors.keys()].join(', ')}`,
      );
    }
    const verdict = door.validate(event.data);
    if (!verdict.valid) return refused(verdict.rule, verdict.path, verdict.message);
    return { entry: { bytes, partitionKey: partitionKeyOf(door.contract, event) } };
  };
}

const refused = (rule: string, path: string, message: string): Judged => ({
  refusal: { status: 400, rule, path, message },
});

/**
 * Answers a request: one CloudEvent, a JSON array of them, or one per line. An event is accepted only when the stream
 * has stored it. 200 all accepted, 207 some, 400 none, 503 none and not for a fault of the events.
 */
export async function answerRequest(
  body: string,
  judge: (text: string) => Judged,
  put: (entries: readonly StreamEntry[]) => Promise<PutOutcome[]>,
): Promise<RequestAnswer> {
  const texts = splitEvents(body);
  if (texts.length === 0) {
    const nothing: EventAnswer = {
      status: 400,
      rule: 'undecodable',
      path: '',
      message: 'the body holds no event',
    };
    return { status: 400, accepted: 0, results: [nothing] };
  }
  const judged = texts.map(judge);
  const outcomes = await put(judged.flatMap((one) => ('entry' in one ? [one.entry] : [])));
  let next = 0;
  const results = judged.map(
    (one): EventAnswer => ('entry' in one ? answerOf(outcomes[next++]) : one.refusal),
  );
  const accepted = results.filter(({ status }) => status === 200).length;
  const status =
    accepted === results.length
      ? 200
      : accepted > 0
        ? 207
        : results.some((one) => one.status === 503)
          ? 503
          : 400;
  return { status, accepted, results };
}

function answerOf(outcome: PutOutcome | undefined): EventAnswer {
  if (outcome?.stored) return { status: 200, shard: outcome.shard, sequenceNumber: outcome.sequenceNumber };
  const why = outcome ? `${outcome.code}: ${outcome.message}` : 'no answer from the stream';
  return {
    status: 503,
    rule: 'not-stored',
    path: '',
    message: `the stream did not store the event (${why}); send it again`,
  };
}
