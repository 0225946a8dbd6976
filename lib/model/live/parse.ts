/** Reads a study's `live/*.yaml` and checks each against the contract of its source: columns, their types, and what measures name. */
import type { Column, Contract } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import { faultsOf, openYaml, type Report, type YamlPlace } from '../study/yamlProblems.ts';
import type { Condition, LiveColumn, LiveFunction, LiveTime, LiveView, Measure } from './design.ts';
import { liveSchema } from './schema.ts';

interface RawCondition {
  readonly column: string;
  readonly in?: Condition['values'];
  readonly notIn?: Condition['values'];
}

interface RawMeasure {
  readonly name: string;
  readonly unit?: string;
  readonly function: LiveFunction;
  readonly column?: string;
  readonly times?: string;
  readonly decimals?: number;
  readonly where: readonly RawCondition[];
  readonly of?: string;
  readonly over?: string;
  readonly digits?: number;
}

interface RawView {
  readonly title: string;
  readonly description?: string;
  readonly source: string;
  readonly where: readonly RawCondition[];
  readonly key: readonly string[];
  readonly window: { readonly size: string; readonly every?: string };
  readonly time: {
    readonly by: 'arrival' | 'event';
    readonly lateness?: string;
    readonly column?: string;
    readonly date?: string;
    readonly milliseconds?: string;
    readonly zone?: string;
  };
  readonly keep: string;
  readonly measures: readonly RawMeasure[];
  readonly compare?: { readonly query: string; readonly reasons: Readonly<Record<string, string>> };
}

export interface LiveFile {
  /** Path as it should appear in messages. */
  readonly file: string;
  /** The view's name: the file's, without its suffix. */
  readonly name: string;
  readonly text: string;
}

