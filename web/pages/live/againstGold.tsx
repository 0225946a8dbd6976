/** How the windows of live views compare with what runs published of them. */
import { useAnswer } from '../../app/backend.ts';
import { place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count } from '../../parts/text.ts';
import type { LiveComparisonResult } from './contract.ts';

export function AgainstGold() {
  const { study } = place.value;
  const asked = useAnswer<readonly LiveComparisonResult[]>(`studies/${study}/live/against-gold`);
  return (
    <section>
      <Bar title="Live against gold">window by window</Bar>
      <Loaded asked={asked}>
        {(results) =>
          results.length === 0 ? (
            <p class="muted">No view declares what it is compared with.</p>
          ) : (
            <>
              <Table
                caption="Live views against what runs published"
                rows={results}
                keyOf={({ view }) => view}
                columns={[
                  { id: 'view', title: 'View', heads: true, cell: ({ title }) => title },
                  { id: 'values', title: 'Values', right: true, cell: ({ values }) => count(values) },
                  { id: 'equal', title: 'Equal', right: true, cell: ({ equal }) => count(equal) },
                  { id: 'why', title: 'Why others differ', cell: (result) => <Differing {...result} /> },
                ]}
              />
              {results.every(({ differing }) => !differing.unexplained) && (
                <p class="small muted">Each difference is counted and explained.</p>
              )}
            </>
          )
        }
      </Loaded>
      <p>
        <Command>{`npx headwaters live ${study} --compare`}</Command>
      </p>
    </section>
  );
}

function Differing({ differing, values }: LiveComparisonResult) {
  const reasons = Object.entries(differing).filter(([, of]) => of > 0);
  if (values === 0) return <span class="muted">no window of a run yet</span>;
  if (reasons.length === 0) return <Verdict tone="ok">none differs</Verdict>;
  return (
    <>
      {reasons.map(([reason, of]) => (
        <Verdict key={reason} tone={reason === 'unexplained' ? 'bad' : 'warn'}>
          {count(of)} {reason}
        </Verdict>
      ))}
    </>
  );
}
