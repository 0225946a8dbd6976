/** The picture of the last run: ribbons as wide as what flowed, stations that lead to their pages. */
import { hrefOf } from '../../app/location.ts';
import { count } from '../../parts/text.ts';
import { COLUMNS, type Ribbon, type River, type Station } from './layout.ts';

const heads = [
  ['Sources', COLUMNS.sources],
  ['Ingestion', COLUMNS.ingestion],
  ['Bronze', COLUMNS.bronze],
  ['Silver', COLUMNS.silver],
  ['Gold', COLUMNS.gold],
  ['Serving', COLUMNS.serving],
] as const;

const curve = (x0: number, y0: number, x1: number, y1: number) => {
  const middle = (x0 + x1) / 2;
  return `M${x0},${y0} C${middle},${y0} ${middle},${y1} ${x1},${y1}`;
};

/** The band between two curves. */
const area = ({ x0, x1, y0, y1, h0, h1 }: Ribbon) => {
  const middle = (x0 + x1) / 2;
  return `${curve(x0, y0, x1, y1)} L${x1},${y1 + h1} C${middle},${y1 + h1} ${middle},${y0 + h0} ${x0},${y0 + h0} Z`;
};

export function RiverMap({
  river,
  title,
  flowing,
}: {
  river: River;
  title: string;
  flowing: string | undefined;
}) {
  return (
    <svg class="rivers" viewBox={`0 0 ${river.width} ${river.height}`} role="group" aria-label={title}>
      <line x1="0" x2={river.width} y1="28" y2="28" class="axis" />
      {heads.map(([name, x]) => (
        <g key={name}>
          <text x={x} y="18" class="strong">
            {name}
          </text>
          {x > 0 && <line x1={x} x2={x} y1="28" y2={river.height - 4} class="mer" />}
        </g>
      ))}
      {river.ribbons.map((ribbon) => (
        <RibbonShape
          key={`${ribbon.x0}-${ribbon.y0}-${ribbon.y1}`}
          ribbon={ribbon}
          flowing={flowing === ribbon.layer}
        />
      ))}
      {river.threads.map(({ x0, y0, x1, y1 }) => (
        <path key={`${y0}`} d={curve(x0, y0, x1, y1)} class="thread k-gold" />
      ))}
      {river.hot && <HotPath hot={river.hot} />}
      {river.side.map((path) => (
        <SidePath key={path.label} path={path} />
      ))}
      {river.stations.map((station) => (
        <StationMark key={`${station.x}-${station.y}-${station.label}`} station={station} />
      ))}
    </svg>
  );
}

function RibbonShape({ ribbon, flowing }: { ribbon: Ribbon; flowing: boolean }) {
  const { layer, x0, x1, y0, y1, h0, h1 } = ribbon;
  const thin = Math.max(h0, h1) < 4;
  const lanes = thin ? 0 : Math.min(7, Math.floor(Math.min(h0, h1) / 10));
  return (
    <g class={`k-${layer}${flowing ? ' flowing' : ''}`}>
      <path d={area(ribbon)} class={`w${thin ? ' thin' : ''}`} />
      {!thin && <path d={curve(x0, y0, x1, y1)} class="bank" />}
      {!thin && <path d={curve(x0, y0 + h0, x1, y1 + h1)} class="bank" />}
      {Array.from({ length: lanes }, (_, lane) => {
        const share = (lane + 1) / (lanes + 1);
        return <path key={lane} d={curve(x0, y0 + h0 * share, x1, y1 + h1 * share)} class="run" />;
      })}
    </g>
  );
}

function HotPath({ hot: { x0, y0, x1, y1, label, sub, note } }: { hot: NonNullable<River['hot']> }) {
  const bend = x0 + 34;
  return (
    <g class="k-ingestion">
      <path d={`M${x0},${y0} C${x0},${y1 - 12} ${x0 + 8},${y1} ${bend},${y1} H${x1}`} class="thread" />
      <text x={bend + 14} y={y1 + 16}>
        {note}
      </text>
      <a class="n" href={hrefOf({ page: 'live' })}>
        <text x={x1 + 10} y={y1 - 2} class="strong">
          {label}
        </text>
        <text x={x1 + 10} y={y1 + 13}>
          {sub}
        </text>
      </a>
    </g>
  );
}

function SidePath({ path: { label, value, x, y, page } }: { path: River['side'][number] }) {
  return (
    <g>
      <path
        d={`M${x - 36},${y - 44} C${x - 30},${y - 10} ${x - 26},${y} ${x - 6},${y}`}
        class={value === 0 ? 'dry' : 'thread k-bronze'}
      />
      <a class="n" href={hrefOf({ page })}>
        <text x={x} y={y + 4}>
          <tspan class="strong">{count(value)}</tspan> {label}
        </text>
      </a>
    </g>
  );
}

function StationMark({ station }: { station: Station }) {
  const { layer, x, y, height, label, sub, value, page, rest, side } = station;
  const href = hrefOf({ page, ...(rest && { rest }) });
  if (value !== undefined)
    return (
      <a class="n" href={href}>
        <rect class="hit" x="-4" y={y - 12} width="150" height="24" />
        <text x="0" y={y + 4}>
          {label}
        </text>
        <text x="140" y={y + 4} text-anchor="end" class="strong">
          {count(value)}
        </text>
      </a>
    );
  const isBefore = side === 'before';
  const labelX = isBefore ? x - 6 : x + 6;
  const anchor = isBefore ? 'end' : 'start';
  const top = side === 'right' ? y - height / 2 : y;
  return (
    <a class={`n k-${layer}`} href={href}>
      <rect class="st" x={x - 2} y={top - 3} width="4" height={Math.max(8, height + 6)} />
      {side === 'above' || isBefore ? (
        <>
          <text x={labelX} y={top - 24} text-anchor={anchor} class="strong">
            {label}
          </text>
          <text x={labelX} y={top - 9} text-anchor={anchor}>
            {sub}
          </text>
        </>
      ) : side === 'right' ? (
        <>
          <text x={x + 10} y={y - 2} class="strong">
            {label}
          </text>
          <text x={x + 10} y={y + 13} class={layer === 'gold' ? 'mono name' : undefined}>
            {sub}
          </text>
        </>
      ) : (
        <>
          <text x={x - 6} y={top + height + 22} text-anchor="end" class="strong">
            {label}
          </text>
          <text x={x - 6} y={top + height + 37} text-anchor="end">
            {sub}
          </text>
        </>
      )}
    </a>
  );
}
