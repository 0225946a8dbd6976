/** Asks OLTP (DynamoDB) and OLAP (Athena) the same question, and tells what each answer cost. */
import type { AccessPattern } from '../lib/model/study/oltp.ts';
import type { Study } from '../lib/model/study/study.ts';
import { callApi } from './api.ts';
import { ask } from './ask.ts';
import type { Commands, LakeContext } from './context.ts';
import { drain } from './drain.ts';
import { RunFailedError, UsageError } from './errors.ts';
import { assertSucceeded, runPipeline } from './pipeline.ts';
import type { WorkOptions } from './progress.ts';

export interface Side {
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly milliseconds: number;
}

export interface TwoAnswers {
  readonly columns: readonly string[];
  readonly oltp: Side & { readonly readUnits: number };
  readonly olap: Side & { readonly scannedBytes: number };
  readonly equal: boolean;
  readonly difference: Difference;
}

export interface Difference {
  readonly onlyOltp: Side['rows'];
  readonly onlyOlap: Side['rows'];
  /** Why the answers may differ, or why they say nothing; undefined for two equal answers with rows. */
  readonly explanation: string | undefined;
}

type Parameters = Readonly<Record<string, string>>;

/** Runs the pipeline first, so that both sides know the same changes. Throws `UsageError` for an unknown question. */
export async function compare(
  lake: LakeContext,
  study: Study,
  question: string,
  parameters: Parameters,
  options: WorkOptions = {},
): Promise<TwoAnswers> {
  const access = findQuestion(study, question, parameters);
  if (lake.target.localCloud) await drain(lake, options);
  else
    options.onProgress?.({
      kind: 'note',
      text: '! Whether every captured change is in bronze is not known here: Athena may answer without the newest',
    });
  assertSucceeded(lake, study.name, await runPipeline(lake, study.name, {}, options));
  return both(lake, study, question, access, parameters);
}

/** Throws `UsageError` for an unknown question or other parameters than it takes. */
export function findQuestion(study: Study, question: string, parameters: Parameters) {
  const access = findPattern(study, question);
  assertParameters(access, parameters);
  return access;
}

function findPattern(study: Study, name: string): AccessPattern & { olap: string } {
  const patterns = Object.entries(study.oltp?.access ?? {}).filter(([, { olap }]) => olap);
  const found = patterns.find(([key]) => key === name)?.[1];
  if (!found?.olap)
    throw new UsageError(
      `${study.name} has no question '${name}' for both sides; there is: ${patterns.map(([key]) => key).join(', ') || 'none'}.`,
    );
  return found as AccessPattern & { olap: string };
}

function assertParameters({ parameters }: AccessPattern, values: Parameters): void {
  const missing = parameters.filter((parameter) => values[parameter] === undefined);
  const unknown = Object.keys(values).filter((parameter) => !parameters.includes(parameter));
  if (missing.length > 0 || unknown.length > 0)
    throw new UsageError(`The question takes ${parameters.map((parameter) => `${parameter}=…`).join(' ')}.`);
}

async function both(
  lake: LakeContext,
  study: Study,
  pattern: string,
  access: AccessPattern & { olap: string },
  values: Parameters,
): Promise<TwoAnswers> {
  const sql = access.olap.replace(
    /\{(\w+)\}/g,
    (_, name: string) => `'${values[name]!.replaceAll("'", "''")}'`,
  );
  const olap = await ask(lake, sql);
  const columns = olap.columns.map(({ name }) => name);
  const answer = await callApi(
    lake,
    'GET',
    `/studies/${study.name}/access/${pattern}?${new URLSearchParams(values)}`,
  );
  if (answer.status !== 200)
    throw new RunFailedError(`The API answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  const { items, capacityUnits } = answer.body as { items: Record<string, unknown>[]; capacityUnits: number };
  const oltpRows = items.map((item) => columns.map((column) => plain(item[column])));
  const difference = differenceOf(lake, study.name, oltpRows, olap.rows);
  return {
    columns,
    oltp: { rows: oltpRows, milliseconds: Math.round(answer.milliseconds), readUnits: capacityUnits },
    olap: {
      rows: olap.rows,
      milliseconds: olap.statistics.milliseconds,
      scannedBytes: olap.statistics.scannedBytes,
    },
    equal: difference.onlyOltp.length === 0 && difference.onlyOlap.length === 0,
    difference,
  };
}

const plain = (value: unknown) => (value === undefined || value === null ? null : String(value));

/** Rows are compared with each other in any order: the two sides sort by their own rules. 149 and 149.00 are one number. */
export function differenceOf(
  commands: Commands,
  study: string,
  oltp: Side['rows'],
  olap: Side['rows'],
): Difference {
  const onlyOltp = without(oltp, olap);
  const onlyOlap = without(olap, oltp);
  return { onlyOltp, onlyOlap, explanation: explain(commands, study, { oltp, olap, onlyOltp, onlyOlap }) };
}

const keyOf = (row: Side['rows'][number]) =>
  JSON.stringify(row.map((cell) => (cell !== null && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell)));

/** Each row of the others takes one equal row away. */
function without(rows: Side['rows'], others: Side['rows']): Side['rows'] {
  const left = new Map<string, number>();
  for (const key of others.map(keyOf)) left.set(key, (left.get(key) ?? 0) + 1);
  return rows.filter((row) => {
    const count = left.get(keyOf(row)) ?? 0;
    left.set(keyOf(row), count - 1);
    return count <= 0;
  });
}

type Sides = Record<'oltp' | 'olap' | 'onlyOltp' | 'onlyOlap', Side['rows']>;

function explain(
  { command }: Commands,
  study: string,
  { oltp, olap, onlyOltp, onlyOlap }: Sides,
): string | undefined {
  if (oltp.length === 0 && olap.length === 0)
    return (
      `Neither side has a row for these parameters, so there is nothing to compare. ${command(`transact ${study} <transaction>`)} ` +
      'writes into DynamoDB, and its change reaches Athena with the next run.'
    );
  if (onlyOltp.length === 0 && onlyOlap.length === 0) return undefined;
  if (oltp.length === 0)
    return (
      'DynamoDB has none of these rows: they arrived by the stream or in files, as simulated events do, and not through a ' +
      `transaction. Only what ${command(`transact ${study} <transaction>`)} writes is on both sides.`
    );
  if (onlyOlap.length === 0)
    return (
      'Athena misses rows that DynamoDB has: their change was refused on its way, or the pipeline has not published it. ' +
      `${command(`quarantine list ${study}`)} shows what was refused, ${command('status')} what waits.`
    );
  if (onlyOltp.length === 0)
    return (
      'Athena has rows that DynamoDB has not: they arrived by the stream or in files as well, or were deleted from DynamoDB, ' +
      'which keeps the newest state while the lake keeps what happened.'
    );
  return (
    'The same rows have other values: DynamoDB keeps the newest state, and Athena the state of the events that arrived, so an ' +
    `event from elsewhere about the same row makes them differ. ${command(`trace <event-id> --study ${study}`)} follows an event.`
  );
}
