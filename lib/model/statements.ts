/** The statements of a run in Athena's dialect, in the order in which a model needs them. */

export { auditSql } from './statements/audit.ts';
export { stageTable, tableLocation } from './statements/names.ts';
export { type PublishChunk, partitionsSql, publishChunks, publishSql } from './statements/publish.ts';
export { type CheckResult, checksSql, createSystemTablesSql, refuseSql } from './statements/quarantine.ts';
export { stageSql, type TouchedValues, touchedSql } from './statements/stage.ts';
export { compactSql, createTableSql, dropStageSql, evolveSql, vacuumSql } from './statements/table.ts';
