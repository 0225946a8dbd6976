/** The partitions of a Hive table as rows. */

import { parseType, physicalType } from '../../../sql/types.ts';
import type { Table } from '../catalog.ts';
import type { Session } from '../session.ts';
import { allows, type Constraints, comparatorOf } from './constraint.ts';
import { identifier, literal } from './duckText.ts';
import { defaultPartition } from './files.ts';

/** SQL of a sub-query with a column for each partition key. */
export async function partitionRows(
  session: Session,
  table: Table,
  constraints: Constraints,
): Promise<string> {
  const keys = (table.PartitionKeys ?? []).map((key) => ({
    name: key.Name,
    type: key.Type ?? 'string',
    duck: physicalType(parseType(key.Type ?? 'string')),
  }));
  const partitions = await session.catalog.partitions(table.DatabaseName, table.Name);
  const rows = partitions
    .filter(({ Values }) =>
      keys.every(({ name, type }, index) => allows(constraints[name], Values[index]!, comparatorOf(type))),
    )
    .map(({ Values }) =>
      keys.map(({ name, duck }, index) => {
        const value = Values[index] === defaultPartition ? 'NULL' : literal(Values[index]!);
        return `CAST(${value} AS ${duck}) AS ${identifier(name)}`;
      }),
    );
  if (rows.length === 0)
    return `(SELECT ${keys.map(({ name, duck }) => `CAST(NULL AS ${duck}) AS ${identifier(name)}`).join(', ')} WHERE false)`;
  return `(${rows.map((row) => `SELECT ${row.join(', ')}`).join(' UNION ALL ')})`;
}
