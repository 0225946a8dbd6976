/** HTTP → Kinesis: events in, an answer per event out; nothing is accepted that was not stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

import { deployedStudy, environment } from '../shared/environment.ts';
import { type Putting, putEntries } from '../shared/kinesis.ts';
import { metricLine } from '../shared/metrics.ts';
import { answerRequest, createDoorkeeper } from './logic.ts';

const study = deployedStudy();
const judge = createDoorkeeper(study);
const putting: Putting = {
  kinesis: new KinesisClient({}),
  streamName: environment('STREAM_NAME'),
  sleep: (ms) => sleep(ms),
};

export async function handler(request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const body = request.isBase64Encoded
    ? Buffer.from(request.body ?? '', 'base64').toString('utf8')
    : (request.body ?? '');
  const answer = await answerRequest(body, judge, (entries) => putEntries(putting, entries));
  console.log(
    metricLine(
      study.name,
      {
        EventsAccepted: [answer.accepted, 'Count'],
        EventsTurnedAway: [answer.results.length - answer.accepted, 'Count'],
      },
      Date.now(),
    ),
  );
  return json(answer.status, { accepted: answer.accepted, results: answer.results });
}

const json = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
