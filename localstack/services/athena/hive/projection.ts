/**
 * Partition projection: partitions computed from table properties instead of read from the catalog.
 * Source: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
import { QueryFailure } from '../failures.ts';
import { allows, type Constraint, type Constraints, comparatorOf } from './constraint.ts';
import { type DateFormat, dateFormat } from './dateFormat.ts';

/** The values that a projected column may have. */
export interface ProjectedColumn {
  readonly name: string;
  /** A regular expression, without groups, for its values in a location: dates and enum values may hold slashes. */
  shape(constraint: Constraint | undefined): string;
  /** In the order of the range; at most `limit` + 1 of them. */
  candidates(constraint: Constraint | undefined, limit: number): string[];
  /** Whether a value is one of the projected ones (whatever the statement says). */
  includes(value: string): boolean;
}

type Properties = Readonly<Record<string, string>>;

const invalid = (property: string, value: string | undefined, allowed: string) =>
  new QueryFailure(
    'INVALID_TABLE_PROPERTY',
    `The table property '${property}' is ${value === undefined ? 'missing' : `'${value}'`}; ${allowed}.`,
  );

export const isProjected = (properties: Properties) =>
  properties['projection.enabled']?.toLowerCase() === 'true';

const escapePattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The longest first, so that no value hides one that begins with it. */
const oneOfTexts = (texts: readonly string[]) =>
  texts
    .toSorted((a, b) => b.length - a.length)
    .map(escapePattern)
    .join('|');

const list = (text: string) => text.split(',').map((item) => item.trim());

function enumColumn(name: string, type: string, properties: Properties): ProjectedColumn {
  const property = `projection.${name}.values`;
  const text = properties[property];
  if (text === undefined) throw invalid(property, text, 'it lists the values, separated by commas');
  const values = list(text);
  const compare = comparatorOf(type);
  return {
    name,
    shape: () => oneOfTexts(values),
    candidates: (constraint) => values.filter((value) => allows(constraint, value, compare)),
    includes: (value) => values.includes(value),
  };
}

function injectedColumn(name: string): ProjectedColumn {
  return {
    name,
    shape: (constraint) => oneOfTexts(constraint?.oneOf ?? []),
    candidates(constraint) {
      if (!constraint?.oneOf)
        throw new QueryFailure(
          'CONSTRAINT_VIOLATION',
          `For the injected projected partition column ${name}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.`,
        );
      return [...constraint.oneOf];
    },
    includes: () => true,
  };
}

function integerColumn(name: string, properties: Properties): ProjectedColumn {
  const rangeProperty = `projection.${name}.range`;
  const range = list(properties[rangeProperty] ?? '').map(Number);
  const [low, high] = range;
  if (range.length !== 2 || !Number.isInteger(low) || !Number.isInteger(high))
    throw invalid(rangeProperty, properties[rangeProperty], 'it is two whole numbers, e.g. 0,23');
  const interval = Number(properties[`projection.${name}.interval`] ?? 1);
  const digits = Number(properties[`projection.${name}.digits`] ?? 0);
  const text = (value: number) =>
    value < 0 ? `-${String(-value).padStart(digits, '0')}` : String(value).padStart(digits, '0');
  const compare = (x: string, y: string) => Number(x) - Number(y);
  return {
    name,
    shape: () => '-?\\d+',
    candidates(constraint, limit) {
      const values: string[] = [];
      const from = constraint?.low
        ? Math.max(low!, low! + Math.ceil((Number(constraint.low.value) - low!) / interval) * interval)
        : low!;
      for (let value = from; value <= high! && values.length <= limit; value += interval)
        if (allows(constraint, text(value), compare)) values.push(text(value));
        else if (constraint?.high && value > Number(constraint.high.value)) break;
      return values;
    },
    includes: (value) =>
      /^-?\d+$/.test(value) &&
      Number(value) >= low! &&
      Number(value) <= high! &&
      (Number(value) - low!) % interval === 0 &&
      value === text(Number(value)),
  };
}

type Unit = 'YEARS' | 'MONTHS' | 'WEEKS' | 'DAYS' | 'HOURS' | 'MINUTES' | 'SECONDS';

const unitMs: Readonly<Partial<Record<Unit, number>>> = {
  WEEKS: 604_800_000,
  DAYS: 86_400_000,
  HOURS: 3_600_000,
  MINUTES: 60_000,
  SECONDS: 1000,
};

