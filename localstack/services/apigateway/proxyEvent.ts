/** A request as a function sees it (payload format 2.0), and its answer as the caller does. */
import type { HttpRequest, HttpResponse } from '../../core/http.ts';
import type { CallContext } from '../../core/service.ts';
import type { Match } from './routing.ts';

export interface ProxyRequest {
  readonly apiId: string;
  readonly stage: string;
  readonly path: string;
  readonly request: HttpRequest;
  readonly body: Buffer;
  readonly match: Match;
  readonly call: CallContext;
  readonly nowMs: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(ms: number): string {
  const [date, time] = new Date(ms).toISOString().split('T') as [string, string];
  const [year, month, day] = date.split('-') as [string, string, string];
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}

const isText = (contentType: string) =>
  /^text\/|^application\/(json|xml|javascript)|^application\/[^;]*\+(json|xml)/i.test(contentType);

function queryOf(query: URLSearchParams): Record<string, string> | undefined {
  const values = new Map<string, string[]>();
  for (const [name, value] of query) values.set(name, [...(values.get(name) ?? []), value]);
  if (values.size === 0) return undefined;
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')]));
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function proxyEvent({ apiId, stage, path, request, body, match, call, nowMs }: ProxyRequest) {
  const { cookie, ...headers } = request.headers;
  const host = request.headers.host ?? '';
  const isTextBody = isText(request.headers['content-type'] ?? 'text/plain');
  const { principal } = call;
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: stage === '$default' ? path : `/${stage}${path}`,
    rawQueryString: request.query.toString(),
    cookies: cookie?.split(/;\s*/),
    headers,
    queryStringParameters: queryOf(request.query),
    requestContext: {
      accountId: call.accountId,
      apiId,
      authorizer:
        match.route.authorization === 'AWS_IAM'
          ? {
              iam: {
                accessKey: principal.accessKeyId,
                accountId: call.accountId,
                callerId: principal.accessKeyId,
                cognitoIdentity: null,
                principalOrgId: null,
                userArn: principal.roleArn ?? `arn:aws:iam::${call.accountId}:root`,
                userId: principal.accessKeyId,
              },
            }
          : undefined,
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: {
        method: request.method,
        path: stage === '$default' ? path : `/${stage}${path}`,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: call.requestId,
      routeKey: match.route.key,
      stage,
      time: commonLogTime(nowMs),
      timeEpoch: nowMs,
    },
    pathParameters: Object.keys(match.parameters).length > 0 ? match.parameters : undefined,
    body: body.length === 0 ? undefined : body.toString(isTextBody ? 'utf8' : 'base64'),
    isBase64Encoded: body.length > 0 && !isTextBody,
  };
}

export const jsonResponse = (status: number, message: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});

export const internalError = () => jsonResponse(500, 'Internal Server Error');

/** An answer without `statusCode` is the body of a 200; one that is not JSON or malformed is a 500, as on AWS. */
export function proxyResponse(payload: Buffer): HttpResponse {
  let answer: unknown;
  try {
    answer = payload.length === 0 ? null : JSON.parse(payload.toString('utf8'));
  } catch {
    return internalError();
  }
  if (typeof answer !== 'object' || answer === null || !('statusCode' in answer)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof answer === 'string' ? answer : JSON.stringify(answer),
    };
  }
  const {
    statusCode,
    headers = {},
    body = '',
    isBase64Encoded,
    cookies,
  } = answer as {
    statusCode: unknown;
    headers?: Record<string, string | number | boolean>;
    body?: unknown;
    isBase64Encoded?: boolean;
    cookies?: readonly string[];
  };
  const status = Number(statusCode);
  // One header line cannot carry several cookies, and the seam has one line a name.
  const isRepresentable = (cookies?.length ?? 0) <= 1;
  if (!Number.isInteger(status) || typeof body !== 'string' || !isRepresentable) return internalError();
  const lowered = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...lowered,
      ...(cookies?.[0] !== undefined && { 'set-cookie': cookies[0] }),
    },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}
