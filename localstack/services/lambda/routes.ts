/** Where Lambda's REST API has its actions. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
import type { HttpResponse } from '../../core/http.ts';
import type { Route } from '../../core/service.ts';

const json =
  (status: number) =>
  (result: unknown): HttpResponse => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(result),
  });
const empty = (): HttpResponse => ({ status: 204 });

const FUNCTIONS = '/2015-03-31/functions';
const MAPPINGS = '/2015-03-31/event-source-mappings';

export const routes: readonly Route[] = [
  {
    method: 'POST',
    path: `${FUNCTIONS}/{FunctionName}/invocations`,
    action: 'Invoke',
    headers: {
      'x-amz-invocation-type': 'InvocationType',
      'x-amz-log-type': 'LogType',
      'x-amz-client-context': 'ClientContext',
      'x-amz-durable-execution-name': 'DurableExecutionName',
      'x-amz-tenant-id': 'TenantId',
    },
    payload: 'Payload',
    output: ({ StatusCode, ExecutedVersion, FunctionError, LogResult, Payload }) => ({
      status: StatusCode,
      headers: {
        'content-type': 'application/json',
        ...(ExecutedVersion && { 'x-amz-executed-version': ExecutedVersion }),
        ...(FunctionError && { 'x-amz-function-error': FunctionError }),
        ...(LogResult && { 'x-amz-log-result': LogResult }),
      },
      body: Payload,
    }),
  },
  { method: 'POST', path: FUNCTIONS, action: 'CreateFunction', output: json(201) },
  { method: 'GET', path: FUNCTIONS, action: 'ListFunctions' },
  { method: 'GET', path: `${FUNCTIONS}/{FunctionName}`, action: 'GetFunction' },
  { method: 'DELETE', path: `${FUNCTIONS}/{FunctionName}`, action: 'DeleteFunction', output: empty },
  { method: 'GET', path: `${FUNCTIONS}/{FunctionName}/configuration`, action: 'GetFunctionConfiguration' },
  { method: 'PUT', path: `${FUNCTIONS}/{FunctionName}/configuration`, action: 'UpdateFunctionConfiguration' },
  { method: 'PUT', path: `${FUNCTIONS}/{FunctionName}/code`, action: 'UpdateFunctionCode' },
  { method: 'GET', path: `${FUNCTIONS}/{FunctionName}/policy`, action: 'GetPolicy' },
  {
    method: 'PUT',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    action: 'PutFunctionConcurrency',
  },
  {
    method: 'DELETE',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    action: 'DeleteFunctionConcurrency',
    output: empty,
  },
  {
    method: 'GET',
    path: '/2019-09-30/functions/{FunctionName}/concurrency',
    action: 'GetFunctionConcurrency',
  },
  {
    method: 'PUT',
    path: '/2019-09-25/functions/{FunctionName}/event-invoke-config',
    action: 'PutFunctionEventInvokeConfig',
  },
  {
    method: 'GET',
    path: '/2019-09-25/functions/{FunctionName}/event-invoke-config',
    action: 'GetFunctionEventInvokeConfig',
  },
  { method: 'POST', path: MAPPINGS, action: 'CreateEventSourceMapping', output: json(202) },
  { method: 'GET', path: MAPPINGS, action: 'ListEventSourceMappings' },
  { method: 'GET', path: `${MAPPINGS}/{UUID}`, action: 'GetEventSourceMapping' },
  { method: 'PUT', path: `${MAPPINGS}/{UUID}`, action: 'UpdateEventSourceMapping', output: json(202) },
  { method: 'DELETE', path: `${MAPPINGS}/{UUID}`, action: 'DeleteEventSourceMapping', output: json(202) },
];
