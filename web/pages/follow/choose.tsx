/** Chooses what is followed: an event's id or a cell, one at random, or one of the newest. */
import { useState } from 'preact/hooks';
import { type Asked, ask, ProblemError } from '../../app/backend.ts';
import { go, hrefOf, place } from '../../app/location.ts';
import type { Problem } from '../../contract/problem.ts';
import { Command } from '../../parts/command.tsx';
import { Age } from '../../parts/figures.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { Empty, Loaded, ProblemNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { shortId } from '../../parts/text.ts';
import type { Recent } from './contract.ts';
import { readCell } from './words.ts';

export function Choose({ text, traced }: { text: string; traced: string }) {
  const { study } = place.value;
  const [typed, setTyped] = useState(text);
  const [problem, setProblem] = useState<Problem>();
  const random = () =>
    ask<Recent>(`studies/${study}/random`).then(
      (record) => go(hrefOf({ query: { id: record.id } })),
      (error: unknown) => {
        if (!(error instanceof ProblemError)) throw error;
        setProblem(error.problem);
      },
    );
  return (
    <>
      <form
        class="picker"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = typed.trim();
          go(hrefOf({ query: readCell(wanted) ? { cell: wanted } : { id: wanted } }));
        }}
      >
        <label class="field">
          Event id, or a cell as table.column and key
          <input
            value={typed}
            spellcheck={false}
            class="mono"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button class="btn go" type="submit">
          Follow
        </button>
        <button class="btn" type="button" onClick={random}>
          A random one
        </button>
        {traced && <Command>{`npx headwaters trace ${traced} --study ${study}`}</Command>}
      </form>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

const ways = { stream: 'the stream', change: 'DynamoDB', file: 'a file' } as const;
const verdicts = {
  valid: { tone: 'ok' },
  refused: { tone: 'bad' },
  duplicate: { tone: 'warn', sign: 'copy' },
} as const;

export function RecentRecords({ recent }: { recent: Asked<readonly Recent[]> }) {
  return (
    <section>
      <Bar title="Records to choose from">the newest of each source, way and verdict</Bar>
      <Loaded asked={recent}>
        {(records) =>
          records.length === 0 ? (
            <Empty command={`npx headwaters run ${place.value.study}`}>
              No record has arrived in the last 30 days. A run sends some.
            </Empty>
          ) : (
            <Table
              caption="Records to choose from"
              rows={records}
              keyOf={({ id, source }) => `${source}/${id}`}
              columns={[
                {
                  id: 'id',
                  title: 'Event',
                  heads: true,
                  cell: ({ id, name }) => (
                    <a class="mono id" href={hrefOf({ query: { id } })} title={name}>
                      {shortId(name, 16)}
                    </a>
                  ),
                },
                { id: 'source', title: 'Source', cell: ({ source }) => source },
                { id: 'way', title: 'Came by', cell: ({ way }) => <span class="nowrap">{ways[way]}</span> },
                {
                  id: 'verdict',
                  title: 'Verdict',
                  cell: ({ verdict }) => <Verdict {...verdicts[verdict]}>{verdict}</Verdict>,
                },
                { id: 'arrived', title: 'Arrived', cell: ({ arrivedAt }) => <Age at={arrivedAt} /> },
              ]}
            />
          )
        }
      </Loaded>
    </section>
  );
}
