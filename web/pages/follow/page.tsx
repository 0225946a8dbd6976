/** Follow a record: every hop from its arrival to gold with time, bytes and price, and back from a cell to its records. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Head } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { counted } from '../../parts/text.ts';
import { Back } from './back.tsx';
import { Choose, RecentRecords } from './choose.tsx';
import type { CellAnswer, FollowedRecord, Recent } from './contract.ts';
import { Hops } from './hops.tsx';
import { RecordPanel } from './panel.tsx';
import { Price } from './price.tsx';
import { cellText, cellTitle, leadOf, titleOf } from './words.ts';

export default function FollowPage() {
  const { study, query } = place.value;
  const recent = useAnswer<readonly Recent[]>(`studies/${study}/recent`);
  const named = query.get('cell') ?? undefined;
  const ofCell = useAnswer<CellAnswer>(named && cellPath(study, named));
  const [first] = ofCell.data?.records ?? [];
  const id =
    query.get('id') ??
    (named === undefined
      ? // Without a choice, a valid record of the source that sends most is followed.
        recent.data?.find(({ verdict }) => verdict === 'valid')?.id
      : first && `${first.stream}/${first.shard}/${first.sequenceNumber}`) ??
    '';
  const followed = useAnswer<FollowedRecord>(
    id ? `studies/${study}/follow?id=${encodeURIComponent(id)}` : undefined,
  );
  const own = followed.data?.cell;
  const ofOwn = useAnswer<CellAnswer>(named || !own ? undefined : cellPath(study, cellText(own), own.by));
  return (
    <>
      <Head {...headOf(followed.data, ofCell.data)} />
      <Choose key={named ?? id} text={named ?? id} traced={tracedId(id, followed.data)} />
      {named && <Back asked={ofCell} current={followed.data && placeOf(followed.data)} isFirst />}
      {id !== '' && (
        <Loaded asked={followed} lines={10}>
          {(data) => (
            <div class="cols">
              <div class="c7">
                <Copies followed={data} />
                <Hops followed={data} />
                {data.untraced.length > 0 && <Untraced untraced={data.untraced} />}
              </div>
              <div class="c5 follow-side">
                {data.line && <RecordPanel line={data.line} />}
                {!named && own && <Back asked={ofOwn} current={placeOf(data)} />}
                {data.price.hops.length > 0 && <Price {...data.price} />}
              </div>
            </div>
          )}
        </Loaded>
      )}
      <RecentRecords recent={recent} />
    </>
  );
}

/** A cell that is led back from is the finding; the record that is followed is one of those behind it. */
function headOf(followed: FollowedRecord | undefined, cell: CellAnswer | undefined) {
  if (cell)
    return {
      title: cellTitle(cell),
      lead: `${cellText(cell.cell)}.${followed ? ` One of them is followed. ${leadOf(followed)}` : ''}`,
    };
  return followed
    ? { title: titleOf(followed), lead: leadOf(followed) }
    : {
        title: 'Follow a record',
        lead: 'Every hop from a record’s arrival to gold, as the lake has it now.',
      };
}

const cellPath = (study: string | undefined, cell: string, by: Readonly<Record<string, string>> = {}) =>
  `studies/${study}/follow/cell?${new URLSearchParams({ ...by, cell })}`;

/** A record that was kept is called by its event’s id, which is what others know. */
const tracedId = (id: string, followed: FollowedRecord | undefined) =>
  (followed?.copy.fate === 'kept' && followed.eventId) || id;

const placeOf = ({ record: { stream, shard, sequenceNumber } }: FollowedRecord) =>
  `${stream}/${shard}/${sequenceNumber}`;

const Untraced = ({ untraced }: Pick<FollowedRecord, 'untraced'>) => (
  <div class="note warn">
    <p>Whether it went into these tables cannot be said now:</p>
    <ul>
      {untraced.map(({ table, reason }) => (
        <li key={table}>
          {table}: <span class="muted">{reason}</span>
        </li>
      ))}
    </ul>
  </div>
);

/** An event that arrived more than once: which of its records this is, and the others. */
function Copies({ followed: { copies, copy } }: { followed: FollowedRecord }) {
  if (copies.length < 2) return null;
  return (
    <p class="copies">
      The event arrived {counted(copies.length, 'time')}:{' '}
      {copies.map(({ record, fate }, at) => (
        <span key={`${record}-${at}`}>
          {at > 0 && ', '}
          {record === copy.record ? (
            <strong>{fate}</strong>
          ) : (
            <a href={hrefOf({ query: { id: record } })}>{fate}</a>
          )}
        </span>
      ))}
      .
    </p>
  );
}
