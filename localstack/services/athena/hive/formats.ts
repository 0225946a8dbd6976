/** File formats by the names that DDL gives them: input format, output format and serde, as Hive registers them. */
import { lazySimple } from './csv.ts';
import { parquetSerde } from './parquet.ts';

export interface StorageFormat {
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serde: string;
}

export const textFormat: StorageFormat = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serde: lazySimple,
};

export const parquetFormat: StorageFormat = {
  inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  serde: parquetSerde,
};

const orcFormat: StorageFormat = {
  inputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat',
  serde: 'org.apache.hadoop.hive.ql.io.orc.OrcSerde',
};

const avroFormat: StorageFormat = {
  inputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat',
  serde: 'org.apache.hadoop.hive.serde2.avro.AvroSerDe',
};

const regexSerde = 'org.apache.hadoop.hive.serde2.RegexSerDe';

/** `STORED AS` names that DuckDB reads. */
export const storageFormats: Readonly<Record<string, StorageFormat>> = {
  TEXTFILE: textFormat,
  PARQUET: parquetFormat,
};

/** The names that Trino reads. */
export const trinoStorageFormats: typeof storageFormats = {
  ...storageFormats,
  ORC: orcFormat,
  AVRO: avroFormat,
};

/** Serdes that Trino reads, in addition to those that DuckDB reads as well. */
export const trinoSerdes: readonly string[] = [orcFormat.serde, avroFormat.serde, regexSerde];
