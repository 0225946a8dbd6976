/** The lines that Lambda writes around a request's own output. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html */
import type { Outcome } from './instance.ts';
import type { FunctionRecord } from './types.ts';

const ms = (value: number) => value.toFixed(2);

/** Start line, the output's lines, timeout, end and report, as one list of log messages. */
export function requestLog(fn: FunctionRecord, requestId: string, outcome: Outcome, nowMs: number): string[] {
  const billedMs = Math.ceil(outcome.durationMs + (outcome.initDurationMs ?? 0));
  const lines = outcome.output === '' ? [] : outcome.output.replace(/\n$/, '').split('\n');
  if (fn.logFormat === 'JSON') {
    const time = new Date(nowMs).toISOString();
    const event = (type: string, record: object) =>
      JSON.stringify({ time, type, record: { requestId, ...record } });
    const metrics = {
      durationMs: Number(ms(outcome.durationMs)),
      billedDurationMs: billedMs,
      memorySizeMB: fn.memoryMb,
      maxMemoryUsedMB: outcome.maxMemoryMb,
      ...(outcome.initDurationMs !== undefined && { initDurationMs: Number(ms(outcome.initDurationMs)) }),
    };
    const status = outcome.timedOut ? 'timeout' : outcome.failed ? 'error' : 'success';
    return [
      event('platform.start', { version: '$LATEST' }),
      ...lines,
      event('platform.report', { metrics, status }),
    ];
  }
  const report = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${ms(outcome.durationMs)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${fn.memoryMb} MB`,
    `Max Memory Used: ${outcome.maxMemoryMb} MB`,
    ...(outcome.initDurationMs === undefined ? [] : [`Init Duration: ${ms(outcome.initDurationMs)} ms`]),
    ...(outcome.timedOut ? ['Status: timeout'] : []),
  ];
  return [
    `START RequestId: ${requestId} Version: $LATEST`,
    ...lines,
    ...(outcome.timedOut
      ? [
          `${new Date(nowMs).toISOString()} ${requestId} Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`,
        ]
      : []),
    `END RequestId: ${requestId}`,
    `${report.join('\t')}\t`,
  ];
}

const TAIL_BYTES = 4096;

/** The end of a request's log as `LogResult` gives it: the last 4 KB. */
export function logTail(lines: readonly string[]): string {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)).toString('utf8');
}
