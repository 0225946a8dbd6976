/** When each part of the run worked, from its Step Functions history. */
import { layerOf } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { count, duration } from '../../parts/text.ts';
import { useWidth } from '../../parts/width.ts';
import type { RunView } from './contract.ts';
import { CHARACTER, type Gantt, type GanttRow, ganttOf, slowestLevel, ticksOf } from './gantt.ts';
import { hrefOfModel } from './words.ts';

const ROW = 19;
const TOP = 22;
const LABELS = 172;
/** Of a narrow drawing the labels take less. */
const NARROW = 480;
const NARROW_LABELS = 148;
/** Right of the end, px. */
const MARGIN = 16;

export function GanttChart({ run, chosen }: { run: RunView; chosen: string | undefined }) {
  const [frame, width] = useWidth<HTMLDivElement>(600);
  const gantt = ganttOf(run);
  const slowest = slowestLevel(gantt);
  return (
    <>
      <Bar
        title={
          slowest
            ? `Level ${slowest.level} takes ${duration(slowest.ms)} of ${duration(gantt.end)}, most of all levels`
            : `The run took ${duration(gantt.end)}`
        }
      >
        since its start
      </Bar>
      <p class="row small muted run-key">
        <Key kind="step">step</Key>
        <Key kind="stage">stage and audit</Key>
        <Key kind="publish">publish</Key>
      </p>
      <div ref={frame} class="run-frame">
        <Drawing run={run.id} gantt={gantt} width={Math.max(240, width)} chosen={chosen} />
      </div>
      <details>
        <summary>Table behind this chart</summary>
        <Times gantt={gantt} />
      </details>
    </>
  );
}

const Key = ({ kind, children }: { kind: string; children: string }) => (
  <span>
    <svg class="k-silver run-gantt" width="18" height="10" aria-hidden="true">
      <rect class={kind} y={kind === 'step' ? 3 : 0} width="18" height={kind === 'step' ? 4 : 10} />
    </svg>{' '}
    {children}
  </span>
);

interface DrawingProps {
  readonly run: string;
  readonly gantt: Gantt;
  readonly width: number;
  readonly chosen: string | undefined;
}

function Drawing({ run, gantt: { rows, end }, width, chosen }: DrawingProps) {
  const left = width < NARROW ? NARROW_LABELS : LABELS;
  const room = width - left - MARGIN;
  const x = (ms: number) => left + (ms / end) * room;
  const height = TOP + rows.length * ROW;
  return (
    <svg class="run-gantt" width={width} height={height} role="group" aria-label="When each part worked">
      {ticksOf(end, room, MARGIN).map((ms) => (
        <g key={ms}>
          <line class="grid" x1={x(ms)} y1={TOP - 4} x2={x(ms)} y2={height} />
          <text class="tick" x={x(ms)} y="12">
            {duration(ms)}
          </text>
        </g>
      ))}
      {rows.map((row, index) => (
        <Row
          key={row.label}
          run={run}
          row={row}
          y={TOP + index * ROW}
          x={x}
          left={left}
          width={width}
          isChosen={row.model !== undefined && row.model === chosen}
        />
      ))}
    </svg>
  );
}

interface RowProps {
  readonly run: string;
  readonly row: GanttRow;
  readonly y: number;
  readonly x: (ms: number) => number;
  readonly left: number;
  readonly width: number;
  readonly isChosen: boolean;
}

function Row({ run, row: { label, model, layer, begins, spans }, y, x, left, width, isChosen }: RowProps) {
  const most = Math.floor((left - 12) / CHARACTER);
  const text = (
    <text class={`label${isChosen ? ' on' : ''}${model ? '' : ' note'}`} x={left - 10} y={y + 13}>
      {label.length <= most ? label : `${label.slice(0, most - 1)}…`}
    </text>
  );
  return (
    <g class={layer ? `k-${layerOf(layer)}` : 'k-silver'}>
      {begins && <line class="begins" x1="0" y1={y + 0.5} x2={width} y2={y + 0.5} />}
      {model ? <a href={hrefOfModel(run, model)}>{text}</a> : text}
      {spans.map(({ kind, from, to }) => (
        <rect
          key={`${kind} ${from}`}
          class={kind}
          x={x(from)}
          y={y + (kind === 'step' ? 8 : 4)}
          width={Math.max(1.5, x(to) - x(from))}
          height={kind === 'step' ? 4 : 12}
        />
      ))}
    </g>
  );
}

function Times({ gantt: { rows } }: { gantt: Gantt }) {
  const spans = rows.flatMap(({ label, spans: own }) => own.map((span) => ({ label, ...span })));
  return (
    <Table
      caption="When each part worked"
      rows={spans}
      columns={[
        { id: 'part', title: 'Part', heads: true, cell: ({ label }) => label },
        { id: 'kind', title: 'Does', cell: ({ kind }) => kind },
        { id: 'from', title: 'From, ms', right: true, cell: ({ from }) => count(from) },
        { id: 'took', title: 'Took, ms', right: true, cell: ({ from, to }) => count(to - from) },
      ]}
    />
  );
}
