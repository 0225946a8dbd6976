/** The models of a run level by level; in ink only what the chosen one reads and what reads it. */
import { LayerMark, LayerShape, layerOf, Verdict, VerdictSign } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { count, counted, duration } from '../../parts/text.ts';
import { useWidth } from '../../parts/width.ts';
import type { RunView } from './contract.ts';
import { ganttOf } from './gantt.ts';
import { labelWidth, layOutRun, pathThrough } from './graph.ts';
import { hrefOfModel, toneOf, wordOf } from './words.ts';

/** Below this width a list by level is easier to read than a drawing, px. */
const DRAWN_FROM = 820;
const TOP = 30;

export function ModelGraph({ run, chosen }: { run: RunView; chosen: string }) {
  const [frame, width] = useWidth<HTMLDivElement>(DRAWN_FROM);
  const path = pathThrough(run.nodes, chosen);
  const outcomes = [...new Set(run.nodes.map(({ outcome }) => outcome))];
  return (
    <section>
      <Bar title="The graph, level by level">
        <span class="row">
          {outcomes.map((outcome) => (
            <Verdict key={wordOf(outcome)} tone={toneOf(outcome)}>
              {wordOf(outcome)}
            </Verdict>
          ))}
        </span>
      </Bar>
      <p class="small muted run-hint">
        In ink: what {chosen} reads and what reads it. {count(path.size)} of{' '}
        {counted(run.nodes.length, 'model')} are on its path. Choose any model.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Graph of the run" ref={frame}>
        {width >= DRAWN_FROM ? (
          <Drawing run={run} chosen={chosen} path={path} width={width} />
        ) : (
          <Lists run={run} chosen={chosen} path={path} />
        )}
      </div>
    </section>
  );
}

interface PathProps {
  readonly run: RunView;
  readonly chosen: string;
  readonly path: ReadonlySet<string>;
}

function Drawing({ run, chosen, path, width }: PathProps & { width: number }) {
  const graph = layOutRun(run.nodes, width);
  const { nodes, edges, columns, bronze, height } = graph;
  const { levels } = ganttOf(run);
  const isOn = (name: string) => name === 'bronze' || path.has(name);
  return (
    <svg
      class="run-graph"
      width={graph.width}
      height={height + TOP + 6}
      role="group"
      aria-label="Models by level"
    >
      <text class="head" x="0" y="14">
        Bronze
      </text>
      {columns.map((x, index) => (
        <text key={x} class="head" x={x} y="14">
          {`Level ${index + 1}`}
          <tspan class="note" dx="8">
            {`${run.nodes.filter(({ level }) => level === index + 1).length} · ${duration(levels[index] ?? 0)}`}
          </tspan>
        </text>
      ))}
      <line x1="0" y1="22.5" x2={graph.width} y2="22.5" />
      <g transform={`translate(0 ${TOP})`}>
        {[false, true].map((inInk) => (
          <g key={String(inInk)} class={inInk ? 'edges on' : 'edges'}>
            {edges
              .filter(({ from, to }) => (isOn(from) && path.has(to)) === inInk)
              .map(({ key, path: d }) => (
                <path key={key} d={d} />
              ))}
          </g>
        ))}
        <LayerShape layer="bronze" x={bronze.x} y={bronze.y - 12} size={9} />
        <text class="on" x={bronze.x + 14} y={bronze.y - 3}>
          {run.account ? count(run.account.sheet.total.inBronze) : 'bronze'}
        </text>
        <text class="note" x={bronze.x + 14} y={bronze.y + 11}>
          records
        </text>
        {nodes.map(({ name, layer, outcome, x, y }) => (
          <a
            key={name}
            href={hrefOfModel(run.id, name)}
            aria-current={name === chosen ? 'true' : undefined}
            aria-label={`${name}, ${wordOf(outcome)}`}
          >
            {name === chosen && (
              <rect class="chosen" x={x - 4} y={y - 11} width={labelWidth(name) + 4} height="22" rx="3" />
            )}
            <VerdictSign tone={toneOf(outcome)} x={x} y={y - 6} />
            <LayerShape layer={layerOf(layer)} x={x + 17} y={y - 5} size={9} />
            <text class={path.has(name) ? 'on' : undefined} x={x + 32} y={y + 4}>
              {name}
            </text>
          </a>
        ))}
      </g>
    </svg>
  );
}

function Lists({ run, chosen, path }: PathProps) {
  const levels = [...Map.groupBy(run.nodes, ({ level }) => level)].sort(([a], [b]) => a - b);
  return (
    <>
      {levels.map(([level, nodes]) => (
        <div key={level} class="run-level">
          <h3>Level {level}</h3>
          <ul>
            {nodes.map(({ name, layer, outcome }) => (
              <li key={name} class={path.has(name) ? 'on' : undefined}>
                <Verdict tone={toneOf(outcome)}>
                  <span class="vh">{wordOf(outcome)}</span>
                </Verdict>
                <a href={hrefOfModel(run.id, name)} aria-current={name === chosen ? 'true' : undefined}>
                  <LayerMark layer={layerOf(layer)}>{name}</LayerMark>
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}
