/** Quarantine: what the rules refused, by rule, and one record with its payload, its raw bytes and where it broke. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Head, KeyValues, Panel } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, counted } from '../../parts/text.ts';
import type { Quarantined, QuarantineGroup } from './contract.ts';

export default function QuarantinePage() {
  const { study, query } = place.value;
  const groups = useAnswer<readonly QuarantineGroup[]>(`studies/${study}/quarantine`);
  return (
    <LoadedPage asked={groups} name="Quarantine" lines={8}>
      {(list) => {
        // Without a choice, an example is open.
        const id = query.get('id') ?? list.find(({ example }) => example !== null)?.example ?? undefined;
        return (
          <>
            <Head
              title={list.length === 0 ? 'Quarantine is empty' : titleOf(list)}
              lead="A record that a rule refuses never fails its batch. Bronze keeps it with its verdict, and quarantine has it with the rule, the path and its raw bytes."
            />
            {list.length === 0 ? (
              <Empty command={`npx headwaters run ${study} --seed 2 --malformed 1%`}>
                No record of the last 30 days was refused. To see a refused record, run with malformed ones.
              </Empty>
            ) : (
              <div class="cols">
                <div class={id ? 'c5' : 'c12'}>
                  <Groups groups={list} chosen={id} />
                </div>
                {id && (
                  <div class="c7">
                    <Refused id={id} />
                  </div>
                )}
              </div>
            )}
          </>
        );
      }}
    </LoadedPage>
  );
}

const titleOf = (groups: readonly QuarantineGroup[]) =>
  `${counted(
    groups.reduce((sum, group) => sum + group.count, 0),
    'refusal',
  )} by ${counted(new Set(groups.map(({ rule }) => rule)).size, 'rule')}`;

function Groups({ groups, chosen }: { groups: readonly QuarantineGroup[]; chosen: string | undefined }) {
  return (
    <Table
      caption="What was refused, by rule"
      rows={groups}
      keyOf={({ kind, of, rule, path }) => `${kind}-${of}-${rule}-${path}`}
      rowProps={({ example }) => (example !== null && example === chosen ? { 'aria-current': 'true' } : {})}
      columns={[
        { id: 'rule', title: 'Rule', heads: true, cell: ({ rule }) => <code>{rule}</code> },
        { id: 'of', title: 'Of', cell: ({ of, kind }) => `${of ?? 'no source'} (${kind})` },
        { id: 'path', title: 'Where', cell: ({ path }) => (path ? <code>{path}</code> : '') },
        { id: 'count', title: 'Count', right: true, cell: (group) => count(group.count) },
        {
          id: 'example',
          title: 'Newest',
          cell: ({ example }) => (example ? <a href={hrefOf({ query: { id: example } })}>Open</a> : ''),
        },
      ]}
    />
  );
}

function Refused({ id }: { id: string }) {
  const { study } = place.value;
  const found = useAnswer<readonly Quarantined[]>(
    `studies/${study}/quarantine/record?id=${encodeURIComponent(id)}`,
  );
  return (
    <Loaded asked={found} lines={8}>
      {(records) => (
        <>
          {records.map(({ kind, values }, at) => (
            <Panel
              key={`${at}-${kind}`}
              title={kind === 'record' ? 'Refused on arrival' : 'Refused by a model'}
              label="Refused record"
            >
              <KeyValues
                entries={Object.entries(values)
                  .filter(([name, value]) => value && name !== 'raw_base64' && name !== 'data')
                  .map(([name, value]) => [name, <span key={name}>{value}</span>] as const)}
              />
              {values.raw_base64 && <RawBytes base64={values.raw_base64} />}
              {values.event_id && (
                <p>
                  <a href={hrefOf({ page: 'follow', query: { id: values.event_id } })}>Follow the event</a>
                </p>
              )}
            </Panel>
          ))}
          <p class="table-command">
            <Command>{`npx headwaters quarantine show ${study} ${id}`}</Command>
          </p>
        </>
      )}
    </Loaded>
  );
}

const LINE = 16;
const MOST_BYTES = 1024;

/** The bytes as they came: offsets, hexadecimal and printable characters. */
function RawBytes({ base64 }: { base64: string }) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, MOST_BYTES); at += LINE) {
    const part = [...bytes.slice(at, at + LINE)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(LINE * 3)} ${text}`);
  }
  return (
    <figure class="bytes">
      <figcaption class="small muted">
        {counted(bytes.length, 'raw byte')}
        {bytes.length > MOST_BYTES ? `, the first ${count(MOST_BYTES)}` : ''}
      </figcaption>
      <pre class="hex">{lines.join('\n')}</pre>
    </figure>
  );
}
