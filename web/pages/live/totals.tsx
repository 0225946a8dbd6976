/** What each live view counts in its newest window, of all its keys. */
import { hrefOf } from '../../app/location.ts';
import { Gauge, Gauges } from '../../parts/figures.tsx';
import { decimal } from '../../parts/text.ts';
import type { LiveAnswer } from './contract.ts';
import { inWords, span } from './words.ts';

export function Totals({ views, summaries, readings }: Omit<LiveAnswer, 'at'>) {
  const counting = views.flatMap((view) => {
    const summary = summaries.find((one) => one.view === view.name);
    const newest = readings.find((one) => one.view === view.name)?.windows[0];
    return summary?.measure !== undefined && newest
      ? [{ view, measure: summary.measure, total: summary.total!, newest }]
      : [];
  });
  if (counting.length === 0) return null;
  return (
    <Gauges label="Newest windows">
      {counting.map(({ view, measure, total, newest }) => (
        <Gauge
          key={view.name}
          layer="serving"
          label={inWords(measure)}
          value={decimal(String(total))}
          unit={view.units[measure]}
          source={
            <>
              <a href={hrefOf({ page: 'api', rest: [`live_${view.name}`] })}>{view.name}</a>
              <br />
              {span(newest)}, approximate
            </>
          }
        />
      ))}
    </Gauges>
  );
}
