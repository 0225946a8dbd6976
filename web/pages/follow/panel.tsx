/** The record as its line of bronze has it, with the fields marked that made the gold row. */
import { hrefOf } from '../../app/location.ts';
import { Panel } from '../../parts/page.tsx';
import { count } from '../../parts/text.ts';
import type { FollowedRecord } from './contract.ts';
import { markedLine } from './line.ts';

export function RecordPanel({ line }: { line: NonNullable<FollowedRecord['line']> }) {
  const { object, line: number, start, end, text, fields } = line;
  const parts = markedLine(text, fields);
  return (
    <Panel
      title="The record at its byte range"
      label="The record at its byte range"
      aside={
        <a class="small" href={hrefOf({ page: 'objects', query: { key: object, line: number } })}>
          Open the object
        </a>
      }
    >
      <pre class="code raw" tabIndex={0} role="region" aria-label="The line in bronze">
        <span class="muted">byte {count(start)}</span>
        {'\n'}
        {parts
          ? parts.map(({ kind, text: part, marked }, at) => {
              const shown =
                kind === 'key' && !marked ? (
                  <span key={at} class="kw">
                    {part}
                  </span>
                ) : (
                  part
                );
              return marked ? <mark key={at}>{shown}</mark> : shown;
            })
          : text}
        {'\n'}
        <span class="muted">byte {count(end - 1)}</span>
      </pre>
      <p class="small muted raw-note">{noteOf(text, fields)}</p>
    </Panel>
  );
}

function noteOf(text: string, fields: readonly string[]): string {
  if ('raw_base64' in (JSON.parse(text) as object))
    return 'raw_base64 holds the bytes as they arrived; the page Quarantine shows them.';
  const marked = fields.length > 0 ? 'Marked: what the gold row’s key and value are made from. ' : '';
  return `${marked}In the object the payload is one JSON string.`;
}
