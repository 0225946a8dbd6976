/** State shared by Kinesis's actions. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { Metrics } from './metrics.ts';
import type { Streams } from './store.ts';
import type { Throughput } from './throughput.ts';

export interface Kinesis {
  readonly context: CloudContext;
  readonly streams: Streams;
  readonly throughput: Throughput;
  readonly metrics: Metrics;
}

/** AWS's wording of a request that breaks a rule of its model. */
export const invalid = (value: unknown, at: string, constraint: string) =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value ${value === null ? 'null' : `'${value}'`} at '${at}' failed to satisfy constraint: ${constraint}`,
  );

export const invalidArgument = (message: string) => new AwsError('InvalidArgumentException', message);
