/**
 * How Athena files statements: DDL, DML or UTILITY, and the SubstatementType next to it. Source: GetQueryExecution's recorded
 * answers in aoyagikouhei/athena-local, docs/dev/measurements; those of SHOW VIEWS and of renaming are by analogy.
 */
import type { AlterAction, ShowStatement, Statement } from '../../../sql/index.ts';
import type { ReadStatement } from './reading.ts';

type StatementType = 'DDL' | 'DML' | 'UTILITY';

const types: Readonly<Record<Statement['kind'], readonly [StatementType, string]>> = {
  query: ['DML', 'SELECT'],
  insert: ['DML', 'INSERT'],
  merge: ['DML', 'MERGE'],
  update: ['DML', 'UPDATE'],
  delete: ['DML', 'DELETE'],
  unload: ['DML', 'UNLOAD'],
  optimize: ['DML', 'OPTIMIZE'],
  vacuum: ['DML', 'VACUUM_TABLE'],
  ctas: ['DDL', 'CREATE_TABLE_AS_SELECT'],
  'create-table': ['DDL', 'CREATE_TABLE'],
  'create-external-table': ['DDL', 'CREATE_TABLE'],
  'create-view': ['DDL', 'CREATE_VIEW'],
  'drop-table': ['DDL', 'DROP_TABLE'],
  'drop-view': ['DDL', 'DROP_VIEW'],
  'create-database': ['DDL', 'CREATE_DATABASE'],
  'drop-database': ['DDL', 'DROP_DATABASE'],
  'alter-table': ['DDL', 'ALTER_TABLE'], // by its action, below
  msck: ['DDL', 'MSCK_REPAIR'],
  show: ['UTILITY', 'SHOW'], // by what is shown, below
  describe: ['UTILITY', 'DESCRIBE_TABLE'],
  explain: ['DML', 'EXPLAIN'],
  prepare: ['DML', 'PREPARE'],
  execute: ['DML', 'EXECUTE'],
  deallocate: ['DML', 'DEALLOCATE'],
  use: ['DDL', 'USE'],
};

const shown: Readonly<Record<ShowStatement['what'], string>> = {
  databases: 'SHOW_DATABASES',
  tables: 'SHOW_TABLES',
  views: 'SHOW_VIEWS',
  columns: 'SHOW_COLUMNS',
  partitions: 'SHOW_PARTITIONS',
  tblproperties: 'SHOW_TABLE_PROPERTIES',
  'create-table': 'SHOW_CREATE_TABLE',
  'create-view': 'SHOW_CREATE_VIEW',
};

const altered: Readonly<Record<AlterAction['action'], string>> = {
  'add-columns': 'ALTER_TABLE_ADD_COLUMN',
  'replace-columns': 'ALTER_TABLE_REPLACE_COLUMN',
  'change-column': 'ALTER_TABLE_CHANGE_COLUMN',
  'drop-column': 'ALTER_TABLE_DROP_COLUMN',
  'rename-table': 'ALTER_TABLE_RENAME',
  'set-properties': 'ALTER_TABLE_PROPERTIES',
  'unset-properties': 'ALTER_TABLE_PROPERTIES',
  'set-location': 'ALTER_TABLE_SET_LOCATION',
  'add-partitions': 'ALTER_TABLE_ADD_PARTITION',
  'drop-partitions': 'ALTER_TABLE_DROP_PARTITION',
  'rename-partition': 'ALTER_TABLE_RENAME_PARTITION',
};

export function typesOfStatement(statement: ReadStatement): {
  statementType: StatementType;
  substatementType: string;
} {
  const [statementType, substatementType] = types[statement.kind];
  if (statement.kind === 'show') return { statementType, substatementType: shown[statement.what] };
  if (statement.kind === 'alter-table')
    return { statementType, substatementType: altered[statement.change.action] };
  return { statementType, substatementType };
}

/**
 * Where the result of a statement goes, whether it succeeds or not: rows and changed rows are in files named after `<id>.csv`, what was
 * inserted in files named after `<id>`, a new table's under `tables/`, everything else in `<id>.txt`. Source: as above, result-files.md.
 */
export function outputLocationOf({ kind }: ReadStatement, folder: string, id: string): string {
  switch (kind) {
    case 'query':
    case 'update':
    case 'delete':
    case 'merge':
    case 'execute':
      return `${folder}${id}.csv`;
    case 'insert':
    case 'unload':
      return `${folder}${id}`;
    case 'ctas':
      return `${folder}tables/${id}`;
    default:
      return `${folder}${id}.txt`;
  }
}
