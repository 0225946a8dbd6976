/** Glue catalog definitions of what is read in place: bronze, quarantine, manifests, receipts, as `TableInput`. */
import { streams, studyPrefix } from '../layout.ts';

export interface GlueColumn {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

/** The members of Glue's TableInput that these tables use. */
export interface TableInput {
  readonly Name: string;
  readonly Description: string;
  readonly TableType: 'EXTERNAL_TABLE';
  readonly Parameters: Readonly<Record<string, string>>;
  readonly PartitionKeys: readonly GlueColumn[];
  readonly StorageDescriptor: {
    readonly Columns: readonly GlueColumn[];
    readonly Location: string;
    readonly InputFormat: string;
    readonly OutputFormat: string;
    readonly SerdeInfo: {
      readonly SerializationLibrary: string;
      readonly Parameters: Readonly<Record<string, string>>;
    };
  };
}

const recordColumns: readonly (readonly [name: string, comment: string])[] = [
  ['shard', 'Shard of the stream, or the first 32 hex digits of the file’s sha256'],
  ['sequence_number', 'Sequence number in the shard, or the row number in the file'],
  ['arrived_at', 'Arrival time given by the stream, ISO 8601 in UTC'],
  ['partition_key', 'Partition key that the producer chose'],
  ['source', 'Source contract that the record belongs to; null if it names none'],
  ['verdict', 'valid or refused'],
  ['rule', 'Rule of the contract that a refused record broke'],
  ['rule_path', 'JSON pointer to where the rule broke'],
  ['rule_detail', 'What was wrong and what is allowed; of a record set aside: by whom, when and why'],
  ['event_id', 'CloudEvents id'],
  ['event_source', 'CloudEvents source'],
  ['event_type', 'CloudEvents type'],
  ['event_time', 'CloudEvents time'],
  ['event_subject', 'CloudEvents subject'],
  ['event_schema', 'CloudEvents dataschema'],
  ['data', 'Payload, exactly as it came'],
  ['raw_base64', 'The record’s bytes, where they are not a JSON object, and in quarantine always'],
];

/** Names of a bronze line's columns, partition columns last. */
export const bronzeColumns: readonly string[] = [
  ...recordColumns.map(([name]) => name),
  'stream',
  'dt',
  'hour',
];

const text = (name: string, comment?: string): GlueColumn => ({
  Name: name,
  Type: 'string',
  ...(comment && { Comment: comment }),
});

function jsonTable(
  name: string,
  description: string,
  location: string,
  columns: readonly GlueColumn[],
  partitions: readonly GlueColumn[] = [],
  projection: Readonly<Record<string, string>> = {},
): TableInput {
  return {
    Name: name,
    Description: description,
    TableType: 'EXTERNAL_TABLE',
    Parameters: { EXTERNAL: 'TRUE', classification: 'json', ...projection },
    PartitionKeys: partitions,
    StorageDescriptor: {
      Columns: columns,
      Location: location,
      InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
      OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
      SerdeInfo: { SerializationLibrary: 'org.apache.hive.hcatalog.data.JsonSerDe', Parameters: {} },
    },
  };
}

/**
 * Partition projection by stream, day and hour of arrival
 * (https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html).
 */
const arrivalProjection = (location: string): Readonly<Record<string, string>> => ({
  'projection.enabled': 'true',
  'projection.stream.type': 'enum',
  'projection.stream.values': streams.join(','),
  'projection.dt.type': 'date',
  'projection.dt.format': 'yyyy-MM-dd',
  'projection.dt.range': '2020-01-01,NOW',
  'projection.dt.interval': '1',
  'projection.dt.interval.unit': 'DAYS',
  'projection.hour.type': 'integer',
  'projection.hour.range': '0,23',
  'projection.hour.digits': '2',
  'storage.location.template': `${location}stream=\${stream}/dt=\${dt}/hour=\${hour}/`,
});

const arrivalPartitions = [
  text('stream', 'events for the stream’s records, landing for rows of files'),
  text('dt', 'Day of arrival in UTC, yyyy-MM-dd'),
  text('hour', 'Hour of arrival in UTC, 00–23'),
];

const recordsTable = (
  layer: 'bronze' | 'quarantine',
  description: string,
  study: string,
  bucket: string,
): TableInput => {
  const location = `s3://${bucket}/${studyPrefix(layer, study)}`;
  return jsonTable(
    'records',
    description,
    location,
    recordColumns.map(([name, comment]) => text(name, comment)),
    arrivalPartitions,
    arrivalProjection(location),
  );
};

/** `<study>_bronze.records`: every record that arrived, valid or not. */
export const bronzeTable = (study: string, bucket: string): TableInput =>
  recordsTable('bronze', 'Every record that arrived, an exact copy with its verdict', study, bucket);

/** `<study>_quarantine.records`: the refused ones with their bytes. */
export const quarantineTable = (study: string, bucket: string): TableInput =>
  recordsTable('quarantine', 'Records that a source’s contract refused, with rule and bytes', study, bucket);

const runProjection = (location: string): Readonly<Record<string, string>> => ({
  'projection.enabled': 'true',
  'projection.run.type': 'injected',
  'storage.location.template': location,
});

/** `<study>_bronze.run_objects`: the objects of one run; a query names the run in an equality. */
export function runObjectsTable(study: string, bucket: string): TableInput {
  const location = `s3://${bucket}/${studyPrefix('runs', study)}`;
  return jsonTable(
    'run_objects',
    'Manifest of a run: the bronze objects that it takes',
    location,
    [
      text('path', 's3:// address of the object'),
      text('stream'),
      text('dt'),
      text('hour'),
      { Name: 'records', Type: 'bigint', Comment: 'Lines in the object' },
    ],
    [text('run', 'Id of the run')],
    runProjection(`${location}run=\${run}/manifest/`),
  );
}

/** `<study>_bronze.acknowledged`: what was acknowledged to producers; a query names the run in an equality. */
export function acknowledgedTable(study: string, bucket: string): TableInput {
  const location = `s3://${bucket}/${studyPrefix('acknowledged', study)}`;
  return jsonTable(
    'acknowledged',
    'Receipts of a producer’s run: what it sent and the sequence numbers that the stream acknowledged it by',
    location,
    [
      text('stream'),
      text('shard'),
      text('sequence_number'),
      text('partition_key', 'Partition key that the producer chose'),
      text('event_source', 'Source of the CloudEvent; absent when the bytes are not an event'),
      text('event_id', 'Id of the CloudEvent'),
    ],
    [text('run', 'Id of the producer’s run')],
    runProjection(`${location}run=\${run}/`),
  );
}
