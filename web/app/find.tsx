/** Search over pages, studies, tables, columns, queries and records; what looks like a record's id leads to its hops. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Overview } from '../contract/overview.ts';
import type { SearchEntry } from '../contract/search.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useAnswer } from './backend.ts';
import { go, hrefOf, place } from './location.ts';
import { pages } from './pages.ts';

/** One thing that can be found in a study; the backend lists tables, columns and queries. */
export interface Findable {
  readonly kind: 'page' | 'study' | 'table' | 'column' | 'query' | 'record';
  readonly name: string;
  /** Where it belongs: the table of a column, the layer of a table. */
  readonly of?: string;
  readonly href: string;
}

const MOST = 40;

/** Matches first at the beginning of the name, then inside it, then in what it belongs to. */
function rank(entries: readonly Findable[], typed: string): Findable[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return entries.filter(({ kind }) => kind === 'page' || kind === 'study').slice(0, MOST);
  const score = ({ name, of }: Findable) => {
    const at = name.toLowerCase().indexOf(wanted);
    if (at === 0) return name.length === wanted.length ? 0 : 1;
    if (at > 0) return 2;
    return of?.toLowerCase().includes(wanted) ? 3 : 9;
  };
  return entries
    .map((entry, index) => ({ entry, index, score: score(entry) }))
    .filter((scored) => scored.score < 9)
    .sort((a, b) => a.score - b.score || a.entry.name.length - b.entry.name.length || a.index - b.index)
    .slice(0, MOST)
    .map(({ entry }) => entry);
}

export function Find({ overview, onClose }: { overview: Overview | undefined; onClose: () => void }) {
  const { study } = place.value;
  const index = useAnswer<readonly SearchEntry[]>(study && `studies/${study}/search`);
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const entries = useMemo(
    (): Findable[] => [
      ...pages.map(({ id, title }): Findable => ({ kind: 'page', name: title, href: hrefOf({ page: id }) })),
      ...(overview?.studies ?? []).map(
        ({ name, title }): Findable => ({
          kind: 'study',
          name: title,
          href: hrefOf({ study: name, page: 'home' }),
        }),
      ),
      ...(index.data ?? []).map(
        ({ kind, name, of, page, rest, query }): Findable => ({
          kind,
          name,
          of,
          href: hrefOf({ page, rest, ...(query && { query }) }),
        }),
      ),
    ],
    [overview, index.data],
  );
  const found: Findable[] = [
    ...rank(entries, typed),
    ...(typed.trim().length >= 4
      ? [
          {
            kind: 'record',
            name: typed.trim(),
            href: hrefOf({ page: 'follow', query: { id: typed.trim() } }),
          } as const,
        ]
      : []),
  ];
  const open = (entry: Findable | undefined) => {
    if (!entry) return;
    onClose();
    go(entry.href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(found.length - 1, active + 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(0, active - 1));
    else if (event.key === 'Enter') open(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Find" onClose={onClose} class="finder">
      <input
        ref={input}
        role="combobox"
        aria-label="Find a table, column, query, record or page"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found[active] ? `found-${active}` : undefined}
        placeholder="A table, column, query, page, or an event's id"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id="found" aria-label="Found">
        {found.map((entry, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus (aria-activedescendant).
          <div
            key={`${entry.kind}/${entry.of}/${entry.name}`}
            id={`found-${at}`}
            role="option"
            aria-selected={at === active}
            onClick={() => open(entry)}
            onPointerEnter={() => setActive(at)}
          >
            <span class="muted xs">{entry.kind === 'record' ? 'follow' : entry.kind}</span>
            <span>{entry.name}</span>
            <span class="muted xs">{entry.of}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="muted small">Nothing has that name.</p>}
    </Dialog>
  );
}
