/** DynamoDB: the store by its access patterns, each with its key and what reading cost, and the table of live windows. */
import { useState } from 'preact/hooks';
import { useAnswer } from '../../app/backend.ts';
import { go, hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Age } from '../../parts/figures.tsx';
import { Json } from '../../parts/json.tsx';
import { Bar, Head, Panel } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, counted, duration } from '../../parts/text.ts';
import type { ReadItems, StoreDesign, StorePattern } from './contract.ts';

export default function DynamoDbPage() {
  const { study, rest } = place.value;
  const store = useAnswer<StoreDesign>(`studies/${study}/dynamodb`);
  return (
    <LoadedPage asked={store} name="DynamoDB" lines={10}>
      {(design) => {
        const chosen =
          design.patterns.find(({ name }) => name === rest[0]) ??
          design.patterns.find(({ example }) => example) ??
          design.patterns[0];
        return (
          <>
            <Head
              title={
                design.patterns.length === 0
                  ? 'This study keeps nothing in DynamoDB but its live windows'
                  : `One table, ${counted(design.patterns.length, 'access pattern')}`
              }
              lead={
                design.patterns.length > 0 && (
                  <>
                    The operational store is <code>{design.table}</code>. An access pattern is written down
                    before its key; a scan is not offered.
                  </>
                )
              }
            />
            {chosen && (
              <div class="cols">
                <div class="c6">
                  <Patterns design={design} chosen={chosen} />
                </div>
                <div class="c6">
                  <Read key={chosen.name} pattern={chosen} />
                </div>
              </div>
            )}
            {chosen && <Writes design={design} />}
            <LiveTable design={design} />
          </>
        );
      }}
    </LoadedPage>
  );
}

function Patterns({ design, chosen }: { design: StoreDesign; chosen: StorePattern }) {
  return (
    <>
      <Bar title="Access patterns">key templates</Bar>
      <Table
        caption="Access patterns"
        rows={design.patterns}
        keyOf={({ name }) => name}
        rowProps={({ name }) => (name === chosen.name ? { 'aria-current': 'true' } : {})}
        columns={[
          {
            id: 'name',
            title: 'Pattern',
            heads: true,
            cell: ({ name, description }) => (
              <>
                <a href={hrefOf({ rest: [name] })}>{name}</a>
                <br />
                <span class="small muted">{description}</span>
              </>
            ),
          },
          { id: 'key', title: 'Key', cell: ({ key }) => <code class="wraps">{key}</code> },
        ]}
      />
    </>
  );
}

