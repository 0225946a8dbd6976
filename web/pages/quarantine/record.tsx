/** A refused record: decoded with its fault marked, its bytes as they arrived, and how to send it so that it is taken. */
import { useState } from 'preact/hooks';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Json } from '../../parts/json.tsx';
import type { Span } from '../../parts/jsonText.ts';
import { Verdict } from '../../parts/marks.tsx';
import { Bar, KeyValues } from '../../parts/page.tsx';
import { count, counted } from '../../parts/text.ts';
import type { Quarantined } from './contract.ts';
import { faultIn } from './fault.ts';
import { meaningOf } from './meaning.ts';

interface RecordProps {
  readonly id: string;
  readonly refused: Quarantined;
}

export function Refused({ id, refused }: RecordProps) {
  const { study } = place.value;
  const { kind, values } = refused;
  const raw = values.raw_base64 ? bytesOf(values.raw_base64) : undefined;
  const shown = raw ?? new TextEncoder().encode(values.row_json ?? values.data ?? '');
  const rule = values.rule ?? '';
  const found = faultIn(shown, { rule, path: values.rule_path ?? '' });
  return (
    <section class="cols" aria-label="Refused record">
      <div class={raw ? 'c5' : 'c12'}>
        <div class="bar">
          <h2>Decoded</h2>
          <Verdict tone="bad">refused: {rule}</Verdict>
        </div>
        <Json label="The record decoded" fault={found.span}>
          {found.text}
        </Json>
        <KeyValues entries={factsOf(refused, id)} />
        {kind === 'record' && (
          <p class="row follow-it">
            <a class="btn" href={hrefOf({ page: 'follow', rest: [], query: { id } })}>
              Follow this record
            </a>
          </p>
        )}
      </div>
      {raw && (
        <div class="c7">
          <Raw raw={raw} mark={found.bytes} object={values.object ?? undefined} />
        </div>
      )}
      <p class="c12">
        <Command>{`npx headwaters quarantine show ${study} ${id}`}</Command>
      </p>
    </section>
  );
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

function factsOf({ kind, values }: Quarantined, id: string): [string, string][] {
  const { shard, sequence_number: sequence, source, model, event_type: type, run_id: run } = values;
  const facts: [string, string | null | undefined][] = [
    ['What the rule found', values.rule_detail ?? values.detail],
    ['Where', values.rule_path],
    ['Remedy', meaningOf({ kind, rule: values.rule ?? '' }).remedy],
    ['Position', shard ? `${sequence} of ${values.stream}, ${shard}` : id],
    ['Source', source ?? model],
    ['Event', values.event_id && `${values.event_id}${type ? `, ${type}` : ''}`],
    ['Refused by run', run],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

const LINE = 16;
/** Lines before and after the marked bytes. */
const AROUND = 3;
const MOST_LINES = 4096;

interface RawProps {
  readonly raw: Uint8Array;
  readonly mark: Span | undefined;
  /** Address of the object that keeps the bytes. */
  readonly object: string | undefined;
}

function Raw({ raw, mark, object }: RawProps) {
  const [isWhole, setWhole] = useState(false);
  const lines = Math.ceil(raw.length / LINE);
  const first = isWhole || !mark ? 0 : Math.max(0, Math.floor(mark.start / LINE) - AROUND);
  const last = isWhole
    ? Math.min(lines, MOST_LINES)
    : Math.min(lines, Math.floor((mark?.start ?? 0) / LINE) + 1 + 2 * AROUND);
  const end = Math.min(raw.length, last * LINE);
  const isCut = end - first * LINE < raw.length;
  return (
    <>
      <Bar
        title={
          isCut
            ? `Raw bytes ${count(first * LINE)} to ${count(end - 1)} of ${count(raw.length)}`
            : counted(raw.length, 'raw byte')
        }
      >
        {object && (
          <a
            href={hrefOf({
              page: 'objects',
              rest: ['lake'],
              query: { key: object.replace(/^s3:\/\/[^/]+\//, '') },
            })}
          >
            Open the object
          </a>
        )}
      </Bar>
      <pre class="hex" tabIndex={0} role="region" aria-label="Raw bytes">
        {Array.from({ length: last - first }, (_, at) => (
          <HexLine key={at} raw={raw} from={(first + at) * LINE} mark={mark} />
        ))}
      </pre>
      <p class="small muted raw-note">
        Exactly as it arrived. {mark && 'The marked bytes broke the rule. '}
        {isCut && !isWhole && (
          <>
            <button class="link" type="button" onClick={() => setWhole(true)}>
              All {counted(raw.length, 'byte')}
            </button>
            {' · '}
          </>
        )}
        <a download="record.bin" href={`data:application/octet-stream;base64,${btoa(binary(raw))}`}>
          Save as a file
        </a>
      </p>
    </>
  );
}

const binary = (raw: Uint8Array) => Array.from(raw, (byte) => String.fromCharCode(byte)).join('');

function HexLine({ raw, from, mark }: { raw: Uint8Array; from: number; mark: Span | undefined }) {
  const line = [...raw.subarray(from, from + LINE)];
  const isMarked = (at: number) => mark !== undefined && from + at >= mark.start && from + at < mark.end;
  /** Runs of bytes that are marked or not, so that a mark is one piece. */
  const runs: { marked: boolean; at: number; bytes: number[] }[] = [];
  for (const [at, byte] of line.entries()) {
    const run = runs.at(-1);
    if (run?.marked === isMarked(at)) run.bytes.push(byte);
    else runs.push({ marked: isMarked(at), at, bytes: [byte] });
  }
  const written = (text: (byte: number) => string, gap: string) =>
    runs.map(({ marked, at, bytes }) => {
      const part = bytes.map(text).join(gap);
      return (
        <span key={at}>
          {at > 0 && gap}
          {marked ? <mark class="fault">{part}</mark> : part}
        </span>
      );
    });
  return (
    <>
      <span class="muted">{from.toString().padStart(4, '0')}</span>
      {'  '}
      {written((byte) => byte.toString(16).padStart(2, '0'), ' ')}
      {'   '.repeat(LINE - line.length)}
      {'  '}
      {written((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'), '')}
      {'\n'}
    </>
  );
}
