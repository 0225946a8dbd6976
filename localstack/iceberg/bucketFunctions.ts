/** The hash of the bucket transform as functions of a DuckDB connection, which has no Murmur3 of its own. */
import '../core/wholeTexts.ts';
import {
  BIGINT,
  BLOB,
  type DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBType,
  HUGEINT,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
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

function hashFunction<V>(name: string, type: DuckDBType, hash: (value: V) => number): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    returnType: INTEGER,
    parameterTypes: [type],
    mainFunction: (_info, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const value = values.getItem(row);
        output.setItem(row, value === null ? null : hash(value as V));
      }
      output.flush();
    },
  });
}

/** Gives the connection the hash functions, unless its database has them already. */
export async function registerBucketFunctions(connection: DuckDBConnection): Promise<void> {
  const known = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_functions() WHERE function_name = '${HASH_LONG}' LIMIT 1`,
  );
  if (known.currentRowCount > 0) return;
  connection.registerScalarFunction(hashFunction<bigint>(HASH_LONG, BIGINT, hashOfLong));
  connection.registerScalarFunction(hashFunction<string>(HASH_TEXT, VARCHAR, hashOfText));
  connection.registerScalarFunction(hashFunction<bigint>(HASH_DECIMAL, HUGEINT, hashOfDecimal));
  connection.registerScalarFunction(
    hashFunction<DuckDBBlobValue>(HASH_BYTES, BLOB, (value) => murmur3(value.bytes)),
  );
}
