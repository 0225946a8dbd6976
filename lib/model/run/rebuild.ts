/** Which tables a run rebuilds: those of changed models and of what depends on them, unless the request says otherwise. */
import { type Cut, cutOf, spansOf } from '../contract/partitioning.ts';
import type { Model, Study } from '../study/study.ts';
import { allPeriods, type KeyIndex } from './keys/keyIndex.ts';
import { eventKind } from './keys/keyKinds.ts';
import { anyPeriod, type Period } from './keys/keySegment.ts';
import type { RebuildPlan } from './plan.ts';
import type { RebuildRequest } from './protocol.ts';
import type { Change } from './published.ts';

type Models = Pick<Study, 'models'>;

const modelNamed = ({ models }: Models, name: string) => models.find((model) => model.name === name);

/** @throws RangeError for a model that the study does not have, and for a request that contradicts itself. */
export function planRebuild(
  study: Models,
  changes: readonly Change[],
  { models: wanted, full = false, keepOld = false, from, to }: RebuildRequest,
): RebuildPlan {
  const unknown = wanted?.find((name) => !modelNamed(study, name));
  if (unknown !== undefined)
    throw new RangeError(
      `There is no model '${unknown}' to rebuild; there is: ${study.models.map(({ name }) => name).join(', ')}. Is the study deployed as it is here?`,
    );
  const isWanted = (name: string) => wanted?.includes(name) ?? true;
  const changed = changes.filter(({ model }) => isWanted(model));
  const chosen = keepOld
    ? []
    : full
      ? study.models.map(({ name }) => name).filter(isWanted)
      : changed.map(({ model }) => model);
  const ranged = from !== undefined || to !== undefined;
  const uncut = ranged ? chosen.find((name) => !rootOf(study, modelNamed(study, name) as Model)) : undefined;
  if (uncut !== undefined)
    throw new RangeError(
      `${uncut} is computed as a whole, so it cannot be rebuilt for a range of days: leave --from and --to out, or select other models.`,
    );
  const made = new Set(chosen);
  return {
    models: chosen,
    changes: changes.filter(({ model }) => made.has(model)),
    postponed: changes.filter(({ model }) => ranged || !made.has(model)),
  };
}

/** The silver table whose partitions are those of the model; undefined for a model that is made as a whole. */
function rootOf(study: Models, model: Model): Model | undefined {
  const { incremental } = model.contract;
  const from = incremental && modelNamed(study, incremental.from);
  if (!from) return undefined;
  return from.layer === 'silver' ? cutOf(from.contract) && from : rootOf(study, from);
}

/** Model → its partitions in the range. */
export function partitionsAgain(
  study: Models,
  models: readonly string[],
  index: KeyIndex,
  { from = '', to = '9999' }: Pick<RebuildRequest, 'from' | 'to'>,
): Map<string, readonly Period[]> {
  return new Map(
    models.map((name) => {
      const root = rootOf(study, modelNamed(study, name) as Model) as Model;
      const { unit } = cutOf(root.contract) as Cut;
      const overlaps = (period: Period) => {
        const [span] = spansOf(unit, [period]);
        return span !== undefined && span[1] > from && span[0].slice(0, 10) <= to;
      };
      return [
        name,
        allPeriods(index, eventKind(root.name)).filter((period) => period !== anyPeriod && overlaps(period)),
      ];
    }),
  );
}

/** Sources whose silver table is among these models. */
export const sourcesOf = (study: Models, models: readonly string[]): Set<string> =>
  new Set(
    study.models.flatMap(({ name, contract }) => (models.includes(name) ? (contract.accountsFor ?? []) : [])),
  );
