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

/** `STORED AS` names. ORC, Avro and the rest are not emulated. */
export const storageFormats: Readonly<Record<string, StorageFormat>> = {
  TEXTFILE: textFormat,
  PARQUET: parquetFormat,
};
