/** Lays the last run out as ribbons: from sources through ingestion, bronze and silver to gold and serving, widths linear to records. */
import type { Flow } from '../../../lake/flow.ts';

export type LayerName = 'ingestion' | 'bronze' | 'silver' | 'gold' | 'serving';

/** A band between two columns; heights in the picture's units, at least 1. */
export interface Ribbon {
  readonly layer: LayerName;
  readonly x0: number;
  readonly x1: number;
  /** Top edge at its start and at its end. */
  readonly y0: number;
  readonly y1: number;
  readonly h0: number;
  readonly h1: number;
}

/** A place with a figure; leads to a page. */
export interface Station {
  readonly layer: LayerName;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly label: string;
  readonly sub: string;
  /** A figure before the label, for the rows of sources. */
  readonly value?: number;
  readonly page: string;
  readonly rest?: readonly string[];
  /** Where its label is. `above` starts at the station, `before` ends there. */
  readonly side: 'left' | 'right' | 'above' | 'before';
}

export interface River {
  readonly width: number;
  readonly height: number;
  readonly ribbons: readonly Ribbon[];
  readonly stations: readonly Station[];
  /** Lines without a width: marts that read gold. */
  readonly threads: readonly {
    readonly x0: number;
    readonly y0: number;
    readonly x1: number;
    readonly y1: number;
  }[];
  /** The hot path: the functions of the live views read the stream apart from the batches. */
  readonly hot?: {
    readonly x0: number;
    readonly y0: number;
    readonly x1: number;
    readonly y1: number;
    readonly label: string;
    readonly sub: string;
    readonly note: string;
  };
  /** Paths that a record may take and in this run did or did not. */
  readonly side: readonly {
    readonly label: string;
    readonly value: number;
    readonly x: number;
    readonly y: number;
    readonly page: string;
  }[];
}

export const COLUMNS = {
  sources: 0,
  ingestion: 282,
  bronze: 508,
  silver: 660,
  gold: 762,
  serving: 984,
} as const;
const WIDTH = 1136;
/** Where the threads from gold to the marts begin: right of the tables' names. */
const THREADS = 956;
/** Characters of a table's name that have room before the threads. */
const LONGEST_NAME = 26;
const TOP = 52;
/** Height of all records of the run together. */
const BODY = 124;
const ROW = 26;

const figure = (value: number) => value.toLocaleString('en-US');
const many = (value: number, noun: string) => `${figure(value)} ${noun}${value === 1 ? '' : 's'}`;

const sum = (sources: Flow['sources']) => sources.reduce((all, { records }) => all + records, 0);

/** Where files land and where the stream is, and who reads them. */
function ingestionStations(
  flow: Flow,
  at: {
    readonly landingTop: number;
    readonly streamTop: number;
    readonly heights: { readonly files: number; readonly streamed: number };
  },
): Station[] {
  const { landingTop, streamTop, heights } = at;
  const files = flow.sources.filter(({ ingestion }) => ingestion === 'file');
  const streamed = flow.sources.filter(({ ingestion }) => ingestion === 'stream');
  const stations: Station[] = [];
  const batches = flow.objects.filter(({ stream }) => stream !== 'landing').length;
  const landedObjects = flow.objects.length - batches;
  if (files.length > 0)
    stations.push(
      stationAbove(
        'ingestion',
        288,
        landingTop,
        heights.files,
        figure(sum(files)),
        `landing, ${many(landedObjects, 'object')}`,
        'objects',
      ),
      stationAbove('ingestion', 412, landingTop, heights.files, 'file-loader', 'Lambda', 'runs'),
    );
  if (streamed.length > 0)
    stations.push(
      stationAbove('ingestion', 288, streamTop, heights.streamed, figure(sum(streamed)), 'Kinesis', 'follow'),
      stationBelow(
        'ingestion',
        412,
        streamTop,
        heights.streamed,
        'bronze-writer',
        many(batches, 'batch').replace('batchs', 'batches'),
        'follow',
      ),
    );
  return stations;
}

const sourceStation = ({ name, records, ingestion }: Flow['sources'][number], y: number): Station => ({
  layer: 'ingestion',
  x: 0,
  y,
  height: ROW,
  label: name,
  sub: '',
  value: records,
  page: ingestion === 'file' ? 'objects' : 'follow',
  side: 'left',
});

