/** Tells the way of one record as hops: what happened, when, where to look, and the few facts that matter. Pure. */
import { LANDING } from '../lib/model/layout.ts';
import type { RecordIdentity } from '../lib/model/study/provenance.ts';
import type { FoundRecord } from './objects.ts';
import { counted } from './text.ts';
import type { Layer } from './trace.ts';
import type { TracedCopy } from './traceSummary.ts';

/** What a text leads to. */
export type Reference =
  /** `after`: the record before it in the shard; absent for the first of its batch. */
  | ({ readonly kind: 'record'; readonly after?: string; readonly arrivedAt: string } & RecordIdentity)
  | {
      readonly kind: 'object';
      readonly bucket: 'lake' | 'landing';
      readonly key: string;
      readonly line?: number;
    }
  | { readonly kind: 'table'; readonly zone: string; readonly table: string; readonly view?: string }
  | { readonly kind: 'run'; readonly id: string; readonly model?: string }
  | { readonly kind: 'event'; readonly id: string }
  | { readonly kind: 'quarantine'; readonly id: string }
  | { readonly kind: 'live' }
  | { readonly kind: 'dynamodb' };

export interface Said {
  readonly text: string;
  /** An id, a key or SQL: in the fixed-width face. */
  readonly code?: boolean;
  /** Where `text` is shortened: all of it. */
  readonly full?: string;
  readonly to?: Reference;
}

export interface Fact {
  readonly name: string;
  readonly said: readonly Said[];
}

type HopLayer = 'ingestion' | 'bronze' | 'silver' | 'gold' | 'serving';

export interface JourneyHop {
  readonly id: string;
  readonly layer: HopLayer;
  /** ISO 8601; absent where nobody wrote it down. */
  readonly at?: string;
  readonly place: Said;
  readonly title: string;
  /** How it ended here, when it did. */
  readonly end?: 'duplicate' | 'refused' | 'waiting';
  readonly facts: readonly Fact[];
  /** The rows in full. */
  readonly rows?: Layer;
  /** Not on the way to gold: what else took the record. */
  readonly aside?: true;
}

/** A table that holds rows made from the record, and how it came to be published. */
export interface TableEvidence {
  readonly layer: Layer;
  readonly zone: 'silver' | 'gold' | 'marts';
  readonly table: string;
  /** `November 2026, Audio`, one of each row that is listed. */
  readonly labels: readonly string[];
  /** The one value that stands for the row. */
  readonly measure?: { readonly column: string; readonly value: string };
  /** Further values, by column. */
  readonly values: readonly (readonly [column: string, value: string])[];
  /** Its rows are made from groups of rows. */
  readonly isGrouped: boolean;
  readonly isView: boolean;
  /** Its rows change with the record; others only read what does. */
  readonly isOwn: boolean;
  readonly publishedAt?: string;
  readonly snapshot?: string;
  /** Objects of the statements that the run kept: `stage`, `publish`, `view`. */
  readonly statements: readonly { readonly step: string; readonly key: string }[];
  /** The data file that holds the first row. */
  readonly file?: { readonly key: string; readonly rows?: number; readonly bytes?: number };
  readonly joined: readonly { readonly zone: string; readonly table: string }[];
}

export interface JourneyEvidence {
  readonly copy: TracedCopy;
  readonly copies: number;
  readonly identity: RecordIdentity;
  readonly eventId: string | undefined;
  readonly source: string | undefined;
  /** `<name> <version>` of the source's contract. */
  readonly contract?: { readonly version: string };
  readonly sentBy: string | undefined;
  readonly partitionKey: string | undefined;
  readonly happenedAt: string | undefined;
  readonly stream: string;
  readonly object: { readonly key: string; readonly packed?: number };
  readonly place?: FoundRecord;
  readonly ledger?: {
    readonly table: string;
    readonly records: number;
    readonly valid: number;
    readonly refused: number;
    readonly state: string;
    readonly writtenAt?: string;
    readonly run?: string;
  };
  readonly run?: { readonly id: string; readonly startedAt?: string };
  /** Of a record that came by a file. */
  readonly file?: {
    readonly key: string;
    readonly rows: number;
    readonly bytes?: number;
    readonly landedAt?: string;
  };
  /** Of a change in the study's table: which entity. */
  readonly change?: { readonly entity: string; readonly table: string };
  readonly refusal?: { readonly rule: string; readonly path: string; readonly detail: string };
  /** Rows that a model's own rules refused. */
  readonly refusedRows?: Layer;
  readonly live: readonly { readonly view: string; readonly window: string; readonly key: string }[];
  readonly tables: readonly TableEvidence[];
}

