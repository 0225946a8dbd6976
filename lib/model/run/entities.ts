/**
 * Tables of entities that are partitioned by `first_seen_at`, the time of an entity's earliest version. An entity's rows are
 * then in one of the partitions of silver that hold its versions, or in the one of null while no version was delivered, so
 * the index of keys leads to them.
 */

import type { Contract } from '../contract/contract.ts';
import { type Cut, cutOf } from '../contract/partitioning.ts';
import type { Model } from '../study/study.ts';
import type { Period } from './keys/keySegment.ts';

export const firstSeen = 'first_seen_at';

type Entities = Pick<
  Contract,
  'partitioning' | 'columns' | 'materialization' | 'entity' | 'versionsFrom' | 'inferredFrom'
>;

/** How the table is cut by `first_seen_at`; undefined for every other table. */
export function entityCut(contract: Entities): Cut | undefined {
  if (!contract.entity) return undefined;
  const cut = cutOf(contract);
  return cut?.column === firstSeen ? cut : undefined;
}

/** The table and the columns that name the entity: of its versions first, then of the rows that may name it before. */
export const namesOfEntity = ({
  entity = [],
  versionsFrom = '',
  inferredFrom = [],
}: Entities): { readonly table: string; readonly columns: readonly string[] }[] => [
  { table: versionsFrom, columns: entity },
  ...inferredFrom.map((text) => {
    const [table = '', column = ''] = text.split('.');
    return { table, columns: [column] };
  }),
];

/** The table's partitions in which entities are whose versions are in these partitions of silver. */
export const entityPartitions = (versions: readonly Period[]): Period[] => [null, ...versions];

/** What is wrong with a table that is partitioned by `first_seen_at`, in words; nothing for every other one. */
export function entityCutProblems(
  { contract }: Pick<Model, 'contract'>,
  versions: Pick<Model, 'contract'> | undefined,
): string[] {
  const cut = entityCut(contract);
  if (!cut) return [];
  const silver = versions && cutOf(versions.contract);
  return silver?.column === '_event_time' && silver.unit === cut.unit
    ? []
    : [
        `the table is partitioned by ${cut.unit}(${firstSeen}), so '${contract.versionsFrom}' must be by ${cut.unit}(_event_time); it is by ${versions?.contract.partitioning?.join(', ') ?? 'nothing'}`,
      ];
}
