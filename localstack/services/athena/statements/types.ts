/** How Athena files statements: DDL, DML or UTILITY, and the SubstatementType beside it. */
import type { Statement } from '../../../sql/index.ts';

type StatementType = 'DDL' | 'DML' | 'UTILITY';

const types: Readonly<Record<Statement['kind'], readonly [StatementType, string]>> = {
  query: ['DML', 'SELECT'],
  insert: ['DML', 'INSERT'],
  merge: ['DML', 'MERGE'],
  update: ['DML', 'UPDATE'],
  delete: ['DML', 'DELETE'],
  unload: ['DML', 'UNLOAD'],
  optimize: ['DML', 'OPTIMIZE'],
  vacuum: ['DML', 'VACUUM'],
  ctas: ['DDL', 'CREATE_TABLE_AS_SELECT'],
  'create-table': ['DDL', 'CREATE_TABLE'],
  'create-external-table': ['DDL', 'CREATE_TABLE'],
  'create-view': ['DDL', 'CREATE_VIEW'],
  'drop-table': ['DDL', 'DROP_TABLE'],
  'drop-view': ['DDL', 'DROP_VIEW'],
  'create-database': ['DDL', 'CREATE_DATABASE'],
  'drop-database': ['DDL', 'DROP_DATABASE'],
  'alter-table': ['DDL', 'ALTER_TABLE'],
  msck: ['DDL', 'MSCK_REPAIR'],
  show: ['UTILITY', 'SHOW'],
  describe: ['UTILITY', 'DESCRIBE'],
  explain: ['UTILITY', 'EXPLAIN'],
  prepare: ['DML', 'PREPARE'],
  execute: ['DML', 'EXECUTE'],
  deallocate: ['DML', 'DEALLOCATE'],
  use: ['DDL', 'USE'],
};

export function typesOfStatement({ kind }: Pick<Statement, 'kind'>): {
  statementType: StatementType;
  substatementType: string;
} {
  const [statementType, substatementType] = types[kind];
  return { statementType, substatementType };
}
