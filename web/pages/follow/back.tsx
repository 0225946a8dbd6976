/** Back from a cell: which rows its value is made from, and which records those come from. */

import type { Asked } from '../../app/backend.ts';
import { hrefOf } from '../../app/location.ts';
import { Bar } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, decimal, shortId } from '../../parts/text.ts';
import type { CellAnswer } from './contract.ts';
import { cellText, originWords } from './words.ts';

interface BackProps {
  readonly asked: Asked<CellAnswer>;
  /** Place of the record that is followed. */
  readonly current: string | undefined;
  /** It is what the page is about, and not at its side. */
  readonly isFirst?: boolean;
}

export function Back({ asked, current, isFirst = false }: BackProps) {
  return (
    <section aria-labelledby="back" class={isFirst ? 'back first' : 'back'}>
      <Bar id="back" title="Back from the cell">
        {asked.data && (
          <a
            href={hrefOf({
              page: 'tables',
              rest: [asked.data.cell.zone, asked.data.cell.table],
              query: { view: 'rows' },
            })}
          >
            {asked.data.cell.table}.{asked.data.cell.column}
          </a>
        )}
      </Bar>
      <Loaded asked={asked} lines={5}>
        {(origin) => <Origin origin={origin} current={current} />}
      </Loaded>
    </section>
  );
}

function Origin({ origin, current }: { origin: CellAnswer; current: string | undefined }) {
  const { value, expression, behind, records, sql, cell } = origin;
  const isComputed = expression !== undefined && /[^\w.]/.test(expression);
  return (
    <>
      <p>
        <strong class="num">{value === null ? 'NULL' : decimal(value ?? '')}</strong>, {cell.column} of{' '}
        {Object.values(cell.key)
          .map((one) => shortId(one, 12))
          .join(', ')}
        , {originWords(origin)}.
      </p>
      {isComputed && (
        <p class="small">
          <code>{expression}</code>
        </p>
      )}
      <div class="tables">
        {behind && behind.total > 0 && (
          <div>
            <Behind behind={behind} />
          </div>
        )}
        <div>
          <Records records={records} cell={cell} current={current} />
        </div>
      </div>
      <p class="small">
        {behind && behind.total > 0 && (
          <>
            <a href={hrefOf({ page: 'sql', query: { sql: unlimited(behind.sql) } })}>
              {behind.total === 1 ? 'The row' : `All ${count(behind.total)} rows`} in SQL
            </a>
            {', '}
          </>
        )}
        <a href={hrefOf({ page: 'sql', query: { sql } })}>
          {records.length === 1 ? 'the record' : `all ${count(records.length)} records`} in SQL
        </a>
      </p>
    </>
  );
}

const unlimited = (sql: string) => sql.replace(/ limit \d+$/, '');

/** Each row leads on to its own cell. */
function Behind({ behind }: { behind: NonNullable<CellAnswer['behind']> }) {
  const { table, key, from, columns, rows, total } = behind;
  const cellOf = (row: readonly (string | null)[]) => ({
    table,
    column: from.at(-1) ?? columns[0]!,
    key: Object.fromEntries(key.map((name) => [name, row[columns.indexOf(name)] ?? ''])),
  });
  return (
    <>
      <Table
        caption={`Rows of ${table} behind the cell`}
        rows={rows}
        flat
        columns={columns.map((name, at) => ({
          id: name,
          title: name,
          heads: at === 0,
          right: at > 0 && rows.every((row) => /^-?[\d.]+$/.test(row[at] ?? '')),
          cell: (row: (typeof rows)[number]) => {
            const text = shortId(row[at] ?? 'NULL', 12);
            return at === 0 ? (
              <a href={hrefOf({ query: { cell: cellText(cellOf(row)) } })} title={row[at] ?? undefined}>
                {text}
              </a>
            ) : (
              text
            );
          },
        }))}
      />
      {total > rows.length && (
        <p class="small muted">
          {count(rows.length)} of {count(total)} rows shown.
        </p>
      )}
    </>
  );
}

/** Records that are listed, the followed one first. */
const MOST_RECORDS = 4;

function Records({
  records,
  cell,
  current,
}: Pick<CellAnswer, 'records' | 'cell'> & { current: string | undefined }) {
  if (records.length === 0)
    return (
      <Empty>
        No record is behind this cell: the row was inferred, or it is made without any, as a calendar is.
      </Empty>
    );
  const placeOf = ({ stream, shard, sequenceNumber }: (typeof records)[number]) =>
    `${stream}/${shard}/${sequenceNumber}`;
  const ordered = [...records].sort(
    (a, b) => Number(placeOf(b) === current) - Number(placeOf(a) === current),
  );
  const shown = ordered.slice(0, MOST_RECORDS);
  return (
    <>
      <Table
        caption="Records behind the cell"
        rows={shown}
        flat
        keyOf={placeOf}
        rowProps={(one) => ({ 'aria-current': placeOf(one) === current ? 'true' : undefined })}
        columns={[
          {
            id: 'event',
            title: 'Record',
            heads: true,
            cell: (one) =>
              placeOf(one) === current ? (
                <span class="mono" title={one.eventId}>
                  {shortId(one.eventId, 12)}
                </span>
              ) : (
                <a
                  class="mono"
                  title={one.eventId}
                  href={hrefOf({ query: { cell: cellText(cell), id: placeOf(one) } })}
                >
                  {shortId(one.eventId, 12)}
                </a>
              ),
          },
          { id: 'silver', title: 'Silver', cell: ({ silver }) => silver },
        ]}
      />
      {records.length > shown.length && (
        <p class="small muted">
          {count(shown.length)} of {count(records.length)} records shown.
        </p>
      )}
    </>
  );
}
