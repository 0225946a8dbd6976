/** CREATE TABLE … TBLPROPERTIES ('table_type' = 'ICEBERG'). */
import { createTable } from '../../../iceberg/index.ts';
import type { PartitionTransform, Statement } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import type { Outcome, Session } from '../session.ts';
import { icebergProperties } from './icebergProperties.ts';
import { requireDatabase, tableExists, tableId } from './names.ts';

const transformText = ({ transform, column, argument }: PartitionTransform) => {
  if (transform === 'identity') return column;
  return argument === undefined ? `${transform}(${column})` : `${transform}(${argument}, ${column})`;
};

export async function createIcebergTable(
  session: Session,
  statement: Extract<Statement, { kind: 'create-table' }>,
): Promise<Outcome> {
  const { database, table } = tableId(session, statement.name);
  await requireDatabase(session, database);
  if (await session.catalog.table(database, table)) {
    if (statement.ifNotExists) return { kind: 'done' };
    throw tableExists(table);
  }
  const type = Object.entries(statement.properties).find(
    ([name]) => name.toLowerCase() === 'table_type',
  )?.[1];
  if (type?.toUpperCase() !== 'ICEBERG')
    throw new QueryFailure(
      '',
      type === undefined
        ? 'External keyword required for table type HIVE'
        : `Unsupported table type: '${type}' is given; 'ICEBERG' is the only one without EXTERNAL.`,
    );
  if (!statement.location)
    throw new QueryFailure('', 'No location was specified for table. An S3 location must be specified');
  await createTable(
    session.lake.iceberg,
    { database, table },
    {
      location: statement.location,
      columns: statement.columns,
      partitioning: statement.partitionedBy.map(transformText),
      properties: icebergProperties(statement.properties),
      ...(statement.comment && { comment: statement.comment }),
    },
  );
  return { kind: 'done' };
}
