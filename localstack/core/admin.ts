/** The cloud's own addresses: health in LocalStack's shape, the clock, the meters. */
import { databasesUnder } from './database.ts';
import { AwsError } from './errors.ts';
import { type HttpRequest, type HttpResponse, readBody } from './http.ts';
import { catalogue, serviceFor } from './protocols/catalogue.ts';
import { restJsonError } from './protocols/restJson.ts';
import type { CloudContext } from './service.ts';

const json = (value: unknown): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** The answer of `/_localstack/…` and `/_headwaters/…`; undefined for any other path. */
export async function answerAdmin(
  context: CloudContext,
  request: HttpRequest,
): Promise<HttpResponse | undefined> {
  if (!/^\/_(localstack|headwaters)\//.test(request.path)) return undefined;
  try {
    switch (`${request.method} ${request.path}`) {
      case 'GET /_localstack/health':
        return json(health(context));
      case 'GET /_headwaters/clock':
        return json(clockNow(context));
      case 'POST /_headwaters/clock':
        await advanceClock(context, await readBody(request.body));
        return json(clockNow(context));
      case 'GET /_headwaters/meters':
        return json({ meters: context.meter.read() });
      case 'GET /_headwaters/idle':
        // What cannot be read is tried again and again: whoever waits for its end gets the reason why it does not come.
        assertUndamaged(context);
        return json(await context.call('lambda', '_Idle', {}));
      case 'GET /_headwaters/state':
        checkState(context);
        return json({ state: context.stateDir });
      case 'POST /_headwaters/deploy':
        return json(await context.call('cloudformation', '_DeployAssembly', await readFolder(request)));
      default:
        throw new AwsError(
          'NotFound',
          `There is no ${request.method} ${request.path}; there are GET /_localstack/health, ` +
            'GET and POST /_headwaters/clock, GET /_headwaters/meters, GET /_headwaters/idle, ' +
            'GET /_headwaters/state, POST /_headwaters/deploy.',
          { status: 404 },
        );
    }
  } catch (error) {
    if (error instanceof AwsError) return restJsonError(error);
    throw error;
  }
}

function assertUndamaged(context: CloudContext): void {
  context.assertUndamaged();
  for (const { damage } of databasesUnder(context.stateDir)) if (damage) throw damage;
}

/** Compares what the services hold open with what they wrote. @throws DamagedStateError */
function checkState(context: CloudContext): void {
  assertUndamaged(context);
  for (const database of databasesUnder(context.stateDir)) database.check();
  for (const service of context.services()) service.check?.();
}

/** https://docs.localstack.cloud/aws/capabilities/networking/internal-endpoints/ */
const health = (context: CloudContext) => ({
  services: Object.fromEntries(
    catalogue.map((wire) => [wire.names[0], serviceFor(context.services(), wire) ? 'running' : 'disabled']),
  ),
  edition: 'headwaters',
  version: '0.1.0',
});

/** `{"folder": "/…/cdk.out"}`: a cloud assembly on this machine; `importExisting` as in `AssemblyOptions`. */
async function readFolder(request: HttpRequest): Promise<{ folder: string; importExisting: boolean }> {
  const { folder, importExisting } = parseJson(await readBody(request.body)) as {
    folder?: unknown;
    importExisting?: unknown;
  };
  if (typeof folder !== 'string')
    throw new AwsError('ValidationException', 'The body must be JSON: {"folder": "<cloud assembly>"}');
  return { folder, importExisting: importExisting === true };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AwsError('ValidationException', 'The body is not JSON.', { cause });
  }
}

const clockNow = (context: CloudContext) => ({ now: new Date(context.clock.now()).toISOString() });

async function advanceClock(context: CloudContext, body: Buffer): Promise<void> {
  const { advanceSeconds: seconds } = parseJson(body) as { advanceSeconds?: unknown };
  if (typeof seconds !== 'number' || !(seconds > 0))
    throw new AwsError(
      'ValidationException',
      `advanceSeconds is ${JSON.stringify(seconds)}; it must be a number above 0: the clock only moves ahead.`,
    );
  await context.clock.advance(seconds * 1000);
}
