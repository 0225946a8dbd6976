/** The SQL editor: completion from the catalog, bytes before running, Athena's errors at their place, results, history, export. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, ProblemError, useAnswer } from '../../app/backend.ts';
import { hrefOf, place, setQuery } from '../../app/location.ts';
import { announcement } from '../../app/opened.ts';
import { Command } from '../../parts/command.tsx';
import { Head } from '../../parts/page.tsx';
import { LoadedPage } from '../../parts/states.tsx';
import { bytes, counted, duration } from '../../parts/text.ts';
import { Catalog } from './catalog.tsx';
import type { CatalogTable, QueryState, Rows, ScanBound, SqlCatalog, Started } from './contract.ts';
import type { SqlEditor } from './editor.ts';
import { keepInHistory, readHistory } from './history.ts';
import { Rowset } from './result.tsx';

type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly id: string | undefined; readonly since: number }
  | { readonly kind: 'failed'; readonly message: string; readonly state?: QueryState }
  | { readonly kind: 'rows'; readonly state: QueryState; readonly rows: Rows };

const FIRST_POLL_MS = 40;
const SLOWEST_POLL_MS = 400;

export default function SqlPage() {
  const { study } = place.value;
  const catalog = useAnswer<SqlCatalog>(`studies/${study}/sql`);
  return (
    <LoadedPage asked={catalog} name="SQL" lines={10}>
      {(data) => <Workbench key={study} catalog={data} />}
    </LoadedPage>
  );
}

function Workbench({ catalog }: { catalog: SqlCatalog }) {
  const { study, query } = place.value;
  const named = catalog.queries.find(({ name }) => name === query.get('q'));
  const [text, setText] = useState(query.get('sql') ?? named?.sql ?? catalog.queries[0]?.sql ?? 'select 1');
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const editor = useRef<SqlEditor | undefined>(undefined);
  const latest = useRef(text);
  latest.current = text;

  const run = async () => {
    const sql = latest.current;
    editor.current?.mark(undefined);
    setOutcome({ kind: 'running', id: undefined, since: Date.now() });
    setQuery({ sql, q: undefined });
    try {
      const { id } = await ask<Started>('sql', { method: 'POST', body: { sql } });
      setOutcome({ kind: 'running', id, since: Date.now() });
      const state = await ended(id);
      keepInHistory(study!, { sql, at: Date.now(), state: state.state, scannedBytes: state.scannedBytes });
      if (state.state !== 'SUCCEEDED') {
        if (state.at) editor.current?.mark({ ...state.at, message: state.reason ?? state.state });
        setOutcome({ kind: 'failed', message: state.reason ?? `The statement ended ${state.state}.`, state });
        return;
      }
      const rows = await ask<Rows>(`sql/${id}/rows`);
      setOutcome({ kind: 'rows', state, rows });
      announcement.value = `${counted(rows.rows.length, 'row')} in ${duration(state.milliseconds)}`;
    } catch (error) {
      setOutcome({
        kind: 'failed',
        message:
          error instanceof ProblemError
            ? `${error.problem.title} ${error.problem.detail ?? ''}`
            : String(error),
      });
    }
  };
  const load = (sql: string) => {
    editor.current?.setText(sql);
    setText(sql);
    editor.current?.focus();
  };
  const title =
    outcome.kind === 'rows'
      ? `${counted(outcome.rows.rows.length, 'row')} in ${duration(outcome.state.milliseconds)}`
      : outcome.kind === 'failed'
        ? 'The statement failed'
        : 'Ask the lake a question';
  return (
    <>
      <Head
        title={title}
        lead="Athena SQL over bronze, silver, gold and the marts. What the local engine has not verified it refuses by name."
      />
      <div class="cols catalog">
        <div class="c3">
          <Catalog catalog={catalog} onQuery={load} />
        </div>
        <div class="c9">
          <Editor
            text={text}
            tables={catalog.tables}
            editor={editor}
            onRun={() => void run()}
            onChange={setText}
          />
          <div class="row sql-acts">
            <button
              class="btn go"
              type="button"
              onClick={() => void run()}
              disabled={outcome.kind === 'running'}
            >
              Run <kbd>Ctrl Enter</kbd>
            </button>
            {outcome.kind === 'running' && outcome.id && (
              <button
                class="btn"
                type="button"
                onClick={() => void ask(`sql/${outcome.id}`, { method: 'DELETE' })}
              >
                Stop
              </button>
            )}
            <Bound study={study!} sql={text} />
          </div>
          <Result outcome={outcome} onPlace={() => editor.current?.focus()} />
          <p class="sql-command">
            <Command>{`npx headwaters query "${text.replaceAll('"', '\\"').replaceAll(/\s+/g, ' ').trim()}"`}</Command>
          </p>
          <History study={study!} turn={outcome} onPick={load} />
        </div>
      </div>
    </>
  );
}

/** Waits for the end of a statement. */
async function ended(id: string): Promise<QueryState> {
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(SLOWEST_POLL_MS, wait * 1.4)) {
    const state = await ask<QueryState>(`sql/${id}`);
    if (state.state !== 'QUEUED' && state.state !== 'RUNNING') return state;
    await new Promise((done) => setTimeout(done, wait));
  }
}