/** Tables of gold and of marts that have a hop of their own; the others are named together. */
const MOST_TABLES = 2;

const said = (text: string): Said => ({ text });
const code = (text: string, to?: Reference): Said => ({ text, code: true, ...(to && { to }) });
const fact = (name: string, ...all: readonly Said[]): Fact => ({ name, said: all });
const number = (value: number) => value.toLocaleString('en-US');
const shortRun = (run: string) => run.slice(run.lastIndexOf('-') + 1);

/** The end of a sequence number: its beginning is that of all others of the shard. */
const shortSequence = (sequence: string): string =>
  sequence.length > 12 ? `…${sequence.slice(-8)}` : sequence;

/** An object's key, each sequence number in it by its end. */
const keySaid = (key: string, to: Reference): Said => ({
  ...code(
    key.replace(/\d{20,}/g, (sequence) => shortSequence(sequence)),
    to,
  ),
  full: key,
});

/** `shardId-000000000003` → `shard 3`. */
const shardName = (shard: string) => {
  const found = /^shardId-0*(\d+)$/.exec(shard);
  return found ? `shard ${found[1]}` : shard;
};

/** From its arrival to gold and the marts, or to where it ended. */
export function journeyOf(evidence: JourneyEvidence): JourneyHop[] {
  const { copy, tables } = evidence;
  const arrival = [
    ...arrivalHops(evidence),
    verdictHop(evidence),
    ...liveHops(evidence),
    objectHop(evidence),
  ];
  const hops = [...arrival, ...ledgerHops(evidence)];
  switch (copy.fate) {
    case 'refused':
      return [...hops, refusedHop(evidence)];
    case 'duplicate':
    case 'redelivered':
      return [...hops, duplicateHop(evidence)];
    case 'waiting':
      return [...hops, ...refusedRowsHops(evidence)];
    case 'kept':
      return [
        ...hops,
        ...tables
          .filter(({ zone }) => zone === 'silver')
          .slice(0, MOST_TABLES)
          .map((table, at) => silverHop(evidence, table, at)),
        ...laterHops(tables),
        ...refusedRowsHops(evidence),
      ];
  }
}

function arrivalHops(evidence: JourneyEvidence): JourneyHop[] {
  const { file, change, identity, copy, source } = evidence;
  if (identity.stream === LANDING) return file ? [fileHop(evidence, file)] : [];
  const { stream, sentBy, partitionKey, happenedAt, place } = evidence;
  const to: Reference = {
    kind: 'record',
    ...identity,
    arrivedAt: copy.arrivedAt,
    ...(place?.before && { after: place.before }),
  };
  const facts = [
    fact('Sequence number', code(identity.sequenceNumber, to)),
    ...(partitionKey === undefined ? [] : [fact('Partition key', code(partitionKey))]),
    ...(sentBy === undefined || change ? [] : [fact('Sent by', code(sentBy))]),
    ...(happenedAt === undefined ? [] : [fact('Happened', said(happened(happenedAt, copy.arrivedAt)))]),
  ];
  const arrival: JourneyHop = {
    id: 'arrival',
    layer: 'ingestion',
    at: copy.arrivedAt,
    place: { text: `Kinesis ${stream}`, to },
    title: `Arrived in ${shardName(identity.shard)} as ${shortSequence(identity.sequenceNumber)}`,
    facts,
  };
  if (!change) return [arrival];
  const changed: JourneyHop = {
    id: 'change',
    layer: 'ingestion',
    place: { text: `DynamoDB ${change.table}`, to: { kind: 'dynamodb' } },
    title: `Written in DynamoDB as an item of ${change.entity}`,
    facts: [
      fact('Passed on', said(`by cdc, from the table’s stream, as an event of ${source ?? 'no source'}`)),
    ],
  };
  return [changed, arrival];
}

