/** HTTP → Kinesis: events in, an answer per event out; nothing is accepted that was not stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

import { openApi } from '../../lib/model/openapi.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { bodyOf, jsonAnswer } from '../shared/http.ts';
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
  if (request.routeKey.endsWith('/openapi.json')) return jsonAnswer(200, openApi(study));
  const answer = await answerRequest(bodyOf(request), judge, (entries) => putEntries(putting, entries));
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
  return jsonAnswer(answer.status, { accepted: answer.accepted, results: answer.results });
}
