/** The rules that refused something, each with its meaning and how often. */
import { hrefOf } from '../../app/location.ts';
import { Bar } from '../../parts/page.tsx';
import { count } from '../../parts/text.ts';
import type { QuarantineGroup } from './contract.ts';
import { meaningOf } from './meaning.ts';

/** Place of a group in the page's address. */
export const groupQuery = ({ kind, of, rule, path }: QuarantineGroup) => ({
  kind: kind === 'row' ? kind : undefined,
  of: of ?? undefined,
  rule,
  at: path || undefined,
});

interface RulesProps {
  readonly groups: readonly QuarantineGroup[];
  readonly chosen: QuarantineGroup | undefined;
}

export function Rules({ groups, chosen }: RulesProps) {
  const most = Math.max(...groups.map((group) => group.count));
  return (
    <>
      <Bar title="By rule">linear scale</Bar>
      <ul class="rules" aria-label="What was refused, by rule">
        {groups.map((group) => (
          <li
            key={`${group.kind}-${group.of}-${group.rule}-${group.path}`}
            aria-current={group === chosen ? 'true' : undefined}
          >
            <div>
              <a href={hrefOf({ query: groupQuery(group) })}>
                <RuleName group={group} />
              </a>
              <span class="muted">
                {group.of && `${group.of}: `}
                {meaningOf(group).meaning}
              </span>
            </div>
            <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
              <rect width={Math.max(1, (group.count / most) * 100)} height="12" />
            </svg>
            <b>{count(group.count)}</b>
          </li>
        ))}
      </ul>
    </>
  );
}

export const RuleName = ({ group: { rule, path } }: { group: Pick<QuarantineGroup, 'rule' | 'path'> }) => (
  <>
    <code>{rule}</code>
    {path && (
      <>
        {' at '}
        <code>{path}</code>
      </>
    )}
  </>
);