/** `2026-11-30 17:49:36.033, 15 h before it arrived` */
function happened(at: string, arrivedAt: string): string {
  const minutes = Math.floor((Date.parse(arrivedAt) - Date.parse(at)) / 60_000);
  const before =
    minutes < 2
      ? ''
      : minutes < 120
        ? `${minutes} min`
        : minutes < 2880
          ? `${Math.floor(minutes / 60)} h`
          : `${Math.floor(minutes / 1440)} days`;
  return `${at.slice(0, 23).replace('T', ' ')}${before && `, ${before} before it arrived`}`;
}

const fileHop = (
  { identity, happenedAt }: JourneyEvidence,
  { key, rows, bytes, landedAt }: NonNullable<JourneyEvidence['file']>,
): JourneyHop => ({
  id: 'file',
  layer: 'ingestion',
  ...(landedAt !== undefined && { at: landedAt }),
  place: { text: 'Landed file', to: { kind: 'object', bucket: 'landing', key } },
  title: `Landed as row ${number(Number(identity.sequenceNumber))} of ${number(rows)} in ${key.slice(key.lastIndexOf('/') + 1)}`,
  facts: [
    fact('Key', code(key, { kind: 'object', bucket: 'landing', key })),
    fact('File’s digest', code(identity.shard)),
    ...(bytes === undefined ? [] : [fact('Size', said(`${number(bytes)} B`))]),
    ...(happenedAt === undefined
      ? []
      : [fact('Holds from', said(happenedAt.slice(0, 23).replace('T', ' ')))]),
  ],
});

function verdictHop({ identity, copy, source, contract, refusal, ledger }: JourneyEvidence): JourneyHop {
  const isFile = identity.stream === LANDING;
  const verdict =
    copy.fate === 'refused' && refusal ? `Found to break the rule ${refusal.rule},` : 'Judged valid';
  const batch =
    ledger &&
    (isFile ? ` as one of ${counted(ledger.records, 'row')}` : ` in a batch of ${number(ledger.records)}`);
  return {
    id: 'verdict',
    layer: 'ingestion',
    ...(isFile && { at: copy.arrivedAt }),
    place: said(isFile ? 'file-loader' : 'bronze-writer'),
    title: `${verdict}${batch ?? ''}`,
    facts: [
      ...(source === undefined
        ? [fact('Contract', said('none: it names no source of the study'))]
        : [
            fact('Contract', {
              text: contract ? `${source} ${contract.version}` : source,
              to: { kind: 'table', zone: 'silver', table: source, view: 'columns' },
            }),
          ]),
      ...(ledger
        ? [
            fact(
              isFile ? 'The rows' : 'The batch',
              said(`${number(ledger.valid)} valid, ${number(ledger.refused)} refused`),
            ),
          ]
        : []),
    ],
  };
}

const liveHops = ({ live }: JourneyEvidence): JourneyHop[] =>
  live.length === 0
    ? []
    : [
        {
          id: 'live',
          layer: 'serving',
          aside: true,
          place: { text: 'hot-aggregator', to: { kind: 'live' } },
          title: `Also taken by ${counted(live.length, 'live view')}, straight from the stream`,
          facts: live.map(({ view, window, key }) =>
            fact(view, said(`window of ${window}${key ? `, key ${key}` : ''}`)),
          ),
        },
      ];

function objectHop({ place, object, ledger }: JourneyEvidence): JourneyHop {
  const size =
    place &&
    `${number(place.end - place.start)} B of ${number(place.unpackedBytes)} B` +
      (object.packed === undefined ? '' : `; ${number(object.packed)} B gzipped`);
  const to: Reference = {
    kind: 'object',
    bucket: 'lake',
    key: object.key,
    ...(place && { line: place.line }),
  };
  return {
    id: 'object',
    layer: 'bronze',
    ...(ledger?.writtenAt !== undefined && { at: ledger.writtenAt }),
    place: { text: 'S3 object', to },
    title: place
      ? `Written as line ${number(place.line)}, bytes ${number(place.start)} to ${number(place.end - 1)}`
      : 'Its object is no longer in bronze',
    facts: [fact('Key', keySaid(object.key, to)), ...(size ? [fact('Size', said(size))] : [])],
  };
}

