/** `headwaters trace`: one event through every layer, with the objects, rows and statements that touched it. */

import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { ledgerKey } from '../../lib/model/ledger.ts';
import { runPrefix } from '../../lib/model/plan.ts';
import type { Model, Study } from '../../lib/model/study.ts';
import { ask, type QueryResult } from '../athena.ts';
import { RunFailedError } from '../failure.ts';
import { physicalNames } from '../names.ts';
import { findStudy } from '../studies.ts';
import { createTerminal, table } from '../terminal.ts';
import { openWorld, type World } from '../world.ts';

export interface TraceOptions {
  readonly study: string;
  readonly days: number;
  readonly state: string;
  readonly json: boolean;
}

interface Layer {
  /** `bronze`, `ledger`, `silver`, `gold`, … */
  readonly layer: string;
  /** What was found there: a table, a DynamoDB table, a folder. */
  readonly place: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

export async function trace(eventId: string, options: TraceOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const study = findStudy(options.study);
  const world = await openWorld({ stateDir: options.state, port: 0 });
  try {
    const layers = await follow(world, study, eventId, options.days);
    if (layers.length === 0)
      throw new RunFailedError(
        `No record of the last ${options.days} days in ${study.name} has the event id '${eventId}'. ` +
          `Ids are in ${study.name}_bronze.records; --days looks further back.`,
      );
    if (options.json) return terminal.line(JSON.stringify({ eventId, layers }, undefined, 2));
    for (const { layer, place, columns, rows } of layers)
      terminal.line(`${terminal.style('bold', layer)} · ${place}\n${indent(table(columns, rows))}\n`);
  } finally {
    await world.close();
  }
}

const indent = (text: string) => text.replace(/^/gm, '  ');
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

const layerOf = (layer: string, place: string, { columns, rows }: QueryResult): Layer[] =>
  rows.length === 0 ? [] : [{ layer, place, columns: columns.map(({ name }) => name), rows }];

async function follow(world: World, study: Study, eventId: string, days: number): Promise<Layer[]> {
  const { now } = (await world.admin('GET', '/_headwaters/clock')) as { now: string };
  const since = new Date(Date.parse(now) - days * 86_400_000).toISOString().slice(0, 10);
  const bounds = `dt between ${literal(since)} and ${literal(now.slice(0, 10))} and event_id = ${literal(eventId)}`;
  const { athena } = world.clients;
  const bronzeTable = `${study.name}_bronze.records`;
  const bronze = await ask(
    athena,
    `select "$path" as object, stream, shard, sequence_number, arrived_at, source, verdict, rule, rule_path, dt, hour
     from ${bronzeTable} where ${bounds} order by arrived_at, shard, sequence_number`,
  );
  const quarantineTable = `${study.name}_quarantine.records`;
  const quarantine = await ask(
    athena,
    `select "$path" as object, shard, sequence_number, rule, rule_path from ${quarantineTable} where ${bounds}`,
  );
  return [
    ...layerOf('bronze', bronzeTable, bronze),
    ...(await ledger(world, study, bronze)),
    ...layerOf('quarantine', quarantineTable, quarantine),
    ...(await published(world, study, eventId, bronze)),
  ];
}

/** The ledger's rows of the objects that hold the event, and the papers of the runs that took them. */
async function ledger(world: World, study: Study, bronze: QueryResult): Promise<Layer[]> {
  const cell = (row: ReadonlyArray<string | null>, name: string) =>
    row[bronze.columns.findIndex((column) => column.name === name)] ?? '';
  const keys = new Map(
    bronze.rows.map((row) => {
      const key = cell(row, 'object').replace(/^s3:\/\/[^/]+\//, '');
      const pk = ledgerKey(
        study.name,
        cell(row, 'stream'),
        cell(row, 'shard'),
        cell(row, 'dt'),
        cell(row, 'hour'),
      );
      return [key, pk];
    }),
  );
  const rows: (string | null)[][] = [];
  const runs = new Set<string>();
  for (const [sk, pk] of keys) {
    const { Item } = await world.clients.dynamodb.send(
      new GetCommand({ TableName: physicalNames.ledger, Key: { pk, sk } }),
    );
    if (!Item) continue;
    rows.push([sk, String(Item.state), String(Item.records), Item.run_id ? String(Item.run_id) : null]);
    if (Item.run_id) runs.add(String(Item.run_id));
  }
  const papers = await Promise.all([...runs].map((runId) => runPapers(world, study, runId)));
  return [
    ...(rows.length > 0
      ? [
          {
            layer: 'ledger',
            place: physicalNames.ledger,
            columns: ['object', 'state', 'records', 'run'],
            rows,
          },
        ]
      : []),
    ...papers.flat(),
  ];
}

async function runPapers(world: World, study: Study, runId: string): Promise<Layer[]> {
  const bucket = physicalNames.bucket('lake');
  const { Contents = [] } = await world.clients.s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: runPrefix(study.name, runId) }),
  );
  if (Contents.length === 0) return [];
  const rows = Contents.map(({ Key, Size }) => [`s3://${bucket}/${Key}`, String(Size)]);
  return [
    {
      layer: `run ${runId}`,
      place: 'manifest, statements and balance sheet',
      columns: ['object', 'bytes'],
      rows,
    },
  ];
}

/** The event's own row in silver, and the rows of every later table that carry its key. */
async function published(world: World, study: Study, eventId: string, bronze: QueryResult): Promise<Layer[]> {
  const at = bronze.columns.findIndex(({ name }) => name === 'source');
  const sources = new Set(bronze.rows.map((row) => row[at]));
  const layers: Layer[] = [];
  for (const model of study.models.filter(({ contract }) =>
    contract.accountsFor?.some((source) => sources.has(source)),
  )) {
    const own = await ask(
      world.clients.athena,
      `select * from ${model.database}.${model.table} where _event_id = ${literal(eventId)}`,
    );
    layers.push(...layerOf(model.layer, `${model.database}.${model.table}`, own));
    const key = keyOf(model, own);
    if (key)
      for (const later of downstream(study, model)) layers.push(...(await rowsWith(world, later, key)));
  }
  return layers;
}

type Key = ReadonlyMap<string, string>;

/** The values by which later tables can be searched: the row's declared key, else its columns named `…_id`. */
function keyOf({ contract }: Model, { columns, rows }: QueryResult): Key | undefined {
  const row = rows[0];
  if (!row) return undefined;
  const names = contract.primaryKey.length > 0 ? contract.primaryKey : [columns[0]!.name];
  return new Map(names.map((name) => [name, row[columns.findIndex((column) => column.name === name)] ?? '']));
}

function downstream(study: Study, model: Model): Model[] {
  const reached = new Set([model.name]);
  return study.models.filter(({ name, dependsOn }) => {
    if (!dependsOn.some((other) => reached.has(other))) return false;
    reached.add(name);
    return true;
  });
}

async function rowsWith(world: World, model: Model, key: Key): Promise<Layer[]> {
  const columns = new Set(model.contract.columns.map(({ name }) => name));
  if (![...key.keys()].every((name) => columns.has(name))) return [];
  const condition = [...key]
    .map(([name, value]) => `cast(${identifier(name)} as varchar) = ${literal(value)}`)
    .join(' and ');
  const found = await ask(
    world.clients.athena,
    `select * from ${model.database}.${model.table} where ${condition} limit 20`,
  );
  return layerOf(model.layer, `${model.database}.${model.table}`, found);
}
