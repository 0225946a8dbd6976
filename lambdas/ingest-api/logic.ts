/** Judges a request's events by their contracts and tells the fate of each, in their order. */
import type { Refusal } from '../../lib/model/contract/envelope.ts';
import { createJudge, type Sources } from '../../lib/model/contract/judge.ts';
import { partitionKeyOf } from '../../lib/model/contract/partitionKey.ts';
import { MAX_RECORD_BYTES, type PutOutcome, type StreamEntry } from '../shared/kinesis.ts';
import { splitEvents } from './splitEvents.ts';

/** The answer to one event. `status` is the HTTP status that the event would have got on its own. */
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

/**
 * Turns an event's text into an entry for the stream or a refusal, by a study's judge.
 * @returns a function of the text and of the request's time in milliseconds since the epoch
 */
export function createGate(study: Sources): (text: string, arrivedAtMs: number) => Judged {
  const judge = createJudge(study);
  return (text, arrivedAtMs) => {
    const bytes = Buffer.from(text);
    if (bytes.byteLength > MAX_RECORD_BYTES) {
      return refused({
        rule: 'size',
        path: '',
        message: `the event has ${bytes.byteLength} bytes; a record may have ${MAX_RECORD_BYTES}`,
      });
    }
    const judgement = judge(bytes, arrivedAtMs);
    if (!judgement.valid) return refused(judgement.refusal);
    return { entry: { bytes, partitionKey: partitionKeyOf(judgement.source, judgement.event) } };
  };
}

const refused = ({ rule, path, message }: Refusal): Judged => ({
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
