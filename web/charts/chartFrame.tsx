/** A chart in its frame: the finding, where it comes from, the picture, and the table behind it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { theme } from '../app/theme.ts';
import type { DrawnChart } from '../contract/rows.ts';
import { Age } from '../parts/figures.tsx';
import { Table } from '../parts/table.tsx';
import { counted, decimal } from '../parts/text.ts';
import type { init } from './echarts.ts';
import { download, toCsv } from './export.ts';
import {
  chartHeight,
  fullestSeries,
  HEIGHT,
  NARROW,
  optionOf,
  type Palette,
  valuesOfSeries,
} from './option.ts';

/** The tokens as colours that SVG takes: the browser resolves `light-dark()` on an element. */
function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('span');
  element.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    ink: colour('ink'),
    ink2: colour('ink-2'),
    ink3: colour('ink-3'),
    paper: colour('paper'),
    surface: colour('surface'),
    line: colour('line'),
    lineStrong: colour('line-strong'),
    series: [1, 2, 3, 4, 5, 6].map((at) => colour(`c${at}`)),
    steps: [0, 1, 2, 3, 4, 5].map((at) => colour(`q${at}`)),
    font: getComputedStyle(element).fontFamily,
  };
  probe.remove();
  return palette;
}

/** Draws into a place as wide as its container; what is drawn changes without being made again. */
function usePicture({ chart, data }: DrawnChart, only: string | undefined) {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<() => void>(() => {});
  const [failure, setFailure] = useState<string>();
  const [room, setRoom] = useState(NARROW);
  const height = chartHeight(chart, data, room);
  const shade = theme.value;
  const picture = useRef<ReturnType<typeof init> | undefined>(undefined);
  drawing.current = () => {
    const element = place.current;
    if (!picture.current || !element) return;
    const width = Math.max(240, element.clientWidth);
    setRoom(width);
    picture.current.resize({ width, height: chartHeight(chart, data, width) });
    picture.current.setOption(optionOf(chart, data, readPalette(element), width, only), true);
  };
  useEffect(() => {
    const element = place.current!;
    const observer = new ResizeObserver(() => drawing.current());
    let alive = true;
    void import('./echarts.ts').then(
      (echarts) => {
        if (!alive) return;
        const width = Math.max(240, element.clientWidth);
        picture.current = echarts.init(element, undefined, { renderer: 'svg', width, height });
        drawing.current();
        observer.observe(element);
      },
      (error: Error) => setFailure(error.message),
    );
    return () => {
      alive = false;
      observer.disconnect();
      picture.current?.dispose();
      picture.current = undefined;
    };
  }, []);
  // A change of theme draws it again in that theme's colours.
  useEffect(() => drawing.current(), [chart, data, shade, only, height]);
  return { place, failure, height };
}

export function ChartFrame({ drawn, headingLevel = 3 }: { drawn: DrawnChart; headingLevel?: 2 | 3 }) {
  const { chart, data, title } = drawn;
  const [chosen, setChosen] = useState<string>();
  const choices = chart.mark === 'candles' ? valuesOfSeries(chart, data) : [];
  const only =
    chosen !== undefined && choices.includes(chosen)
      ? chosen
      : choices.length > 0
        ? fullestSeries(chart, data)
        : undefined;
  const { place, failure, height } = usePicture(drawn, only);
  const Heading = headingLevel === 2 ? 'h2' : 'h3';
  const rows = data.rows;
  return (
    <figure class="chart" aria-label={title}>
      <header>
        <Heading>{title}</Heading>
        <ChartMenu drawn={drawn} picture={() => place.current?.querySelector('svg') ?? null} />
      </header>
      <p class="sub">
        {data.source} · {counted(rows.length, 'row')} · <Age at={data.at} />
        {chart.note && ` · ${chart.note}`}
      </p>
      {choices.length > 1 && (
        <label class="field small choice">
          {chart.series}
          <select value={only} onChange={(event) => setChosen(event.currentTarget.value)}>
            {choices.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        </label>
      )}
      {rows.length === 0 && (
        <p class="muted chart-empty">The query gave no rows, so there is nothing to draw.</p>
      )}
      {failure ? (
        <p class="note bad">The chart could not be drawn: {failure}</p>
      ) : (
        <div
          ref={place}
          class="picture"
          role="img"
          aria-label={title}
          hidden={rows.length === 0}
          style={{ height: `${height}px` }}
        />
      )}
      <details>
        <summary>Table behind this chart</summary>
        <Table
          caption={`Table behind: ${title}`}
          height="260px"
          columns={data.columns.map((name, at) => ({
            id: name,
            title: name,
            right: isNumeric(data.types[at] ?? ''),
            cell: (row: readonly (string | null)[]) => cellText(row[at] ?? null, data.types[at] ?? ''),
          }))}
          rows={rows}
        />
      </details>
    </figure>
  );
}

/** The room of a chart that is on its way, as high as one whose title is a line. */
export const ChartRoom = () => (
  <figure class="chart" aria-busy="true" aria-label="Loading">
    <header>
      <span class="wait" style={{ width: '70%' }} />
    </header>
    <p class="sub">{'\u00a0'}</p>
    <div class="picture" style={{ height: `${HEIGHT}px` }} />
    <p class="small">{'\u00a0'}</p>
  </figure>
);

export const isNumeric = (type: string) =>
  /^(tinyint|smallint|int|bigint|double|real|float|decimal)/.test(type);

/** A cell as the page shows it: figures with separators, NULL unlike an empty text. */
export function cellText(value: string | null, type: string) {
  if (value === null) return <span class="muted">NULL</span>;
  return isNumeric(type) ? decimal(value) : value;
}

function ChartMenu({ drawn, picture }: { drawn: DrawnChart; picture: () => SVGSVGElement | null }) {
  const { chart, data } = drawn;
  const png = async () => {
    const svg = picture();
    if (svg) download(`${chart.name}.png`, await pngOf(svg));
  };
  return (
    <span class="row small chart-menu">
      <button class="link" type="button" onClick={png} aria-label={`Save ${drawn.title} as PNG`}>
        PNG
      </button>
      <button
        class="link"
        type="button"
        aria-label={`Save ${drawn.title} as CSV`}
        onClick={() =>
          download(`${chart.name}.csv`, new Blob([toCsv(data.columns, data.rows)], { type: 'text/csv' }))
        }
      >
        CSV
      </button>
    </span>
  );
}

/** The picture at twice its size, on the page's paper. */
async function pngOf(svg: SVGSVGElement): Promise<Blob> {
  const { width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const url = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * 2;
  canvas.height = height * 2;
  const context = canvas.getContext('2d')!;
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob((blob) => done(blob!), 'image/png'));
}
