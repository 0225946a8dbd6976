/** HTTP → DynamoDB: a declared transaction is one TransactWriteItems, a declared access pattern one Query. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { OltpInputError, planAccess, planTransaction } from '../../lib/model/study/oltp/transaction.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { bodyOf, jsonAnswer } from '../shared/http.ts';
import { answerToError, decodeNext, encodeNext } from './logic.ts';

const study = deployedStudy();
const design = study.oltp!;
const table = environment('STORE_TABLE');
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});

export async function handler(request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const name = request.pathParameters?.name ?? '';
  try {
    return request.requestContext.http.method === 'POST'
      ? await transact(name, inputOf(request))
      : await access(name, request.queryStringParameters ?? {});
  } catch (error) {
    if (error instanceof OltpInputError) return jsonAnswer(400, { message: error.message, path: error.path });
    throw error;
  }
}

function inputOf(request: APIGatewayProxyEventV2): unknown {
  try {
    return JSON.parse(bodyOf(request));
  } catch (error) {
    throw new OltpInputError('', `the body is not JSON: ${(error as Error).message}`);
  }
}

async function transact(name: string, input: unknown): Promise<APIGatewayProxyStructuredResultV2> {
  const plan = planTransaction(design, name, input, Date.now(), table);
  try {
    const answer = await dynamo.send(
      new TransactWriteCommand({
        ...(plan.request as ConstructorParameters<typeof TransactWriteCommand>[0]),
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    return jsonAnswer(200, { result: plan.result, capacityUnits: unitsOf(answer.ConsumedCapacity) });
  } catch (error) {
    const problem = answerToError(error, plan);
    if (!problem) throw error;
    return jsonAnswer(problem.status, { message: problem.message });
  }
}

async function access(
  name: string,
  { next, ...parameters }: Readonly<Record<string, string | undefined>>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const plan = planAccess(design, name, parameters, table);
  const from = next === undefined ? undefined : decodeNext(next);
  if (next !== undefined && !from)
    throw new OltpInputError('/next', 'next is not what an earlier answer gave');
  const answer = await dynamo.send(new QueryCommand({ ...plan, ...(from && { ExclusiveStartKey: from }) }));
  return jsonAnswer(200, {
    items: answer.Items ?? [],
    capacityUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0,
    next: encodeNext(answer.LastEvaluatedKey),
  });
}

const unitsOf = (consumed: readonly { CapacityUnits?: number }[] | undefined) =>
  (consumed ?? []).reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