/** The layout of a run. Sources and tables that carried nothing get a row, and no ribbon. */
export function layOut(flow: Flow): River {
  const total = flow.sheet?.total.inBronze ?? flow.sources.reduce((sum, { records }) => sum + records, 0);
  const height = (records: number) =>
    records === 0 ? 0 : Math.max(1, (records / Math.max(1, total)) * BODY);
  const files = flow.sources.filter(({ ingestion }) => ingestion === 'file');
  const streamed = flow.sources.filter(({ ingestion }) => ingestion === 'stream');
  const ribbons: Ribbon[] = [];
  const stations: Station[] = [];
  const band = (layer: LayerName, x0: number, x1: number, y0: number, y1: number, h0: number, h1 = h0) => {
    if (h0 > 0 || h1 > 0) ribbons.push({ layer, x0, x1, y0, y1, h0: Math.max(h0, 1), h1: Math.max(h1, 1) });
  };

  const heights = { files: height(sum(files)), streamed: height(sum(streamed)) };
  const rows = [...files, ...streamed];
  const rowYs = rowMiddles(
    rows.map(({ records }) => height(records)),
    files.length,
  );
  const bottomOfRows = rowYs.at(-1) ?? TOP;
  const bodyTop = Math.max(TOP + 130, (TOP + bottomOfRows) / 2 - BODY / 2);
  const landingTop = Math.min(TOP + 34, bodyTop - 60);

  let landed = landingTop;
  let arrived = bodyTop + heights.files;
  for (const [index, source] of rows.entries()) {
    const own = height(source.records);
    const isFile = source.ingestion === 'file';
    const y = rowYs[index]!;
    band('ingestion', 150, 288, y - own / 2, isFile ? landed : arrived, own);
    if (isFile) landed += own;
    else arrived += own;
    stations.push(sourceStation(source, y));
  }
  band('ingestion', 288, 412, landingTop, landingTop, heights.files);
  band('ingestion', 288, 412, bodyTop + heights.files, bodyTop + heights.files, heights.streamed);
  band('ingestion', 412, 510, landingTop, bodyTop, heights.files);
  band('ingestion', 412, 510, bodyTop + heights.files, bodyTop + heights.files, heights.streamed);
  const body = heights.files + heights.streamed;
  band('bronze', 510, 662, bodyTop, bodyTop, body, height(flow.sheet?.total.silver ?? 0));

  stations.push(...ingestionStations(flow, { landingTop, streamTop: bodyTop + heights.files, heights }));
  const silverTables = flow.tables.filter(({ zone }) => zone === 'silver').length;
  stations.push(
    stationAbove('bronze', 510, bodyTop, body, figure(total), many(flow.objects.length, 'object'), 'objects'),
    // Right of it the ribbons to gold rise.
    {
      ...stationAbove(
        'silver',
        662,
        bodyTop,
        height(flow.sheet?.total.silver ?? 0),
        figure(flow.sheet?.total.silver ?? 0),
        many(silverTables, 'table'),
        'tables',
      ),
      side: 'before',
    },
  );

  const gold = goldColumn(flow, bodyTop, total);
  ribbons.push(...gold.ribbons);
  stations.push(...gold.stations);
  const bottom = Math.max(bottomOfRows + ROW, gold.bottom, bodyTop + body + 70);
  const hotY = bottom + 18;
  const marts = flow.tables.filter(({ zone }) => zone === 'marts');
  const martRows = marts.reduce((all, { rows: count = 0 }) => all + count, 0);
  const martY = (bodyTop + bodyTop + body) / 2;
  if (marts.length > 0)
    stations.push({
      layer: 'serving',
      x: COLUMNS.serving,
      y: martY,
      height: 60,
      label: `${figure(martRows)} rows`,
      sub: many(marts.length, 'mart'),
      page: 'dashboards',
      side: 'right',
    });
  const side = sidePaths(flow, bodyTop + body);
  return {
    width: WIDTH,
    height: bottom + (flow.liveViews > 0 ? 46 : 26),
    ribbons,
    stations,
    threads:
      marts.length > 0 ? gold.ends.map((y) => ({ x0: THREADS, y0: y, x1: COLUMNS.serving, y1: martY })) : [],
    side,
    ...(flow.liveViews > 0 && {
      hot: {
        x0: 288,
        y0: bodyTop + heights.files + heights.streamed,
        x1: COLUMNS.serving - 4,
        y1: hotY,
        label: many(flow.liveViews, 'live view'),
        sub: 'DynamoDB, approximate',
        note: `hot-aggregator reads the same ${many(sum(streamed), 'record')}, apart from the batches`,
      },
    }),
  };
}

