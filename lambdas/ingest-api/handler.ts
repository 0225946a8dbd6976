/** HTTP → Kinesis: events in, an answer per event out; nothing is accepted that was not stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

import { deployedStudy, environment } from '../shared/environment.ts';
import { bodyOf, jsonAnswer } from '../shared/http.ts';
import { type Putting, putEntries } from '../shared/kinesis.ts';
import { metricLine } from '../shared/metrics.ts';
import { answerRequest, createGate } from './logic.ts';

const study = deployedStudy();
const judge = createGate(study);
const putting: Putting = {
  kinesis: new KinesisClient({}),
  streamName: environment('STREAM_NAME'),
  sleep: (ms) => sleep(ms),
};

export async function handler(request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { timeEpoch } = request.requestContext;
  const answer = await answerRequest(
    bodyOf(request),
    (text) => judge(text, timeEpoch),
    (entries) => putEntries(putting, entries),
  );
  console.log(
    metricLine(
      study.name,
      {
        metrics: { EventsTurnedAway: answer.results.length - answer.accepted },
        more: { EventsAccepted: answer.accepted },
      },
      Date.now(),
    ),
  );
  return jsonAnswer(answer.status, { accepted: answer.accepted, results: answer.results });
}