function addUnits(time: Date, amount: number, unit: Unit): Date {
  const ms = unitMs[unit];
  if (ms) return new Date(time.getTime() + amount * ms);
  const moved = new Date(time);
  const day = moved.getUTCDate();
  moved.setUTCDate(1);
  if (unit === 'YEARS') moved.setUTCFullYear(moved.getUTCFullYear() + amount);
  else moved.setUTCMonth(moved.getUTCMonth() + amount);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay));
  return moved;
}

const unitPattern = /^(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?$/i;

function unitOf(text: string, property: string): Unit {
  const found = unitPattern.exec(text);
  if (!found)
    throw invalid(property, text, 'the unit is YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES or SECONDS');
  return `${found[1]!.toUpperCase()}S` as Unit;
}

/** `2024-01-01`, `NOW`, `NOW-3YEARS`, `NOW+1MONTH`. */
function rangeEnd(text: string, format: DateFormat, now: Date, property: string): Date {
  const relative = /^NOW\s*(?:([+-])\s*(\d+)\s*([A-Z]+))?$/i.exec(text);
  if (relative) {
    const [, sign, amount, unit] = relative;
    return sign ? addUnits(now, Number(`${sign}${amount}`), unitOf(unit!, property)) : now;
  }
  const time = format.parse(text);
  if (!time)
    throw invalid(
      property,
      text,
      'each end is a date in the format, or NOW with an offset such as NOW-3YEARS',
    );
  return time;
}

const defaultUnits: Readonly<Record<string, Unit>> = { d: 'DAYS', M: 'MONTHS' };

function dateColumn(name: string, type: string, properties: Properties, now: Date): ProjectedColumn {
  const formatProperty = `projection.${name}.format`;
  const pattern = properties[formatProperty];
  if (!pattern) throw invalid(formatProperty, pattern, 'it is a Java date pattern, e.g. yyyy-MM-dd');
  const format = dateFormat(pattern);
  const rangeProperty = `projection.${name}.range`;
  const range = list(properties[rangeProperty] ?? '');
  if (range.length !== 2)
    throw invalid(rangeProperty, properties[rangeProperty], 'it is two dates, e.g. 2024-01-01,NOW');
  const first = rangeEnd(range[0]!, format, now, rangeProperty);
  const last = rangeEnd(range[1]!, format, now, rangeProperty);
  const interval = Number(properties[`projection.${name}.interval`] ?? 1);
  const unitProperty = `projection.${name}.interval.unit`;
  const unitText = properties[unitProperty] ?? defaultUnits[format.finest];
  if (!unitText)
    throw invalid(unitProperty, unitText, 'it is required when the format is not of single days or months');
  const unit = unitOf(unitText, unitProperty);
  const compare = comparatorOf(type);
  const sortable =
    format.format(new Date(Date.UTC(2001, 1, 3, 4, 5, 6))) < format.format(new Date(Date.UTC(2002, 0, 1)));
  return {
    name,
    shape: () => format.shape,
    candidates(constraint, limit) {
      const values: string[] = [];
      // A bound in the column's own format lets the walk begin there; the range's grid stays where it is.
      const low = constraint?.low && sortable ? format.parse(constraint.low.value) : undefined;
      let step = 0;
      if (low && low > first) {
        const ms = unitMs[unit] ?? (unit === 'YEARS' ? 366 : 31) * 86_400_000;
        step = Math.max(0, Math.floor((low.getTime() - first.getTime()) / (ms * interval)) - 1);
      }
      for (;;) {
        const time = addUnits(first, step * interval, unit);
        if (time > last || values.length > limit) break;
        const text = format.format(time);
        if (allows(constraint, text, compare)) values.push(text);
        else if (constraint?.high && sortable && compare(text, constraint.high.value) > 0) break;
        step++;
      }
      return values;
    },
    includes(value) {
      const time = format.parse(value);
      if (!time || format.format(time) !== value) return false;
      if (value < format.format(first) || value > format.format(last)) {
        if (sortable || time < first || time > last) return false;
      }
      if (interval === 1) return true;
      const ms = unitMs[unit];
      if (ms) return (time.getTime() - first.getTime()) % (ms * interval) === 0;
      for (let step = 0; ; step++) {
        const grid = addUnits(first, step * interval, unit);
        if (grid > time) return false;
        if (format.format(grid) === value) return true;
      }
    },
  };
}

/**
 * Reads the projection of every partition key from the table's properties.
 * @throws QueryFailure INVALID_TABLE_PROPERTY
 */
export function projectedColumns(
  keys: readonly { readonly name: string; readonly type: string }[],
  properties: Properties,
  now: Date,
): ProjectedColumn[] {
  return keys.map(({ name, type }) => {
    const property = `projection.${name}.type`;
    const kind = properties[property]?.toLowerCase();
    switch (kind) {
      case 'enum':
        return enumColumn(name, type, properties);
      case 'integer':
        return integerColumn(name, properties);
      case 'date':
        return dateColumn(name, type, properties, now);
      case 'injected':
        return injectedColumn(name);
      default:
        throw invalid(property, properties[property], 'it is enum, integer, date or injected');
    }
  });
}

/** One piece of a location template: text, or the column whose value is there. */
type TemplatePart = { readonly text: string } | { readonly column: string };

/** Splits `s3://b/x/dt=${dt}/` (or, without a template, Hive's `key=value` folders under the location). */
function templateParts(template: string): TemplatePart[] {
  return template
    .split(/(\$\{[^}]+\})/)
    .filter((piece) => piece !== '')
    .map((piece) =>
      piece.startsWith('${') ? { column: piece.slice(2, -1).toLowerCase() } : { text: piece },
    );
}

