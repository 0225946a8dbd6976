/** Plans a run: takes the ledger's landed rows and states what the run will read, with literal bounds. */

import type { LedgerRow } from './ledger.ts';

/** Bounds of the partitions that a run reads; every statement over bronze carries them as literals. */
export interface Slice {
  readonly streams: readonly string[];
  /** `yyyy-MM-dd`. */
  readonly firstDt: string;
  readonly lastDt: string;
  /** `00`–`23`, each once. */
  readonly hours: readonly string[];
}

/** What a statement needs to know about the run that it belongs to. */
export interface RunScope {
  readonly study: string;
  readonly runId: string;
  /** Name of the lake's bucket. */
  readonly lake: string;
  readonly slice: Slice;
}

/** One line of a run's manifest. */
export interface ManifestLine {
  /** `s3://…`, as `"$path"` gives it. */
  readonly path: string;
  readonly stream: string;
  readonly dt: string;
  readonly hour: string;
  readonly records: number;
}

export interface RunPlan {
  readonly runId: string;
  readonly study: string;
  readonly objects: readonly ManifestLine[];
  /** Keys of the ledger rows that the run accounts for. */
  readonly ledger: readonly { pk: string; sk: string }[];
  readonly slice: Slice;
  /** Lines in the objects, redelivered copies included. */
  readonly records: number;
  readonly empty: boolean;
}

const distinct = (values: readonly string[]) => [...new Set(values)].sort();

/** The plan for these landed rows, in the order of their keys whatever order they came in. */
export function planRun(
  rows: readonly LedgerRow[],
  options: { runId: string; study: string; lake: string },
): RunPlan {
  const landed = rows
    .filter((row) => row.state === 'landed' && row.study === options.study)
    .sort((a, b) => (a.sk < b.sk ? -1 : a.sk > b.sk ? 1 : 0));
  const days = distinct(landed.map((row) => row.dt));
  return {
    runId: options.runId,
    study: options.study,
    objects: landed.map((row) => ({
      path: `s3://${options.lake}/${row.object_key}`,
      stream: row.stream,
      dt: row.dt,
      hour: row.hour,
      records: row.records,
    })),
    ledger: landed.map(({ pk, sk }) => ({ pk, sk })),
    slice: {
      streams: distinct(landed.map((row) => row.stream)),
      firstDt: days[0] ?? '',
      lastDt: days.at(-1) ?? '',
      hours: distinct(landed.map((row) => row.hour)),
    },
    records: landed.reduce((sum, row) => sum + row.records, 0),
    empty: landed.length === 0,
  };
}

/** Key prefix under which a run keeps its papers. */
export const runPrefix = (study: string, runId: string): string => `runs/study=${study}/run=${runId}/`;

/** Key of the run's manifest. */
export const manifestKey = (study: string, runId: string): string =>
  `${runPrefix(study, runId)}manifest/objects.ndjson`;

/** The manifest's body: NDJSON. */
export const encodeManifest = (plan: RunPlan): string =>
  plan.objects.map((line) => `${JSON.stringify(line)}\n`).join('');
