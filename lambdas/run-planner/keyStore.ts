/**
 * Keeps the keys of everything that silver holds, as files on S3: the planner looks its run's keys up in them, and adds them
 * before anything of it is published, so that no key of silver is ever missing. Of a file it reads the head, and then the
 * blocks in which one of its keys would be.
 *
 * Each run adds a file. Files of like size are merged, so that there are few and a key is written again a few times in all.
 * The file of the run at work stays apart: a run that is taken up again replaces it. What the files hold can be made again
 * from the keys that are next to the bronze objects.
 */
import { studyPrefix } from '../../lib/model/layout.ts';
import {
  decodeHead,
  decodeSegment,
  distinctSegment,
  encodeSegment,
  entriesOf,
  type KeySegment,
  mergeSegments,
} from '../../lib/model/run/keys/keySegment.ts';
import { inFile, type StoredKeys } from '../../lib/model/run/keys/storedKeys.ts';

export interface ObjectStore {
  /** The object, or its bytes from one place (included) to another (excluded); undefined when there is no such object. */
  readonly get: (key: string, range?: readonly [from: number, to: number]) => Promise<Uint8Array | undefined>;
  readonly put: (key: string, body: Uint8Array | string) => Promise<void>;
  readonly remove: (keys: readonly string[]) => Promise<void>;
  /** Keys that begin with the prefix. */
  readonly list: (prefix: string) => Promise<string[]>;
}

interface StoredSegment {
  readonly key: string;
  readonly entries: number;
  /** Bytes of its head. */
  readonly head: number;
}

interface Manifest {
  /** Layout of the keys, by which those of older objects are known to be of another. */
  readonly layout: string;
  /** Keys of the runs that were at work before. */
  readonly segments: readonly StoredSegment[];
  /** Keys of the run at work. */
  readonly run?: { readonly id: string; readonly segment: StoredSegment };
}

/** Which keys a study keeps. */
export interface KeyLayout {
  readonly layout: string;
  /** The keys of a bronze object, by its bytes. */
  readonly keysOfObject: (body: Uint8Array) => KeySegment;
}

export interface Keys {
  readonly own: KeySegment;
  readonly stored: readonly StoredKeys[];
  /** Arrival of each object's first and last record. */
  readonly arrived: readonly (readonly [from: number, to: number])[];
}

const READS_AT_ONCE = 32;

/** A merged file of more keys (100 MB) is merged no further. */
const MOST_ENTRIES = 20_000_000;

const indexPrefix = (study: string) => studyPrefix('index', study);
const manifestKeyOf = (study: string) => `${indexPrefix(study)}manifest.json`;

/**
 * The keys of the run's objects and of everything before them, once the run's own are kept.
 * @param files keys of the files that are next to the run's bronze objects.
 */
export async function takeKeys(
  store: ObjectStore,
  study: string,
  run: { readonly runId: string; readonly attempt: number },
  files: readonly string[],
  keyLayout: KeyLayout,
): Promise<Keys> {
  const manifest = await readManifest(store, study, files, keyLayout);
  const parts = await readAll(store, files);
  const before = [
    ...manifest.segments,
    ...(manifest.run && manifest.run.id !== run.runId ? [manifest.run.segment] : []),
  ];
  const own = mergeSegments(parts);
  const { layout } = keyLayout;
  const kept = await keep(store, study, run, { own, before, replaced: manifest.run, layout });
  const stored = await Promise.all(kept.map((segment) => openSegment(store, segment)));
  return { own, stored, arrived: parts.map(({ from, to }) => [from, to] as const) };
}

async function readAll(store: ObjectStore, keys: readonly string[]): Promise<KeySegment[]> {
  const segments: KeySegment[] = [];
  for (let from = 0; from < keys.length; from += READS_AT_ONCE)
    segments.push(
      ...(await Promise.all(keys.slice(from, from + READS_AT_ONCE).map((key) => readSegment(store, key)))),
    );
  return segments;
}

const readSegment = async (store: ObjectStore, key: string): Promise<KeySegment> =>
  decodeSegment(await read(store, key));

async function openSegment(store: ObjectStore, { key, head }: StoredSegment): Promise<StoredKeys> {
  const bytes = await read(store, key, [0, head]);
  return inFile(decodeHead(bytes), (from, to) => read(store, key, [from, to]));
}