function Editor({
  text,
  tables,
  editor,
  onRun,
  onChange,
}: {
  text: string;
  tables: readonly CatalogTable[];
  editor: { current: SqlEditor | undefined };
  onRun: () => void;
  onChange: (text: string) => void;
}) {
  const parent = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const first = useRef({ text, onRun });
  first.current.onRun = onRun;
  useEffect(() => {
    let alive = true;
    void import('./editor.ts').then(({ createEditor }) => {
      if (!alive) return;
      editor.current = createEditor(parent.current!, {
        text: first.current.text,
        tables,
        onRun: () => first.current.onRun(),
        onChange,
      });
      setReady(true);
    });
    return () => {
      alive = false;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, [tables, onChange, editor]);
  return (
    <div class="panel sql-editor" ref={parent} aria-busy={!ready}>
      {!ready && <pre>{text}</pre>}
    </div>
  );
}

/** What the statement can scan at most, a moment after the last key. */
function Bound({ study, sql }: { study: string; sql: string }) {
  const [bound, setBound] = useState<ScanBound>();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask<ScanBound | undefined>(`studies/${study}/sql/bound?sql=${encodeURIComponent(sql)}`, {
        signal: abort.signal,
      })
        .then(setBound)
        .catch(() => setBound(undefined));
    }, 350);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [study, sql]);
  if (!bound) return null;
  return (
    <span
      class="small muted"
      title={bound.tables.map(({ name, bytes: size }) => `${name}: ${bytes(size)}`).join('\n')}
    >
      Scans at most {bytes(bound.bytes)} of {counted(bound.tables.length, 'table')}
    </span>
  );
}

function Result({ outcome, onPlace }: { outcome: Outcome; onPlace: () => void }) {
  switch (outcome.kind) {
    case 'none':
      return null;
    case 'running':
      return <Running since={outcome.since} />;
    case 'failed':
      return (
        <div class="banner bad" role="alert">
          <span class="mono">{outcome.message}</span>
          {outcome.state?.at && (
            <button class="link" type="button" onClick={onPlace}>
              Go to line {outcome.state.at.line}, column {outcome.state.at.column}
            </button>
          )}
        </div>
      );
    case 'rows':
      return <Rowset state={outcome.state} rows={outcome.rows} />;
  }
}

function Running({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  return <p class="muted">Running for {duration(now - since)}</p>;
}

function History({ study, turn, onPick }: { study: string; turn: unknown; onPick: (sql: string) => void }) {
  const [entries, setEntries] = useState(() => readHistory(study));
  // A statement ended: it is in the history.
  useEffect(() => setEntries(readHistory(study)), [study, turn]);
  if (entries.length === 0) return null;
  return (
    <details class="later">
      <summary>History: {counted(entries.length, 'statement')} in this browser</summary>
      <ol class="picks">
        {entries.map(({ sql, at, state, scannedBytes }) => (
          <li key={at}>
            <button class="link mono" type="button" onClick={() => onPick(sql)}>
              {sql.replaceAll(/\s+/g, ' ').slice(0, 90)}
            </button>
            <span class="muted xs">{state === 'SUCCEEDED' ? bytes(scannedBytes) : state.toLowerCase()}</span>
          </li>
        ))}
      </ol>
      <a class="small" href={hrefOf({ query: {} })}>
        Link to this page
      </a>
    </details>
  );
}
