/** How many statements the steps of a run have in which every source brings something and every model is made. */

import { partitionValue } from '../contract/partitioning.ts';
import type { Model, Study } from '../study/study.ts';
import type { RunScope } from './scope.ts';
import { typedSources } from './statements/arrivals.ts';
import { auditSql } from './statements/audit.ts';
import { isStaged } from './statements/stage.ts';

interface LevelCount {
  readonly stage: number;
  readonly audit: number;
  readonly publish: number;
}

/** A run over one day of every source, without copies, of tables that exist. */
function fullScope(study: Study): RunScope {
  const names = study.sources.map(({ name }) => name);
  const typed = typedSources(study, names);
  const source = { valid: 1, periods: ['2026-01-01'], repeats: false, contested: false };
  return {
    study: study.name,
    runId: 'run',
    lake: 'lake',
    slice: { streams: [], firstDt: '2026-01-01', lastDt: '2026-01-01', hours: [] },
    arrived: [],
    copies: false,
    sources: Object.fromEntries(names.map((name) => [name, { ...source, typed: typed.has(name) }])),
    models: Object.fromEntries(study.models.map(({ name }) => [name, { reads: {} }])),
  };
}

/** A partitioned table that is computed as a whole is asked for the partitions that it has. */
const asksPartitions = ({ contract }: Model) =>
  contract.materialization === 'merge' && !contract.incremental && partitionValue(contract) !== undefined;

/** By level; a table of 90 partitions or less is published by one statement. */
export function statementCounts(study: Study): LevelCount[] {
  const scope = fullScope(study);
  return study.levels.map((names) => {
    const models = study.models.filter(
      ({ name, contract }) => names.includes(name) && contract.materialization !== 'view',
    );
    return {
      stage: models.filter((model) => isStaged(model, scope)).length,
      audit:
        (models.length > 0 ? auditSql(models, scope, 1).length : 0) + models.filter(asksPartitions).length,
      publish: models.length,
    };
  });
}