async function read(
  store: ObjectStore,
  key: string,
  range?: readonly [from: number, to: number],
): Promise<Uint8Array> {
  const bytes = await store.get(key, range);
  if (bytes) return bytes;
  throw new Error(
    `${key} is missing: the keys of a bronze object are stored before it. Delete index/…/manifest.json only if keys/ is whole.`,
  );
}

/** Stores a segment; gives what the manifest says of it. */
async function storeSegment(store: ObjectStore, key: string, segment: KeySegment): Promise<StoredSegment> {
  const file = encodeSegment(segment);
  await store.put(key, file);
  return { key, entries: entriesOf(segment), head: decodeHead(file).bytes };
}

/**
 * The manifest. When there is none it is made again from the keys next to the bronze objects; when it is of another layout,
 * those are made again first, from the objects.
 */
async function readManifest(
  store: ObjectStore,
  study: string,
  landed: readonly string[],
  keyLayout: KeyLayout,
): Promise<Manifest> {
  const { layout } = keyLayout;
  const bytes = await store.get(manifestKeyOf(study));
  const known = bytes && (JSON.parse(Buffer.from(bytes).toString()) as Manifest);
  if (known?.layout === layout) return known;
  const own = new Set(landed);
  const files = await store.list(studyPrefix('keys', study));
  const accounted = files.filter((key) => !own.has(key));
  // A run that rebuilds silver brings every object: then there is no other, and the keys of its own are still of the layout before.
  if (known) await keepAgain(store, files, keyLayout);
  if (accounted.length === 0) return { layout, segments: [] };
  const whole = distinctSegment(mergeSegments(await readAll(store, accounted)));
  return { layout, segments: [await storeSegment(store, `${indexPrefix(study)}made-again.keys`, whole)] };
}

/** `keys/….keys` → key of the bronze object that the keys are of. */
const objectOf = (key: string) => key.replace(/^keys/, 'bronze').replace(/\.keys$/, '.ndjson.gz');

/** Objects in memory at a time: each has up to 10,000 records. */
const OBJECTS_AT_ONCE = 8;

async function keepAgain(
  store: ObjectStore,
  files: readonly string[],
  { keysOfObject }: KeyLayout,
): Promise<void> {
  for (let from = 0; from < files.length; from += OBJECTS_AT_ONCE)
    await Promise.all(
      files.slice(from, from + OBJECTS_AT_ONCE).map(async (key) => {
        const body = await store.get(objectOf(key));
        if (!body) throw new Error(`${objectOf(key)} is missing: its keys cannot be made again.`);
        await store.put(key, encodeSegment(keysOfObject(body)));
      }),
    );
}

/** Keeps the run's keys, and merges files; gives the files of the keys before them. */
async function keep(
  store: ObjectStore,
  study: string,
  { runId, attempt }: { readonly runId: string; readonly attempt: number },
  found: {
    readonly own: KeySegment;
    readonly before: readonly StoredSegment[];
    readonly replaced: Manifest['run'];
    readonly layout: string;
  },
): Promise<readonly StoredSegment[]> {
  const name = (part: string) => `${indexPrefix(study)}${runId}-${attempt}-${part}.keys`;
  const { segments, obsolete } = await compact(store, found.before, name('before'));
  const segment = await storeSegment(store, name('own'), distinctSegment(found.own));
  const manifest: Manifest = { layout: found.layout, segments, run: { id: runId, segment } };
  await store.put(manifestKeyOf(study), JSON.stringify(manifest));
  const replaced = found.replaced?.id === runId ? [found.replaced.segment.key] : [];
  await store.remove([...obsolete, ...replaced].filter((key) => key !== segment.key));
  return segments;
}

/** Merges the newest files while the older one is not twice their size. */
async function compact(
  store: ObjectStore,
  before: readonly StoredSegment[],
  key: string,
): Promise<{ segments: StoredSegment[]; obsolete: string[] }> {
  const kept = [...before];
  let entries = 0;
  while (kept.length > 0) {
    const last = kept.at(-1) as StoredSegment;
    if (entries > 0 && (last.entries > 2 * entries || entries + last.entries > MOST_ENTRIES)) break;
    entries += last.entries;
    kept.pop();
  }
  const merged = before.slice(kept.length);
  if (merged.length < 2) return { segments: [...before], obsolete: [] };
  const keys = merged.map((one) => one.key);
  const segment = distinctSegment(mergeSegments(await readAll(store, keys)));
  return { segments: [...kept, await storeSegment(store, key, segment)], obsolete: keys };
}