/** @returns the views in the order of the files, and every problem with file, line and column. */
export function parseLive(
  files: readonly LiveFile[],
  sources: readonly Contract[],
): { readonly views: LiveView[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const views = files.flatMap(({ file, name, text }) => {
    const { document, report } = openYaml(file, text, problems);
    if (!document) return [];
    if (!/^[a-z][a-z0-9_]*$/.test(name))
      report([], `the file is named '${name}'; a view's name has lower case letters, digits and _`);
    const raw = (document.toJS() ?? {}) as RawView;
    const faults = faultsOf(liveSchema, raw);
    for (const { place, message } of faults) report(place, message);
    return faults.length > 0 ? [] : readView(name, raw, sources, report);
  });
  return { views, problems };
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s` → 90, `2h` → 7,200. */
const secondsOf = (text: string): number => Number(text.slice(0, -1)) * units[text.slice(-1)]!;

function readView(name: string, raw: RawView, sources: readonly Contract[], report: Report): LiveView[] {
  const source = sources.find((candidate) => candidate.name === raw.source);
  if (!source?.eventType) {
    const allowed = sources.filter(({ eventType }) => eventType).map((candidate) => candidate.name);
    report(
      ['source'],
      `source is '${raw.source}'; allowed are the sources with an eventType: ${allowed.join(', ')}`,
    );
    return [];
  }
  const find = columnFinder(source, report);
  const sizeSeconds = secondsOf(raw.window.size);
  const everySeconds = raw.window.every === undefined ? sizeSeconds : secondsOf(raw.window.every);
  if (sizeSeconds % everySeconds !== 0)
    report(
      ['window', 'every'],
      `window.every is '${raw.window.every}'; it must divide window.size, ${raw.window.size}, without a rest`,
    );
  const duplicate = raw.measures.find(
    (one, index) => raw.measures.findIndex((m) => m.name === one.name) < index,
  );
  if (duplicate) report(['measures'], `measures has two measures named '${duplicate.name}'`);
  const measures = raw.measures.flatMap((measure, index) =>
    readMeasure(measure, raw.measures, ['measures', index], find, report),
  );
  return [
    {
      name,
      title: raw.title,
      ...(raw.description && { description: raw.description }),
      source: source.name,
      where: readConditions(raw.where, ['where'], find, report),
      key: raw.key.flatMap((column, index) => find(column, ['key', index]) ?? []),
      sizeSeconds,
      everySeconds,
      time: readTime(raw.time, source, report),
      order: (source.order ?? []).flatMap((column) => find(column, []) ?? []),
      measures,
      keepSeconds: secondsOf(raw.keep),
      ...(raw.compare && { compare: raw.compare }),
    },
  ];
}

type FindColumn = (name: string, place: YamlPlace) => LiveColumn | undefined;

const columnFinder =
  (source: Contract, report: Report): FindColumn =>
  (name, place) => {
    const column = source.columns.find((candidate) => candidate.name === name);
    const kind = column && kindOf(column);
    if (column && kind) return { name, kind, scale: scaleOf(column) };
    const allowed = source.columns.filter(kindOf).map((candidate) => candidate.name);
    report(
      place,
      `${place.join('.')} is '${name}'; allowed are the columns of ${source.name} that hold one value: ${allowed.join(', ')}`,
    );
    return undefined;
  };

function kindOf({ logicalType, type }: Column): LiveColumn['kind'] | undefined {
  if (logicalType === 'object' || logicalType === 'array') return undefined;
  if (logicalType === 'integer') return 'decimal';
  if (logicalType === 'number') return type.startsWith('decimal(') ? 'decimal' : 'double';
  return 'text';
}

const scaleOf = ({ type }: Column): number => Number(/^decimal\(\d+,(\d+)\)$/.exec(type)?.[1] ?? 0);

const readConditions = (
  raw: readonly RawCondition[],
  place: YamlPlace,
  find: FindColumn,
  report: Report,
): Condition[] =>
  raw.flatMap(({ column, in: among, notIn }, index) => {
    const at = [...place, index];
    find(column, [...at, 'column']);
    const values = among ?? notIn;
    if (values && (among === undefined || notIn === undefined))
      return [{ column, values, not: among === undefined }];
    report(at, `${at.join('.')}: give one of in and notIn, a list of values`);
    return [];
  });

function readMeasure(
  raw: RawMeasure,
  all: readonly RawMeasure[],
  place: YamlPlace,
  find: FindColumn,
  report: Report,
): Measure[] {
  const named = { name: raw.name, ...(raw.unit && { unit: raw.unit }) };
  const where = readConditions(raw.where, [...place, 'where'], find, report);
  if (!fits(raw, place, report)) return [];
  if (raw.function === 'count') return [{ ...named, function: 'count', where }];
  if (raw.function === 'ratio') return readRatio(raw, all, place, report);
  const column = find(raw.column!, [...place, 'column']);
  if (!column) return [];
  if (raw.function === 'distinct') return [{ ...named, function: 'distinct', column, where }];
  const decimals = raw.decimals ?? 0;
  if (raw.decimals !== undefined && column.kind !== 'decimal')
    report(
      [...place, 'decimals'],
      `decimals is ${decimals}, but '${column.name}' is not an integer or decimal column`,
    );
  if (raw.function === 'first' || raw.function === 'last')
    return [{ ...named, function: raw.function, column, where, decimals, scale: column.scale + decimals }];
  if (raw.function === 'sum') {
    const times = raw.times === undefined ? undefined : find(raw.times, [...place, 'times']);
    for (const [key, used] of [
      ['column', column],
      ['times', times],
    ] as const)
      if (used && used.kind !== 'decimal')
        report(
          [...place, key],
          `${[...place, key].join('.')} is '${used.name}'; a sum takes integer and decimal columns, whose sums are exact`,
        );
    const scale = column.scale + (times?.scale ?? 0) + decimals;
    return [{ ...named, function: 'sum', column, ...(times && { times }), where, scale, decimals }];
  }
  if (column.kind === 'text')
    report(
      [...place, 'column'],
      `${[...place, 'column'].join('.')} is '${column.name}'; ${raw.function} takes a column of numbers`,
    );
  return [{ ...named, function: raw.function, column, where, decimals, scale: column.scale + decimals }];
}

const SUMMABLE: readonly LiveFunction[] = ['count', 'sum'];

function readRatio(raw: RawMeasure, all: readonly RawMeasure[], place: YamlPlace, report: Report): Measure[] {
  const allowed = all.filter((one) => SUMMABLE.includes(one.function)).map((one) => one.name);
  for (const part of ['of', 'over'] as const)
    if (!allowed.includes(raw[part]!))
      report(
        [...place, part],
        `${[...place, part].join('.')} is '${raw[part]}'; allowed are measures that count or sum: ${allowed.join(', ')}`,
      );
  const { name, unit, of, over, digits = 4 } = raw;
  return [{ name, ...(unit && { unit }), function: 'ratio', of: of!, over: over!, digits }];
}

/** Which members a function takes besides name and unit; those with an exclamation mark it needs. */
const members: Readonly<Record<LiveFunction, readonly string[]>> = {
  count: ['where'],
  sum: ['column!', 'times', 'decimals', 'where'],
  min: ['column!', 'decimals', 'where'],
  max: ['column!', 'decimals', 'where'],
  first: ['column!', 'decimals', 'where'],
  last: ['column!', 'decimals', 'where'],
  distinct: ['column!', 'where'],
  ratio: ['of!', 'over!', 'digits'],
};

function fits(raw: RawMeasure, place: YamlPlace, report: Report): boolean {
  const takes = members[raw.function];
  const names = takes.map((member) => member.replace('!', ''));
  const given = Object.entries(raw)
    .filter(([member, value]) => !(member === 'where' && (value as unknown[]).length === 0))
    .map(([member]) => member)
    .filter((member) => !['name', 'unit', 'function'].includes(member));
  const missing = takes
    .filter((member) => member.endsWith('!'))
    .map((member) => member.slice(0, -1))
    .filter((member) => !given.includes(member));
  const surplus = given.filter((member) => !names.includes(member));
  for (const member of missing)
    report(place, `${place.join('.')}: a measure with function ${raw.function} needs '${member}'`);
  for (const member of surplus)
    report(
      [...place, member],
      `${place.join('.')}: a measure with function ${raw.function} does not take '${member}'; allowed are ${['name', 'unit', ...names].join(', ')}`,
    );
  return missing.length + surplus.length === 0;
}

function readTime(raw: RawView['time'], source: Contract, report: Report): LiveTime {
  if (raw.by === 'arrival') {
    for (const key of ['lateness', 'column', 'date', 'milliseconds', 'zone'] as const)
      if (raw[key] !== undefined)
        report(['time', key], `time.${key} is '${raw[key]}'; it belongs to event time: set time.by to event`);
    return { by: 'arrival' };
  }
  return {
    by: 'event',
    latenessSeconds: secondsOf(raw.lateness ?? '0s'),
    from: readInstantOf(raw, source, report),
  };
}

type EventTime = Extract<LiveTime, { by: 'event' }>['from'];

function readInstantOf(
  { column, date, milliseconds, zone }: RawView['time'],
  source: Contract,
  report: Report,
): EventTime {
  const typed = (key: string, name: string, ...types: Column['logicalType'][]) => {
    const allowed = source.columns.filter(({ logicalType }) => types.includes(logicalType));
    if (!allowed.some((one) => one.name === name))
      report(
        ['time', key],
        `time.${key} is '${name}'; allowed are columns of type ${types.join(' or ')}: ${allowed.map((one) => one.name).join(', ') || 'there is none'}`,
      );
  };
  if (date !== undefined || milliseconds !== undefined || zone !== undefined) {
    if (date === undefined || milliseconds === undefined || zone === undefined || column !== undefined)
      report(['time'], 'time: give date, milliseconds and zone together, and no column');
    else {
      typed('date', date, 'date');
      typed('milliseconds', milliseconds, 'integer');
      if (!isZone(zone))
        report(
          ['time', 'zone'],
          `time.zone is '${zone}'; it must be an IANA time zone, e.g. America/New_York`,
        );
      return { kind: 'wallClock', date, milliseconds, zone };
    }
  }
  if (column === undefined) return { kind: 'envelope' };
  typed('column', column, 'timestamp', 'date');
  return { kind: 'column', column };
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
