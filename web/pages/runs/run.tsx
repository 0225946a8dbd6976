/** One run: its figures, its graph, when each part worked, and the model that is chosen. */
import { place } from '../../app/location.ts';
import { Gauge, Gauges } from '../../parts/figures.tsx';
import { bytes, count, dollars } from '../../parts/text.ts';
import { billOf } from './bill.ts';
import type { RunView } from './contract.ts';
import { GanttChart } from './ganttChart.tsx';
import { ModelGraph } from './modelGraph.tsx';
import { ModelPanel } from './modelPanel.tsx';

export function RunBody({ run }: { run: RunView }) {
  if (run.states.length === 0)
    return (
      <p class="note">
        Step Functions no longer has the history of this run, so its states and statements are not shown. It
        keeps a history for 90 days.
      </p>
    );
  const model = chosenOf(run, place.value.query.get('model'));
  return (
    <>
      <section>
        <Gauges label="Figures of the run">
          <Gauge layer="gold" label="Statements" value={count(run.statements.length)} source="Athena" />
          <Gauge
            layer="bronze"
            label="Scanned"
            value={bytes(run.statements.reduce((sum, { scannedBytes }) => sum + scannedBytes, 0))}
            source="by all statements"
          />
          <Gauge
            layer="serving"
            label="Athena would bill"
            value={dollars(billOf(run.statements))}
            source="10 MB at least for each scan"
          />
          <Gauge layer="ingestion" label="States" value={count(run.states.length)} source="Step Functions" />
        </Gauges>
      </section>
      {model && <ModelGraph run={run} chosen={model} />}
      <section class="cols">
        <div class="c7">
          <GanttChart run={run} chosen={model} />
        </div>
        <div class="c5">{model && <ModelPanel key={model} run={run} name={model} />}</div>
      </section>
    </>
  );
}

/** The model asked for; else one that an audit stopped; else of gold the one whose statements took longest. */
function chosenOf({ nodes, statements }: RunView, asked: string | null): string | undefined {
  if (nodes.some(({ name }) => name === asked)) return asked!;
  const stopped = nodes.find(({ outcome }) => outcome === 'stopped');
  if (stopped) return stopped.name;
  const ms = (name: string) =>
    statements.filter(({ model }) => model === name).reduce((sum, one) => sum + one.milliseconds, 0);
  const gold = nodes.filter(({ layer }) => layer === 'gold');
  return (gold.length > 0 ? gold : nodes).toSorted((a, b) => ms(b.name) - ms(a.name))[0]?.name;
}
