/** Sums up an event's history in a few sentences: its copies, which one was kept, the runs that took them, where it is now. */
import type { Layer } from './trace.ts';

export interface TracedCopy {
  /** `stream/shard/sequence number` */
  readonly record: string;
  readonly arrivedAt: string;
  readonly fate: 'kept' | 'duplicate' | 'redelivered' | 'refused' | 'waiting';
  /** The rule that refused it, or the record that it is a copy of. */
  readonly of?: string;
}

export interface TraceSummary {
  /** In the order of their arrival. */
  readonly copies: readonly TracedCopy[];
  /** Ids of the runs that took them, as in `status` and the tables. */
  readonly runs: readonly string[];
  /** Tables that hold the event or a row that it went into. */
  readonly tables: readonly string[];
}

type Cells = ReadonlyMap<string, string>;

const cellsOf = ({ columns, rows }: Layer): Cells[] =>
  rows.map((row) => new Map(columns.map((name, at) => [name, row[at] ?? ''])));

const identityOf = (cells: Cells, prefix = '') =>
  ['stream', 'shard', 'sequence_number'].map((name) => cells.get(prefix + name) ?? '').join('/');

export function summaryOf(layers: readonly Layer[]): TraceSummary {
  const of = (layer: string) => layers.filter((one) => one.layer === layer);
  const kept = new Set(
    of('silver')
      .flatMap(cellsOf)
      .map((cells) => identityOf(cells, '_')),
  );
  const runs = [
    ...new Set(
      of('ledger')
        .flatMap(cellsOf)
        .flatMap((cells) => cells.get('run') || []),
    ),
  ];
  const taken = new Set(
    of('ledger')
      .flatMap(cellsOf)
      .flatMap((cells) => (cells.get('run') ? [cells.get('object')!] : [])),
  );
  const seen = new Set<string>();
  const copies = of('bronze')
    .flatMap(cellsOf)
    .map((cells): TracedCopy => {
      const record = identityOf(cells);
      const isRedelivered = seen.has(record);
      seen.add(record);
      const base = { record, arrivedAt: cells.get('arrived_at') ?? '' };
      if (isRedelivered) return { ...base, fate: 'redelivered', of: record };
      if (cells.get('rule')) return { ...base, fate: 'refused', of: cells.get('rule')! };
      if (kept.has(record)) return { ...base, fate: 'kept' };
      const key = (cells.get('object') ?? '').replace(/^s3:\/\/[^/]+\//, '');
      const [first] = kept;
      return taken.has(key) && first !== undefined
        ? { ...base, fate: 'duplicate', of: first }
        : { ...base, fate: 'waiting' };
    });
  const tables = layers.filter(({ layer }) => ['silver', 'gold', 'marts'].includes(layer));
  return { copies, runs, tables: tables.map(({ place }) => place) };
}
