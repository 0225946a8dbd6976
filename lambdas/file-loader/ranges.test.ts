/** A large file is loaded in ranges by threads: the same rows with the same identities, whole or not at all, however often it is tried. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'vitest';
import type { BronzeObject } from '../shared/bronzeObjects.ts';
import {
  createLoader,
  createLoaderLake,
  delivery,
  type LoaderLake,
  linesOf,
  quarantineLinesOf,
} from './loader.fixture.ts';
import type { Cutting } from './logic.ts';

const load = await createLoader();

const WHOLE: Partial<Cutting> = { cutFromBytes: Number.POSITIVE_INFINITY };
const cutBy = (threads: number): Cutting => ({ threads, cutFromBytes: 0, rangeBytes: 200 });

const lakeWith = (cutting: Partial<Cutting>): LoaderLake => {
  const lake = createLoaderLake();
  return { ...lake, ports: { ...lake.ports, cutting } };
};

/** Rows with quotes, line breaks and delimiters within cells, of two line ends, some of which the contract refuses. */
const rows = Array.from({ length: 60 }, (_, id) => {
  switch (id % 6) {
    case 0:
      return `${id},"Ann, ""the"" first\r\nof her\nname",10.50`;
    case 1:
      return `${id},北京 😀,`;
    case 2:
      return `${id},Ann,not a number`;
    case 3:
      return `${id},too,many,cells`;
    case 4:
      return `${id},"Ann"e,1`;
    default:
      return `\r\n${id},Bärbel,0`;
  }
});
const csv = `\uFEFFid,name,credit\r\n${rows.join('\r\n')}\r\n`;
const ndjson = rows.map((_, id) => JSON.stringify({ id, name: id % 3 ? '北京\n😀' : 7 })).join('\n');

const linesByPlace = (objects: readonly BronzeObject[]) => linesOf(objects);
const keysOf = (objects: readonly BronzeObject[]) => objects.map(({ key }) => key);

test.each([
  ['a.csv', csv],
  ['a.ndjson', ndjson],
  ['a.csv.gz', gzipSync(csv)],
])('%s has the same lines in ranges as from its start, and as many', async (name, bytes) => {
  const whole = await load(name, bytes, lakeWith(WHOLE));
  const cut = await load(name, bytes, lakeWith(cutBy(2)));

  assert.deepEqual(cut.results, whole.results);
  assert.deepEqual(linesByPlace(cut.stored), linesByPlace(whole.stored));
  assert.deepEqual(quarantineLinesOf(cut), quarantineLinesOf(whole));
  assert.ok(cut.stored.length > 2 && whole.stored.length === 1, `${cut.stored.length} objects`);
});

test('The objects do not depend on how many threads there are', async () => {
  const one = await load('a.csv', csv, lakeWith(cutBy(1)));
  const three = await load('a.csv', csv, lakeWith(cutBy(3)));

  assert.deepEqual(keysOf(three.stored), keysOf(one.stored));
  assert.deepEqual(
    three.stored.map(({ body }) => Buffer.from(body)),
    one.stored.map(({ body }) => Buffer.from(body)),
  );
});

test('A load that died while it stored is finished by the next one, with the same objects', async () => {
  const dying = lakeWith(cutBy(2));
  let stores = 0;
  const ports = {
    ...dying.ports,
    store: async (object: BronzeObject) => {
      if (stores++ === 2) throw new Error('killed');
      dying.stored.push(object);
    },
  };

  await assert.rejects(load('a.csv', csv, { ...dying, ports }), /killed/);
  const [before, state] = [keysOf(dying.stored), [...dying.registry.values()][0]?.state];
  const again = await load('a.csv', csv, dying);
  const known = await load('a.csv', csv, dying);

  assert.deepEqual([before.length, state], [2, 'loading']);
  assert.deepEqual(keysOf(dying.stored).slice(2, 4), before);
  const distinct = [...new Map(dying.stored.map((object) => [object.key, object])).values()];
  const whole = await load('a.csv', csv, lakeWith(WHOLE));
  assert.deepEqual(linesByPlace(distinct), linesByPlace(whole.stored));
  assert.deepEqual([again.results[0]?.state, known.results[0]?.state], ['loaded', 'known']);
});

test.each([
  ['a quote that is never closed', `${csv}99,"open\n`, /has a quote that is not closed/],
  ['a last row that was cut', `${csv}99,Ann`, /truncated: its last row has no line break/],
  ['a header that is not the contract’s', csv.replace('id,', 'number,'), /has no column/],
])('A file with %s leaves no row of any range', async (_what, bytes, reason) => {
  const { stored, results, quarantined } = await load('a.csv', bytes, lakeWith(cutBy(2)));

  assert.deepEqual([stored.length, results[0]?.state, quarantined.length], [0, 'refused', 1]);
  assert.match(results[0]!.reason!, reason);
});

test('When time runs out the threads are stopped, and the queue delivers the file again', async () => {
  const lake = lakeWith(cutBy(2));
  let asked = 0;
  const remainingMs = () => (asked++ === 0 ? 100_000 : 10_000);

  await assert.rejects(
    load('a.csv', csv, { ...lake, ports: { ...lake.ports, remainingMs } }),
    /The time is up/,
  );

  assert.equal(lake.stored.length, 0);
});

test('What the path says of every row is in the rows of each range', async () => {
  const settings = { constants: { credit: '5.00' } };
  const bytes = `id,name\n${Array.from({ length: 40 }, (_, id) => `${id},Ann number ${id}`).join('\n')}\n`;

  const { stored } = await load('a.csv', bytes, lakeWith(cutBy(2)), { ...delivery, settings });

  const credits = new Set(
    linesOf(stored).map(({ data }) => (JSON.parse(data!) as { credit: number }).credit),
  );
  assert.deepEqual([...credits], [5]);
});