function Read({ pattern }: { pattern: StorePattern }) {
  const { study, query } = place.value;
  const isGiven = pattern.parameters.some((name) => query.get(name));
  // Who has chosen no key yet sees one that is there.
  const example = isGiven ? undefined : pattern.example;
  const given = Object.fromEntries(
    pattern.parameters.map((name) => [name, query.get(name) ?? example?.[name] ?? '']),
  );
  const [values, setValues] = useState(given);
  const isAsked = pattern.parameters.every((name) => given[name]);
  const path = `studies/${study}/dynamodb/items/${pattern.name}?${new URLSearchParams(given)}`;
  const read = useAnswer<ReadItems>(isAsked ? path : undefined);
  const words = pattern.parameters.map((name) => `${name}=${given[name]}`).join(' ');
  return (
    <>
      <Bar title="Read items">by {pattern.name}</Bar>
      <form
        class="row read"
        onSubmit={(event) => {
          event.preventDefault();
          go(hrefOf({ rest: [pattern.name], query: values }));
        }}
      >
        {pattern.parameters.map((name) => (
          <label key={name} class="field">
            {name}
            <input
              class="mono"
              required
              value={values[name]}
              onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <button class="btn go" type="submit">
          Read
        </button>
      </form>
      {isAsked ? (
        <Loaded asked={read}>{(answer) => <Items answer={answer} />}</Loaded>
      ) : (
        <p class="muted">
          Give {pattern.parameters.join(' and ')} to read its items. The store holds what transactions wrote,
          and nothing of this kind so far.
        </p>
      )}
      {isAsked && pattern.olap && (
        <p>
          Athena can be asked the same:
          <br />
          <Command>{`npx headwaters compare ${study} ${pattern.name} ${words}`}</Command>
        </p>
      )}
    </>
  );
}

function Items({ answer: { items, readUnits, milliseconds } }: { answer: ReadItems }) {
  return (
    <Panel
      label="Items"
      title={counted(items.length, 'item')}
      aside={
        <span class="small muted">
          {counted(readUnits, 'read unit')} · {duration(milliseconds)}
        </span>
      }
    >
      {items.length === 0 ? (
        <p class="muted">No item has this key.</p>
      ) : (
        items.map((item) => (
          <Json key={`${item.pk}/${item.sk}`} label={`Item ${item.pk} ${item.sk}`}>
            {JSON.stringify(item)}
          </Json>
        ))
      )}
    </Panel>
  );
}

function Writes({ design }: { design: StoreDesign }) {
  return (
    <section class="cols">
      <div class="c6">
        <Bar title="What writes it">declared transactions</Bar>
        <Table
          caption="Transactions"
          rows={design.transactions}
          keyOf={({ name }) => name}
          columns={[
            {
              id: 'name',
              title: 'Transaction',
              heads: true,
              cell: ({ name, description }) => (
                <>
                  <a href={hrefOf({ page: 'api', rest: [name] })}>{name}</a>
                  <br />
                  <span class="small muted">{description}</span>
                </>
              ),
            },
            { id: 'writes', title: 'Writes', cell: ({ writes }) => writes.join(', ') },
          ]}
        />
      </div>
      <div class="c6">
        <Bar title="What its stream becomes">by the function cdc</Bar>
        {design.captures.length === 0 ? (
          <p class="muted">No change is captured.</p>
        ) : (
          <Table
            caption="Captured changes"
            rows={design.captures}
            columns={[
              { id: 'entity', title: 'Item', heads: true, cell: ({ entity }) => entity },
              { id: 'on', title: 'On', cell: ({ on }) => on },
              {
                id: 'source',
                title: 'Event of',
                cell: ({ source }) => (
                  <a href={hrefOf({ page: 'tables', rest: ['silver', source] })}>{source}</a>
                ),
              },
            ]}
          />
        )}
      </div>
    </section>
  );
}

function LiveTable({ design: { live, liveTable } }: { design: StoreDesign }) {
  return (
    <section>
      <Bar
        title={
          <>
            <code>{liveTable}</code>: {counted(live.length, 'live view')}
          </>
        }
      >
        <a href={hrefOf({ page: 'live' })}>watch them</a>, approximate
      </Bar>
      {live.length === 0 ? (
        <Empty>The study declares no live view. A file live/&lt;view&gt;.yaml in its folder makes one.</Empty>
      ) : (
        <Table
          caption="Live views"
          rows={live}
          keyOf={({ view }) => view}
          columns={[
            { id: 'view', title: 'View', heads: true, cell: ({ view }) => <code>{view}</code> },
            { id: 'title', title: 'What it holds', cell: ({ title }) => title },
            { id: 'source', title: 'Source', cell: ({ source }) => source },
            { id: 'events', title: 'Events', right: true, cell: ({ events }) => count(events) },
            { id: 'refused', title: 'Refused', right: true, cell: ({ refused }) => count(refused) },
            {
              id: 'keys',
              title: 'Keys in the newest window',
              right: true,
              cell: ({ windows }) => count(windows[0]?.keys ?? 0),
            },
            {
              id: 'arrived',
              title: 'Newest event',
              right: true,
              cell: ({ arrivedAt }) =>
                arrivedAt ? <Age at={arrivedAt} /> : <span class="muted">none yet</span>,
            },
          ]}
        />
      )}
    </section>
  );
}
