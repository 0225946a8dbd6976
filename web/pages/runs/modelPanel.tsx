/** What the run did to the chosen model's table: rows, snapshot, checks, statements with their cost, SQL and logs. */
import { useState } from 'preact/hooks';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { LayerMark, layerOf, Verdict } from '../../parts/marks.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted, dollars, duration, shortId, time } from '../../parts/text.ts';
import { billOf } from './bill.ts';
import type { RunModel, RunStatement, RunView } from './contract.ts';
import { toneOf, wordOf } from './words.ts';

export function ModelPanel({ run, name }: { run: RunView; name: string }) {
  const { study } = place.value;
  const node = run.nodes.find((one) => one.name === name)!;
  const statements = run.statements.filter(({ model }) => model === name);
  const asked = useAnswer<RunModel>(
    `studies/${study}/runs/${encodeURIComponent(run.id)}/models/${encodeURIComponent(name)}`,
  );
  return (
    <section class="panel" aria-label={name}>
      <header>
        <h2>
          <LayerMark layer={layerOf(node.layer)}>
            <a href={hrefOf({ page: 'tables', rest: [node.layer, name] })}>{name}</a>
          </LayerMark>
        </h2>
        <Verdict tone={toneOf(node.outcome)}>{wordOf(node.outcome)}</Verdict>
      </header>
      <div class="in">
        <Loaded asked={asked} lines={6}>
          {(model) => <Facts model={model} statements={statements} node={node} />}
        </Loaded>
        {statements.length > 0 && <Statements statements={statements} />}
        <Loaded asked={asked} lines={3}>
          {({ logs }) => <Logs logs={logs} name={run.modelRunner} />}
        </Loaded>
      </div>
    </section>
  );
}

interface FactsProps {
  readonly model: RunModel;
  readonly statements: readonly RunStatement[];
  readonly node: RunView['nodes'][number];
}

function Facts({ model: { snapshot, checks }, statements, node }: FactsProps) {
  const first = statements[0];
  const broken = checks.filter(({ passed }) => !passed);
  return (
    <>
      <dl class="kv">
        {first && (
          <>
            <dt>Took</dt>
            <dd>
              {duration(statements.reduce((sum, one) => sum + one.milliseconds, 0))} of statements, from{' '}
              {time(first.submittedAt)}
            </dd>
          </>
        )}
        {snapshot && (
          <>
            <dt>Rows</dt>
            <dd>
              {count(snapshot.addedRows)} added, {count(snapshot.deletedRows)} removed, {count(snapshot.rows)}{' '}
              in all
            </dd>
            <dt>Snapshot</dt>
            <dd>
              <a
                class="mono"
                title={snapshot.id}
                href={hrefOf({
                  page: 'tables',
                  rest: [node.layer, node.name],
                  query: { view: 'rows', snapshot: snapshot.id },
                })}
              >
                {shortId(snapshot.id)}
              </a>
              , {counted(snapshot.files, 'file')}, {bytes(snapshot.bytes)}
            </dd>
          </>
        )}
        <dt>Checks</dt>
        <dd>
          {checks.length === 0 ? (
            <span class="muted">none</span>
          ) : broken.length === 0 ? (
            <Verdict tone="ok">
              {count(checks.length)} of {count(checks.length)} hold
            </Verdict>
          ) : (
            <Verdict tone={broken.every(({ severity }) => severity === 'warn') ? 'warn' : 'bad'}>
              {count(broken.length)} of {count(checks.length)} {broken.length === 1 ? 'is' : 'are'} broken
            </Verdict>
          )}
        </dd>
      </dl>
      {broken.length > 0 && (
        <Table
          caption="Broken checks"
          rows={broken}
          keyOf={({ rule }) => rule}
          columns={[
            {
              id: 'rule',
              title: 'Check',
              heads: true,
              cell: ({ rule }) => <code class="wraps">{rule}</code>,
            },
            { id: 'severity', title: 'Then', cell: ({ severity }) => severity },
            {
              id: 'found',
              title: 'Found',
              right: true,
              cell: ({ failed, total }) => `${count(failed)} of ${count(total)}`,
            },
          ]}
        />
      )}
    </>
  );
}

function Statements({ statements }: { statements: readonly RunStatement[] }) {
  const [open, setOpen] = useState(statements.at(-1)!.id);
  const shown = statements.find(({ id }) => id === open) ?? statements[0]!;
  return (
    <>
      <h3 class="part">{counted(statements.length, 'statement')}</h3>
      <Table
        caption="Statements of the model"
        flat
        rows={statements}
        keyOf={({ id }) => id}
        rowProps={({ id }) => (id === shown.id ? { 'aria-current': 'true' } : {})}
        columns={[
          {
            id: 'name',
            title: 'Statement',
            heads: true,
            cell: ({ id, purpose, attempt, state }) => (
              <>
                <button class="link" type="button" aria-pressed={id === shown.id} onClick={() => setOpen(id)}>
                  {purpose}
                </button>
                {attempt > 1 && <span class="muted"> try {attempt}</span>}
                {state !== 'SUCCEEDED' && <Verdict tone="bad">{state.toLowerCase()}</Verdict>}
              </>
            ),
          },
          { id: 'took', title: 'Took, ms', right: true, cell: ({ milliseconds }) => count(milliseconds) },
          {
            id: 'scanned',
            title: 'Scanned, B',
            right: true,
            cell: ({ scannedBytes }) => count(scannedBytes),
          },
        ]}
      />
      <p class="small muted">
        {dollars(billOf(statements))} at Athena's 10 MB minimum. Tables are created and dropped free of
        charge.
      </p>
      <h3 class="part">
        {shown.name}.sql
        <a class="small" href={hrefOf({ page: 'sql', rest: [], query: { sql: shown.sql } })}>
          Open in SQL
        </a>
      </h3>
      <pre class="code run-sql" tabIndex={0}>
        {shown.sql}
      </pre>
    </>
  );
}

function Logs({ logs, name }: { logs: RunModel['logs']; name: string | undefined }) {
  return (
    <>
      <h3 class="part">
        Logs of {name ?? 'the model runner'}
        <span class="small muted">{counted(logs.length, 'line')} in the time of its level</span>
      </h3>
      {logs.length > 0 && (
        <pre class="code run-logs" tabIndex={0}>
          {logs.map(({ at, text }) => `${time(at)} ${text}`).join('\n')}
        </pre>
      )}
    </>
  );
}