const stationAbove = (
  layer: LayerName,
  x: number,
  y: number,
  height: number,
  label: string,
  sub: string,
  page: string,
): Station => ({
  layer,
  x,
  y,
  height,
  label,
  sub,
  page,
  side: 'above',
});
const stationBelow = (
  layer: LayerName,
  x: number,
  y: number,
  height: number,
  label: string,
  sub: string,
  page: string,
): Station => ({
  ...stationAbove(layer, x, y, height, label, sub, page),
  side: 'left',
});

/** Middles of the sources' rows: a row is as high as its ribbon, and files are apart from streams. */
function rowMiddles(heights: readonly number[], files: number): number[] {
  let y = TOP;
  return heights.map((own, index) => {
    if (index === files && files > 0) y += ROW / 2;
    const pitch = Math.max(ROW, own + 10);
    y += pitch;
    return y - pitch / 2;
  });
}

/** Facts one by one, dimensions together; a ribbon for each, from silver's band to the table's rows. */
function goldColumn(flow: Flow, bodyTop: number, total: number) {
  const gold = flow.tables.filter(({ zone }) => zone === 'gold');
  const dimensions = gold.filter(({ name }) => name.startsWith('dim_'));
  const facts = gold.filter(({ name }) => !name.startsWith('dim_'));
  const rowsOf = (tables: typeof gold) => tables.reduce((all, { rows = 0 }) => all + rows, 0);
  const entries = [
    ...(dimensions.length > 0
      ? [
          {
            label: `${figure(rowsOf(dimensions))} rows`,
            sub: many(dimensions.length, 'dimension'),
            rows: rowsOf(dimensions),
            rest: ['gold', dimensions[0]!.name],
          },
        ]
      : []),
    ...facts.map(({ name, rows = 0 }) => ({
      label: `${figure(rows)} rows`,
      sub: name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name,
      rows,
      rest: ['gold', name],
    })),
  ];
  const silver = flow.sheet?.total.silver ?? 0;
  const scale = (rows: number) =>
    rows === 0 ? 0 : Math.max(1, Math.min(40, (rows / Math.max(1, total)) * BODY));
  const pitch = Math.max(38, Math.min(56, (BODY + 150) / Math.max(1, entries.length)));
  const top = Math.max(TOP + 10, bodyTop + BODY / 2 - (pitch * (entries.length - 1)) / 2);
  const share =
    silver === 0 ? 0 : Math.max(1, (silver / Math.max(1, total)) * BODY) / Math.max(1, entries.length);
  const ribbons = entries.flatMap((entry, index): Ribbon[] => {
    const own = scale(entry.rows);
    if (own === 0) return [];
    const y = top + pitch * index;
    return [
      {
        layer: 'silver',
        x0: 662,
        x1: 764,
        y0: bodyTop + share * index,
        y1: y - own / 2,
        h0: Math.max(1, Math.min(share, own)),
        h1: own,
      },
    ];
  });
  return {
    ribbons,
    stations: entries.map(
      ({ label, sub, rows, rest }, index): Station => ({
        layer: 'gold',
        x: 764,
        y: top + pitch * index,
        height: Math.max(12, scale(rows)),
        label,
        sub,
        page: 'tables',
        rest,
        side: 'right',
      }),
    ),
    ends: entries.map((_, index) => top + pitch * index),
    bottom: top + pitch * entries.length,
  };
}

function sidePaths(flow: Flow, y: number): River['side'] {
  const total = flow.sheet?.total;
  return [
    { label: 'quarantined', value: total?.quarantined ?? 0, x: 486, y: y + 44, page: 'quarantine' },
    { label: 'duplicates', value: total?.duplicates ?? 0, x: 632, y: y + 44, page: 'runs' },
  ];
}
