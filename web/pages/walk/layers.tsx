/** What each layer is, why it is there, and what it costs: the same for every study. */
import type { LayerName } from './layout.ts';

export interface LayerText {
  readonly title: string;
  readonly what: readonly string[];
  readonly cost: string;
}

export const layerTexts: Readonly<Record<LayerName, LayerText>> = {
  ingestion: {
    title: 'Ingestion takes a record once it is acknowledged',
    what: [
      'Events arrive by HTTP or by the SDK in one Kinesis stream; files land in a bucket whose notifications start a loader. The stream keeps the order of each shard and gives every record a sequence number.',
      'A Lambda reads batches from the shard. A batch is checkpointed only after its objects and ledger rows are written, so a crash repeats a batch and never skips one.',
    ],
    cost: 'A provisioned shard takes 1,000 records or 1 MiB a second and costs about 11 USD a month, used or not. On demand costs nothing idle by the record, and more by the gigabyte.',
  },
  bronze: {
    title: 'Bronze keeps an exact copy of every record',
    what: [
      'The bronze writer takes a batch from the shard and writes gzipped NDJSON, one object for each hour of arrival. Valid and refused records both land here, each with its verdict, so the records that a wrong rule refused can be sent again once it is corrected.',
      'The object key comes from the arrival time and sequence numbers of its records, never from the writer’s clock. A redelivered batch can therefore be recognised, and its copies are counted.',
    ],
    cost: 'JSON takes about twenty times the bytes of silver’s Parquet before gzip. A run reads each new object about once, by partition; questions of people read silver and gold.',
  },
  silver: {
    title: 'Silver holds each event once, with types',
    what: [
      'Silver of a source is derived from the source’s contract: columns are cast to their declared types, and an event whose identity is already there is a duplicate.',
      'The judge of a record refuses exactly what the cast would refuse, so a record that bronze calls valid cannot stop a run.',
    ],
    cost: 'A MERGE by identity looks only where a duplicate can be. Merge-on-read writes little, and OPTIMIZE folds what accumulates.',
  },
  gold: {
    title: 'Gold is the star schema that answers are made from',
    what: [
      'A model is one SELECT. A run stages its result, audits it, and publishes it by one MERGE a table; a failed audit stops that model and what depends on it, and what was published stays.',
      'A run recomputes the partitions that its new events touch, however late these are, the partitions that a row moved out of included.',
    ],
    cost: 'The cost of a run depends on what is new. Each statement has a minimum of 10 MB, so few statements cost less than many.',
  },
  serving: {
    title: 'Serving gives answers with their age',
    what: [
      'Marts are small tables for one question each. The HTTP API, the dashboards and this page read them and say when they were made.',
      'Live windows in DynamoDB follow the stream within about a second. They are approximate by contract and reconciled with gold.',
    ],
    cost: 'A question to a mart scans kilobytes. A live window costs one write for each window and batch.',
  },
};
