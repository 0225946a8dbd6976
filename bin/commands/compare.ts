/** `headwaters compare`: the same question to DynamoDB and to Athena, with both answers and what each cost. */
import type { AccessPattern } from '../../lib/model/oltp.ts';
import type { Study } from '../../lib/model/study.ts';
import { callApi } from '../api.ts';
import { ask } from '../athena.ts';
import { drain } from '../drain.ts';
import { RunFailedError, UsageError } from '../failure.ts';
import { assertSucceeded, runPipeline } from '../pipeline.ts';
import { findStudy } from '../studies.ts';
import { bytes, createTerminal, table } from '../terminal.ts';
import { deploy, openWorld, type World } from '../world.ts';

export interface CompareOptions {
  readonly state: string;
  readonly json: boolean;
}

interface Side {
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly milliseconds: number;
}

interface Comparison {
  readonly columns: readonly string[];
  readonly oltp: Side & { readonly readUnits: number };
  readonly olap: Side & { readonly scannedBytes: number };
  readonly equal: boolean;
}

export async function compare(
  name: string,
  pattern: string,
  parameters: readonly string[],
  options: CompareOptions,
): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const study = findStudy(name);
  const access = findPattern(study, pattern);
  const values = readParameters(access, parameters);
  const world = await openWorld({ stateDir: options.state, port: 0 });
  try {
    await deploy(world, terminal);
    await terminal.step('Letting captured changes reach gold', async (progress) => {
      await drain(world, progress);
      assertSucceeded(await runPipeline(world, study.name, {}, progress));
    });
    const found = await both(world, study, pattern, access, values);
    if (options.json) terminal.line(JSON.stringify(found, undefined, 2));
    else show(terminal, found);
    if (!found.equal) throw new RunFailedError('The two answers differ.');
  } finally {
    await world.close();
  }
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

function readParameters({ parameters }: AccessPattern, given: readonly string[]): Record<string, string> {
  const values = Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`'${text}' is no parameter; write name=value.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
  const missing = parameters.filter((parameter) => values[parameter] === undefined);
  const unknown = Object.keys(values).filter((parameter) => !parameters.includes(parameter));
  if (missing.length > 0 || unknown.length > 0)
    throw new UsageError(`The question takes ${parameters.map((parameter) => `${parameter}=…`).join(' ')}.`);
  return values;
}

async function both(
  world: World,
  study: Study,
  pattern: string,
  access: AccessPattern & { olap: string },
  values: Readonly<Record<string, string>>,
): Promise<Comparison> {
  const sql = access.olap.replace(
    /\{(\w+)\}/g,
    (_, name: string) => `'${values[name]!.replaceAll("'", "''")}'`,
  );
  const olap = await ask(world.clients.athena, sql);
  const columns = olap.columns.map(({ name }) => name);
  const answer = await callApi(
    world,
    'GET',
    `/studies/${study.name}/access/${pattern}?${new URLSearchParams(values)}`,
  );
  if (answer.status !== 200)
    throw new RunFailedError(`The API answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  const { items, capacityUnits } = answer.body as { items: Record<string, unknown>[]; capacityUnits: number };
  const oltpRows = items.map((item) => columns.map((column) => plain(item[column])));
  return {
    columns,
    oltp: { rows: oltpRows, milliseconds: Math.round(answer.milliseconds), readUnits: capacityUnits },
    olap: {
      rows: olap.rows,
      milliseconds: olap.statistics.milliseconds,
      scannedBytes: olap.statistics.scannedBytes,
    },
    equal: sameRows(oltpRows, olap.rows),
  };
}

const plain = (value: unknown) => (value === undefined || value === null ? null : String(value));

/** Equal as sets of rows: the two sides sort by their own rules. 149 and 149.00 are one number. */
function sameRows(a: Side['rows'], b: Side['rows']): boolean {
  const key = (row: ReadonlyArray<string | null>) =>
    JSON.stringify(row.map((cell) => (cell !== null && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell)));
  const sorted = (rows: Side['rows']) => rows.map(key).sort();
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function show(terminal: ReturnType<typeof createTerminal>, { columns, oltp, olap, equal }: Comparison) {
  terminal.line(terminal.style('bold', `DynamoDB · ${oltp.milliseconds} ms · ${oltp.readUnits} read units`));
  terminal.line(`${table(columns, oltp.rows)}\n`);
  terminal.line(
    terminal.style('bold', `Athena · ${olap.milliseconds} ms · ${bytes(olap.scannedBytes)} scanned`),
  );
  terminal.line(`${table(columns, olap.rows)}\n`);
  terminal.line(
    equal ? terminal.style('green', '✓ The same answer.') : terminal.style('red', '✗ The answers differ.'),
  );
}