function ledgerHops({ ledger, run }: JourneyEvidence): JourneyHop[] {
  if (!ledger) return [];
  const isTaken = ledger.run !== undefined;
  return [
    {
      id: 'ledger',
      layer: 'bronze',
      ...(run?.startedAt !== undefined && { at: run.startedAt }),
      place: said(ledger.table),
      title: isTaken ? 'Object taken and accounted for by the run' : 'Object landed; no run has taken it yet',
      ...(isTaken ? {} : { end: 'waiting' as const }),
      facts: [
        fact('Records', said(number(ledger.records))),
        fact('State', said(ledger.state === 'accounted' ? 'landed, then accounted' : ledger.state)),
        ...(ledger.run === undefined ? [] : [fact('Run', runSaid(ledger.run))]),
      ],
    },
  ];
}

const runSaid = (id: string, model?: string): Said =>
  code(shortRun(id), { kind: 'run', id, ...(model !== undefined && { model }) });

const statementsOf = ({ statements }: TableEvidence): Fact[] =>
  statements.length === 0
    ? []
    : [
        fact(
          statements.length === 1 ? 'Statement' : 'Statements',
          ...statements.map(({ step, key }) =>
            code(`${step}.sql`, { kind: 'object' as const, bucket: 'lake' as const, key, line: 1 }),
          ),
        ),
      ];

const tablePlace = ({ zone, table, layer }: TableEvidence): Said => ({
  text: layer.place,
  to: { kind: 'table', zone, table, view: 'rows' },
});

function silverHop({ copies, run }: JourneyEvidence, table: TableEvidence, at: number): JourneyHop {
  const { layer, publishedAt, values } = table;
  return {
    id: `silver-${table.table}`,
    layer: 'silver',
    ...(publishedAt !== undefined && { at: publishedAt }),
    place: tablePlace(table),
    title:
      at > 0
        ? `Kept in ${table.table} as well`
        : copies > 1
          ? `Typed and kept: the first of ${counted(copies, 'record')} with its id`
          : 'Typed and kept: the only record with its id',
    facts: [
      ...(run ? [fact('Run', runSaid(run.id, table.table))] : []),
      ...statementsOf(table),
      ...(values.length > 0
        ? [fact('Row', said(values.map(([name, value]) => `${name} ${value}`).join(', ')))]
        : []),
    ],
    rows: layer,
  };
}

function laterHops(tables: readonly TableEvidence[]): JourneyHop[] {
  const of = (wanted: TableEvidence['zone']) => tables.filter(({ zone }) => zone === wanted);
  const own = [of('gold'), of('marts')].flatMap((zone) =>
    zone.filter(({ isOwn }) => isOwn).slice(0, MOST_TABLES),
  );
  const later = tables.filter(({ zone }) => zone !== 'silver');
  const rest = [...of('silver').slice(MOST_TABLES), ...later.filter((table) => !own.includes(table))];
  return [...own.map(laterHop), ...(rest.length === 0 ? [] : [restHop(rest)])];
}

function rowsTitle(verb: string, { labels, layer, measure }: TableEvidence): string {
  const total = layer.total ?? layer.rows.length;
  const [first = ''] = labels;
  if (total > 1) return `${verb} in ${number(total)} rows, one of them ${first}`;
  return `${verb} as ${first}${measure ? `, ${measure.column} ${measure.value}` : ''}`;
}