export interface ProjectedLayout {
  /** Locations to list: each holds one or several partitions. */
  readonly prefixes: readonly string[];
  /** The partition that an object's URI belongs to, or undefined when it is in none of those wanted. */
  partitionOf(uri: string): Readonly<Record<string, string>> | undefined;
}

/** At most this many prefixes are listed one by one; beyond, a wider prefix is listed and its keys are matched. */
const prefixLimit = 256;

/**
 * Lays the wanted partitions out as prefixes to list. Columns are expanded from the left of the template while the
 * number of prefixes stays small; the rest is read from the keys.
 */
export function layOut(
  template: string,
  columns: readonly ProjectedColumn[],
  constraints: Constraints,
  types: Readonly<Record<string, string>>,
): ProjectedLayout {
  const parts = templateParts(template.endsWith('/') ? template : `${template}/`);
  const byName = new Map(columns.map((column) => [column.name, column]));
  for (const part of parts)
    if ('column' in part && !byName.has(part.column))
      throw new QueryFailure(
        'INVALID_TABLE_PROPERTY',
        `storage.location.template names \${${part.column}}, which is not a partition column.`,
      );

  let prefixes = [''];
  let expanding = true;
  const expandedValues = new Map<string, readonly string[]>();
  for (const column of columns) {
    const values = column.candidates(constraints[column.name], prefixLimit);
    if (values.length <= prefixLimit) expandedValues.set(column.name, values);
  }
  for (const part of parts) {
    if (!expanding) break;
    if ('text' in part) {
      prefixes = prefixes.map((prefix) => prefix + part.text);
      continue;
    }
    const values = expandedValues.get(part.column);
    if (!values || values.length * prefixes.length > prefixLimit) expanding = false;
    else prefixes = prefixes.flatMap((prefix) => values.map((value) => prefix + value));
  }

  const names: string[] = [];
  const test = new RegExp(
    `^${parts
      .map((part) => {
        if ('text' in part) return escapePattern(part.text);
        names.push(part.column);
        return `(${byName.get(part.column)!.shape(constraints[part.column])})`;
      })
      .join('')}`,
  );
  const wanted = new Map<string, boolean>();
  const isWanted = (name: string, value: string) => {
    const key = `${name}=${value}`;
    let answer = wanted.get(key);
    if (answer === undefined) {
      answer =
        byName.get(name)!.includes(value) &&
        allows(constraints[name], value, comparatorOf(types[name] ?? 'string'));
      wanted.set(key, answer);
    }
    return answer;
  };
  return {
    prefixes: expandedValues.values().some((values) => values.length === 0) ? [] : prefixes,
    partitionOf(uri) {
      const found = test.exec(uri);
      if (!found) return undefined;
      const values: Record<string, string> = {};
      for (const [index, name] of names.entries()) {
        const value = found[index + 1]!;
        if ((values[name] !== undefined && values[name] !== value) || !isWanted(name, value))
          return undefined;
        values[name] = value;
      }
      return values;
    },
  };
}
