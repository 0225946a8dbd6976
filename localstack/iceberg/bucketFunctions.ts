/** The hash of the bucket transform as functions of DuckDB, which has no Murmur3 of its own. */
import {
  BIGINT,
  BLOB,
  type DuckDBBlobValue,
  type DuckDBConnection,
  HUGEINT,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { registerScalarFunctions, type ScalarFunction } from '../core/scalarFunctions.ts';
import { murmur3 } from './murmur3.ts';
import {
  HASH_BYTES,
  HASH_DECIMAL,
  HASH_LONG,
  HASH_TEXT,
  hashOfDecimal,
  hashOfLong,
  hashOfText,
} from './partition.ts';

/** What a connection must have that writes to tables with a bucket transform. */
export const BUCKET_FUNCTIONS: readonly ScalarFunction[] = [
  { name: HASH_LONG, parameters: [BIGINT], result: INTEGER, apply: hashOfLong },
  { name: HASH_TEXT, parameters: [VARCHAR], result: INTEGER, apply: hashOfText },
  { name: HASH_DECIMAL, parameters: [HUGEINT], result: INTEGER, apply: hashOfDecimal },
  {
    name: HASH_BYTES,
    parameters: [BLOB],
    result: INTEGER,
    apply: (value: DuckDBBlobValue) => murmur3(value.bytes),
  },
];

/** Once for each database; for programs with nothing else to do while they run. */
export const registerBucketFunctions = (connection: DuckDBConnection) =>
  registerScalarFunctions(connection, BUCKET_FUNCTIONS);