function laterHop(table: TableEvidence): JourneyHop {
  const { zone, layer, labels, isGrouped, isView, snapshot, file, joined, values, publishedAt } = table;
  const total = layer.total ?? layer.rows.length;
  const row = fact('Row', said(values.map(([name, value]) => `${name} ${value}`).join(', ')));
  return {
    id: `${zone}-${table.table}`,
    layer: zone === 'marts' ? 'serving' : 'gold',
    ...(publishedAt !== undefined && { at: publishedAt }),
    place: tablePlace(table),
    title: isGrouped
      ? `Counted in ${total > 1 ? `${number(total)} rows, one of them ${labels[0]}` : labels[0]}`
      : rowsTitle(zone === 'marts' ? 'Shown' : 'Published', table),
    facts: [
      ...(isGrouped && values.length > 0 ? [row] : []),
      ...(snapshot === undefined
        ? []
        : [fact('Snapshot', code(snapshot, { kind: 'table', zone, table: table.table, view: 'snapshots' }))]),
      ...(file ? [fileFact(file)] : []),
      ...(isView ? [fact('Made', said('a view: computed when it is asked'))] : statementsOf(table)),
      ...(isGrouped || joined.length === 0
        ? []
        : [
            fact(
              'Joined with',
              ...joined.map((one) => ({ text: one.table, to: { kind: 'table' as const, ...one } })),
            ),
          ]),
    ],
    rows: layer,
  };
}

const fileFact = ({ key, rows, bytes }: NonNullable<TableEvidence['file']>): Fact =>
  fact(
    'File',
    code(key.replace(/^.*\/data\//, ''), { kind: 'object', bucket: 'lake', key }),
    ...(rows === undefined ? [] : [said(counted(rows, 'row'))]),
    ...(bytes === undefined ? [] : [said(`${number(bytes)} B`)]),
  );

const restHop = (tables: readonly TableEvidence[]): JourneyHop => ({
  id: 'rest',
  layer: tables.every(({ zone }) => zone === 'marts') ? 'serving' : 'gold',
  place: said('Further tables'),
  title: `Also in ${counted(tables.length, 'more table')}`,
  facts: tables.map((table) => {
    const total = table.layer.total ?? table.layer.rows.length;
    const to: Reference = { kind: 'table', zone: table.zone, table: table.table, view: 'rows' };
    return fact(
      table.table,
      { text: total > 1 ? counted(total, 'row') : (table.labels[0] ?? '1 row'), to },
      ...(total > 1 ? [said(`one of them ${table.labels[0]}`)] : []),
    );
  }),
});

const refusedHop = ({ refusal, identity, source }: JourneyEvidence): JourneyHop => ({
  id: 'quarantine',
  layer: 'bronze',
  end: 'refused',
  place: {
    text: 'Quarantine',
    to: { kind: 'quarantine', id: [identity.stream, identity.shard, identity.sequenceNumber].join('/') },
  },
  title: `Refused by the rule ${refusal?.rule ?? 'of its contract'}: it is in quarantine`,
  facts: [
    ...(refusal?.path ? [fact('Where', code(refusal.path))] : []),
    ...(refusal?.detail ? [fact('Why', said(refusal.detail))] : []),
    fact(
      'What next',
      said(`correct the record or the contract of ${source ?? 'its source'}, then send it again`),
    ),
  ],
});

/** Rows that a model's own rules refused: the record is in bronze, and may be in silver. */
function refusedRowsHops({ identity, refusedRows: layer }: JourneyEvidence): JourneyHop[] {
  if (!layer) return [];
  const cell = (name: string) => layer.rows[0]?.[layer.columns.indexOf(name)] ?? '';
  return [
    {
      id: 'quarantine',
      layer: 'bronze',
      end: 'refused',
      place: {
        text: layer.place,
        to: { kind: 'quarantine', id: [identity.stream, identity.shard, identity.sequenceNumber].join('/') },
      },
      title: `Its row of ${cell('model')} was refused by the rule ${cell('rule')}`,
      facts: [fact('Why', said(cell('detail')))],
      rows: layer,
    },
  ];
}

const duplicateHop = ({ copy }: JourneyEvidence): JourneyHop => ({
  id: 'duplicate',
  layer: 'silver',
  end: 'duplicate',
  place: said('Silver'),
  title:
    copy.fate === 'redelivered'
      ? 'Left out: the same record, delivered again'
      : 'Left out as a duplicate: another record with its id was kept',
  facts: [
    fact('Kept', code(shortSequence(copy.of?.split('/').at(-1) ?? ''), { kind: 'event', id: copy.of ?? '' })),
  ],
});
