/** What the page says first, and which rule it shows. */
import { count, counted } from '../../parts/text.ts';
import type { Quarantined, QuarantineGroup, QuarantineOverview } from './contract.ts';

/** `140 of 10,527 records were refused, by three rules` */
export function findingOf({ groups, inBronze }: Pick<QuarantineOverview, 'groups' | 'inBronze'>): string {
  if (groups.length === 0) return 'Quarantine is empty';
  const sum = (kind: QuarantineGroup['kind']) =>
    groups.reduce((total, group) => total + (group.kind === kind ? group.count : 0), 0);
  const [records, rows] = [sum('record'), sum('row')];
  const by = `by ${counted(new Set(groups.map(({ kind, rule }) => `${kind} ${rule}`)).size, 'rule')}`;
  if (records === 0) return `Models refused ${counted(rows, 'row')}, ${by}`;
  // Records can be refused that no run has taken yet.
  const of =
    inBronze >= records ? `${count(records)} of ${counted(inBronze, 'record')}` : counted(records, 'record');
  return `${of} ${records === 1 ? 'was' : 'were'} refused${rows > 0 ? ` and ${counted(rows, 'row')} of models` : ''}, ${by}`;
}

/** The group that the address names, else that of the open record, else the largest. */
export function groupOf(
  groups: readonly QuarantineGroup[],
  query: URLSearchParams,
  open: readonly Quarantined[] | undefined,
): QuarantineGroup | undefined {
  const rule = query.get('rule');
  if (rule !== null) {
    const kind = query.get('kind') ?? 'record';
    const ofRule = groups.filter((group) => group.kind === kind && group.rule === rule);
    const exact = ofRule.find(
      ({ path, of }) => (path ?? '') === (query.get('at') ?? '') && (of ?? '') === (query.get('of') ?? ''),
    );
    return exact ?? ofRule[0];
  }
  if (query.has('kind')) return groups.find(({ kind }) => kind === query.get('kind'));
  if (!query.has('id')) return groups[0];
  const refused = open?.[0];
  if (!refused) return undefined;
  const { rule: broken, rule_path: path, source, model } = refused.values;
  return groups.find(
    (group) =>
      group.kind === refused.kind &&
      group.rule === broken &&
      (group.path ?? '') === (path ?? '') &&
      (group.of ?? '') === (source ?? model ?? ''),
  );
}
