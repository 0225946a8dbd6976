/** Rows of Parquet files, a row group at a time. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { checkColumns, FileRefusedError, type RowReader } from './row.ts';

export const readParquet: RowReader = async function* (path, contract) {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw new FileRefusedError(`not Parquet, or truncated: ${error.message}`, { cause: error });
  });
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  checkColumns(columns, contract);
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }).catch(
      (error: Error) => {
        throw new FileRefusedError(`rows ${rowStart + 1} to ${rowEnd} cannot be read: ${error.message}`, {
          cause: error,
        });
      },
    );
    for (const row of rows) yield { row };
    rowStart = rowEnd;
  }
};
