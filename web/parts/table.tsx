/** Tables: figures right-aligned, a sticky head, and only the rows in view once there are more than 200. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<Row> {
  readonly id: string;
  readonly title: ComponentChildren;
  /** Right-aligned, with figures of one width. */
  readonly right?: boolean;
  /** Sentences: on a narrow screen the table scrolls rather than that they break after each word. */
  readonly prose?: boolean;
  /** The first such column names the row for screen readers. */
  readonly heads?: boolean;
  readonly cell: (row: Row, index: number) => ComponentChildren;
}

export interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf?: (row: Row, index: number) => string | number;
  readonly total?: Row;
  readonly flat?: boolean;
  readonly class?: string;
  /** Height of the frame of a long table, CSS. @default 60vh */
  readonly height?: string;
  readonly rowProps?: (row: Row, index: number) => Record<string, unknown>;
}

const VIRTUAL_FROM = 200;
const ROW_PX = 34;
const OVERSCAN = 12;

export function Table<Row>(props: TableProps<Row>) {
  return props.rows.length > VIRTUAL_FROM ? <LongTable {...props} /> : <ShortTable {...props} />;
}

function HeadRow<Row>({ columns }: Pick<TableProps<Row>, 'columns'>) {
  return (
    <tr>
      {columns.map(({ id, title, right }) => (
        <th key={id} scope="col" class={right ? 'r' : undefined}>
          {title}
        </th>
      ))}
    </tr>
  );
}

function BodyRow<Row>({
  columns,
  row,
  index,
  ...rest
}: { columns: readonly Column<Row>[]; row: Row; index: number } & Record<string, unknown>) {
  return (
    <tr {...rest}>
      {columns.map(({ id, right, prose, heads, cell }) => {
        const kind = right ? 'r' : prose ? 'prose' : undefined;
        return heads ? (
          <th key={id} scope="row" class={kind}>
            {cell(row, index)}
          </th>
        ) : (
          <td key={id} class={kind}>
            {cell(row, index)}
          </td>
        );
      })}
    </tr>
  );
}

function ShortTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
  total,
  flat,
  class: extra,
  rowProps,
}: TableProps<Row>) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table class={`${flat ? 'flat ' : ''}${extra ?? ''}`}>
        <caption class="vh">{caption}</caption>
        <thead>
          <HeadRow columns={columns} />
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <BodyRow
              key={keyOf?.(row, index) ?? index}
              columns={columns}
              row={row}
              index={index}
              {...rowProps?.(row, index)}
            />
          ))}
          {total !== undefined && <BodyRow class="total" columns={columns} row={total} index={rows.length} />}
        </tbody>
      </table>
    </div>
  );
}

/** Rows of one height, of which those in view are in the document; `aria-rowcount` says how many there are. */
function LongTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
  class: extra,
  height = '60vh',
  rowProps,
}: TableProps<Row>) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ from: 0, to: 60 });
  useLayoutEffect(() => {
    const element = frame.current!;
    let asked = 0;
    const measure = () => {
      asked = 0;
      const from = Math.max(0, Math.floor(element.scrollTop / ROW_PX) - OVERSCAN);
      const to = Math.min(
        rows.length,
        Math.ceil((element.scrollTop + element.clientHeight) / ROW_PX) + OVERSCAN,
      );
      setView((old) => (old.from === from && old.to === to ? old : { from, to }));
    };
    const onScroll = () => {
      if (!asked) asked = requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      element.removeEventListener('scroll', onScroll);
    };
  }, [rows]);
  const gap = (count: number) => (
    <tr aria-hidden="true" style={{ height: `${count * ROW_PX}px` }}>
      <td colSpan={columns.length} />
    </tr>
  );
  return (
    <div
      class="scroll long"
      ref={frame}
      tabIndex={0}
      role="region"
      aria-label={caption}
      style={{ maxHeight: height }}
    >
      <table class={extra} aria-rowcount={rows.length + 1}>
        <caption class="vh">{caption}</caption>
        <thead>
          <HeadRow columns={columns} />
        </thead>
        <tbody>
          {view.from > 0 && gap(view.from)}
          {rows.slice(view.from, view.to).map((row, at) => {
            const index = view.from + at;
            return (
              <BodyRow
                key={keyOf?.(row, index) ?? index}
                columns={columns}
                row={row}
                index={index}
                aria-rowindex={index + 2}
                {...rowProps?.(row, index)}
              />
            );
          })}
          {view.to < rows.length && gap(rows.length - view.to)}
        </tbody>
      </table>
    </div>
  );
}
