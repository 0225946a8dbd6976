/** The statements of a run in Athena's dialect, in the order in which a model needs them. */

export { arrivalsSql, arrivalsStage } from './statements/arrivals.ts';
export { auditSql } from './statements/audit.ts';
export { stagePrefix, stageTable } from './statements/names.ts';
export { partitionsSql, publishChunks, publishSql } from './statements/publish.ts';
export {
  type CheckResult,
  checksSql,
  createSystemTablesSql,
  forgetSql,
  type Refusing,
  refuseSql,
  systemColumns,
} from './statements/quarantine.ts';
export { isStaged, modelSql, sparkStage, stagedAt, stageSql } from './statements/stage.ts';
export { compactSql, createTableSql, evolveSql, replaceTableSql, vacuumSql } from './statements/table.ts';
export { viewSql } from './statements/view.ts';
