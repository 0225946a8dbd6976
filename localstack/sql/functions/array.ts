/** Arrays: trino.io/docs/476/functions/array.html. */
import { failWith } from '../translate/failure.ts';
import { arrayOf, fieldNames, isFloating, quoteText, sameType, type Type } from '../types.ts';
import { type Emission, same, scalar, unlessNull } from './entry.ts';

const PLAIN = (type: Type) =>
  !['double', 'real', 'row', 'array', 'map', 'json', 'timestamp with time zone'].includes(type.kind);

/** When DuckDB would compare a value otherwise than Trino; undefined: never; null: not known. */
function differs(type: Type, value: string, call: Emission): string | null | undefined {
  if (PLAIN(type) || (type.kind === 'timestamp with time zone' && type.zone !== 'row')) return undefined;
  if (isFloating(type)) return `isnan(${value})`;
  if (type.kind === 'array' && PLAIN(type.element)) return `len(${value}) > list_count(${value})`;
  if (type.kind !== 'row') return null;
  const names = fieldNames(type);
  const parts: string[] = [];
  for (const [index, field] of type.fields.entries()) {
    const read = `struct_extract(${value}, ${quoteText(names[index]!)})`;
    const part = differs(field.type, read, call);
    if (part === null) return null;
    parts.push(`${read} IS NULL`, ...(part ? [part] : []));
  }
  return `(${value} IS NOT NULL AND (${parts.join(' OR ')}))`;
}

/**
 * The arguments, each list of them held to elements that DuckDB compares as Trino does: NaN, and NULL inside rows and
 * arrays, fail as not verified.
 */
function plainElements(args: readonly string[], call: Emission): string[] {
  const guarded = args.map((sql, index) => {
    const { type } = call.arguments[index]!;
    if (type.kind !== 'array') return sql;
    const item = call.fresh();
    const odd = differs(type.element, item, call);
    if (odd === null) return call.refuse(`${call.name} of ${type.element.kind} elements`);
    return odd === undefined ? sql : guard(`len(list_filter(${sql}, lambda ${item}: ${odd})) > 0`, sql, call);
  });
  // A single value next to the list is held to the same.
  return guarded.map((sql, index) => {
    const { type } = call.arguments[index]!;
    if (type.kind === 'array' && call.arguments[0]!.type.kind === 'array' && index === 0) return sql;
    if (call.arguments[0]!.type.kind !== 'array' || !sameType(call.arguments[0]!.type.element, type))
      return sql;
    const odd = differs(type, sql, call);
    return odd ? guard(odd, sql, call) : sql;
  });
}

const guard = (when: string, sql: string, call: Emission) =>
  `CASE WHEN ${when} THEN ${failWith(`${call.name} of NaN, or of rows and arrays that hold NULL, is not in the verified list (docs/athena-sql.md)`)} ELSE ${sql} END`;

const onPlain = (text: string, emit: (args: readonly string[], call: Emission) => string) =>
  scalar(text, (args, call) => {
    return emit(plainElements(args, call), call);
  });

const sequenceLimit = 10_000;
const sequence = (start: string, stop: string, step: string, count: string, item: string) =>
  unlessNull(
    [start, stop, step],
    `CASE WHEN ${count} > ${sequenceLimit} THEN ${failWith(`result of sequence function must not have more than ${sequenceLimit} entries`)} ELSE ${item} END`,
  );

/** Every choice of `size` elements, in the order of their last one. */
function combinations(list: string, size: number, call: Emission): string {
  if (size === 0) return `[list_slice(${list}, 1, 0)]`;
  const names = Array.from({ length: size }, () => call.fresh());
  const chosen = `[${names.map((name) => `list_extract(${list}, ${name})`).join(', ')}]`;
  return names.reduce((inner, name, index) => {
    const end = index === size - 1 ? `len(${list}) + 1` : names[index + 1]!;
    const each = `list_transform(range(1, ${end}), lambda ${name}: ${inner})`;
    return index === 0 ? each : `flatten(${each})`;
  }, chosen);
}

const zipped = (count: number) => {
  const letters = ['A', 'B', 'C', 'D', 'E'].slice(0, count);
  return scalar(
    `zip(${letters.map((letter) => `array(${letter})`).join(', ')}) -> array(row(${letters.join(', ')}))`,
    (lists, call) => {
      const at = call.fresh();
      const fields = lists.map((list, index) => `field${index} := list_extract(${list}, ${at})`);
      return unlessNull(
        lists,
        `list_transform(range(1, greatest(${lists.map((list) => `len(${list})`).join(', ')}) + 1), lambda ${at}: struct_pack(${fields.join(', ')}))`,
      );
    },
    (lists) => arrayOf({ kind: 'row', fields: lists.map(({ type }) => ({ type: elementOf(type) })) }),
  );
};

const vectors = (name: string, macro: string) =>
  scalar(`${name}(array(double), array(double)) -> double`, ([a, b]) =>
    unlessNull(
      [a!, b!],
      `CASE WHEN len(${a}) <> len(${b}) THEN ${failWith('The arguments must have the same length')} ELSE ${macro}(${a}, ${b}) END`,
    ),
  );

const elementOf = (type: Type): Type => (type.kind === 'array' ? type.element : { kind: 'unknown' });

export const ARRAY_FUNCTIONS = [
  scalar('cardinality(array(T)) -> bigint', ([list]) => `CAST(len(${list}) AS BIGINT)`),
  scalar(
    'element_at(array(T), bigint) -> T',
    ([list, at]) =>
      `CASE WHEN ${at} = 0 THEN ${failWith('SQL array indices start at 1')} ELSE list_extract(${list}, ${at}) END`,
  ),
  onPlain('contains(array(T), T) -> boolean', ([list, value]) =>
    unlessNull(
      [list!, value!],
      `CASE WHEN list_contains(${list}, ${value}) THEN true WHEN len(${list}) > list_count(${list}) THEN NULL ELSE false END`,
    ),
  ),
  onPlain('array_position(array(T), T) -> bigint', ([list, value]) =>
    unlessNull([list!, value!], `CAST(coalesce(list_position(${list}, ${value}), 0) AS BIGINT)`),
  ),
  onPlain('array_remove(array(T), T) -> array(T)', ([list, value], call) => {
    const item = call.fresh();
    return unlessNull(
      [list!, value!],
      `list_filter(${list}, lambda ${item}: ${item} IS DISTINCT FROM ${value})`,
    );
  }),
  onPlain('array_distinct(array(T)) -> array(T)', ([list]) => `hw_array_distinct(${list})`),
  onPlain('array_union(array(T), array(T)) -> array(T)', ([a, b]) =>
    unlessNull([a!, b!], `hw_array_distinct(list_concat(${a}, ${b}))`),
  ),
  onPlain('array_intersect(array(T), array(T)) -> array(T)', ([a, b]) => `hw_array_intersect(${a}, ${b})`),
  onPlain('array_except(array(T), array(T)) -> array(T)', ([a, b]) => `hw_array_except(${a}, ${b})`),
  onPlain('arrays_overlap(array(T), array(T)) -> boolean', ([a, b]) =>
    unlessNull(
      [a!, b!],
      `CASE WHEN len(${a}) = 0 OR len(${b}) = 0 THEN false WHEN list_has_any(${a}, ${b}) THEN true WHEN len(${a}) > list_count(${a}) OR len(${b}) > list_count(${b}) THEN NULL ELSE false END`,
    ),
  ),
  onPlain('array_sort(array(T)) -> array(T)', ([list]) => `list_sort(${list}, 'ASC', 'NULLS LAST')`),
  onPlain(
    'array_max(array(T)) -> T',
    ([list]) => `CASE WHEN len(${list}) = list_count(${list}) THEN list_max(${list}) END`,
  ),
  onPlain(
    'array_min(array(T)) -> T',
    ([list]) => `CASE WHEN len(${list}) = list_count(${list}) THEN list_min(${list}) END`,
  ),
  scalar('array_join(array(varchar), varchar) -> varchar', ([list, separator]) =>
    unlessNull(
      [list!, separator!],
      `coalesce(array_to_string(list_filter(${list}, lambda e: e IS NOT NULL), ${separator}), '')`,
    ),
  ),
  scalar('array_join(array(varchar), varchar, varchar) -> varchar', ([list, separator, missing]) =>
    unlessNull(
      [list!, separator!, missing!],
      `coalesce(array_to_string(list_transform(${list}, lambda e: coalesce(e, ${missing})), ${separator}), '')`,
    ),
  ),
  ...['tinyint', 'smallint', 'integer', 'bigint'].flatMap((type) => [
    scalar(`array_join(array(${type}), varchar) -> varchar`, ([list, separator]) =>
      unlessNull(
        [list!, separator!],
        `coalesce(array_to_string(list_filter(CAST(${list} AS VARCHAR[]), lambda e: e IS NOT NULL), ${separator}), '')`,
      ),
    ),
    scalar(`array_join(array(${type}), varchar, varchar) -> varchar`, ([list, separator, missing]) =>
      unlessNull(
        [list!, separator!, missing!],
        `coalesce(array_to_string(list_transform(CAST(${list} AS VARCHAR[]), lambda e: coalesce(e, ${missing})), ${separator}), '')`,
      ),
    ),
  ]),
  scalar(
    'slice(array(T), bigint, bigint) -> array(T)',
    ([list, start, length]) => `hw_slice(${list}, ${start}, ${length})`,
  ),
  scalar(
    'trim_array(array(T), bigint) -> array(T)',
    ([list, count]) =>
      `CASE WHEN ${count} < 0 OR ${count} > len(${list}) THEN ${failWith('size must not be negative and not exceed array cardinality')} ELSE list_slice(${list}, 1, len(${list}) - ${count}) END`,
  ),
  same('reverse(array(T)) -> array(T)', 'list_reverse'),
  scalar('flatten(array(array(T))) -> array(T)', ([list]) => `flatten(${list})`),
  scalar('concat(array(T)...) -> array(T)', (args, call) =>
    args.length < 2
      ? call.refuse('concat of one array')
      : unlessNull(
          args,
          args.reduce((a, b) => `list_concat(${a}, ${b})`),
        ),
  ),
  scalar(
    'repeat(T, bigint) -> array(T)',
    ([value, count]) =>
      `CASE WHEN ${count} > 10000 THEN ${failWith('count argument of repeat function must be less than or equal to 10000')} WHEN ${count} < 0 THEN ${failWith('count argument of repeat function must be greater than or equal to 0')} WHEN ${count} IS NOT NULL THEN list_transform(range(${count}), lambda e: ${value}) END`,
  ),
  scalar('sequence(bigint, bigint) -> array(bigint)', ([start, stop]) =>
    sequence(
      start!,
      stop!,
      '1',
      `abs(${stop} - ${start}) + 1`,
      `generate_series(${start}, ${stop}, CASE WHEN ${start} <= ${stop} THEN 1 ELSE -1 END)`,
    ),
  ),
  scalar(
    'sequence(bigint, bigint, bigint) -> array(bigint)',
    ([start, stop, step]) =>
      `CASE WHEN ${step} = 0 THEN ${failWith('step must not be zero')} WHEN (${step} > 0) <> (${stop} >= ${start}) AND ${stop} <> ${start} THEN ${failWith('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')} ELSE ${sequence(start!, stop!, step!, `abs((${stop} - ${start}) // ${step}) + 1`, `generate_series(${start}, ${stop}, ${step})`)} END`,
  ),
  scalar('sequence(date, date) -> array(date)', ([start, stop]) =>
    sequence(
      start!,
      stop!,
      '1',
      `abs(${stop} - ${start}) + 1`,
      `CAST(generate_series(CAST(${start} AS TIMESTAMP), CAST(${stop} AS TIMESTAMP), to_days(CASE WHEN ${start} <= ${stop} THEN 1 ELSE -1 END)) AS DATE[])`,
    ),
  ),
  ...(
    [
      ['interval day to second', 'hw_time_sequence'],
      ['interval year to month', 'hw_month_sequence'],
    ] as const
  ).flatMap(([step, macro]) => [
    scalar(
      `sequence(date, date, ${step}) -> array(date)`,
      ([start, stop, by]) =>
        `${step === 'interval day to second' ? `CASE WHEN ${start} IS NOT NULL AND ${stop} IS NOT NULL AND epoch_us(${by}) % 86400000000 <> 0 THEN ${failWith('sequence step must be a day interval if start and end values are dates')} ELSE ` : ''}CAST(${macro}(CAST(${start} AS TIMESTAMP), CAST(${stop} AS TIMESTAMP), ${by}) AS DATE[])${step === 'interval day to second' ? ' END' : ''}`,
    ),
    scalar(
      `sequence(timestamp(p), timestamp(p), ${step}) -> array(timestamp(p))`,
      ([start, stop, by]) => `${macro}(${start}, ${stop}, ${by})`,
    ),
  ]),
  scalar(
    'zip(array(T), array(U)) -> array(row(T, U))',
    ([a, b], call) => {
      const at = call.fresh();
      return unlessNull(
        [a!, b!],
        `list_transform(range(1, greatest(len(${a}), len(${b})) + 1), lambda ${at}: struct_pack(field0 := list_extract(${a}, ${at}), field1 := list_extract(${b}, ${at})))`,
      );
    },
    ([a, b]) =>
      arrayOf({ kind: 'row', fields: [{ type: elementOf(a!.type) }, { type: elementOf(b!.type) }] }),
  ),
  zipped(3),
  zipped(4),
  zipped(5),
  scalar('concat(array(T), T) -> array(T)', ([list, item]) =>
    unlessNull([list!, item!], `list_append(${list}, ${item})`),
  ),
  scalar('concat(T, array(T)) -> array(T)', ([item, list]) =>
    unlessNull([list!, item!], `list_prepend(${item}, ${list})`),
  ),
  onPlain('array_histogram(array(T)) -> map(T, bigint)', ([list]) => `hw_histogram(${list})`),
  scalar('combinations(array(T), integer) -> array(array(T))', ([list], call) => {
    const { literal } = call.arguments[1]!;
    const size =
      literal?.kind === 'number' ? Number(literal.text) : call.refuse('combinations of a computed size');
    if (size < 0 || size > 5) call.refuse(`combinations of ${size}`);
    return unlessNull([list!], combinations(list!, size, call));
  }),
  scalar('ngrams(array(T), integer) -> array(array(T))', ([list, size], call) => {
    const at = call.fresh();
    return unlessNull(
      [list!, size!],
      `CASE WHEN ${size} <= 0 THEN ${failWith('N must be positive')} WHEN ${size} >= len(${list}) THEN [${list}] ELSE list_transform(range(1, len(${list}) - ${size} + 2), lambda ${at}: list_slice(${list}, ${at}, ${at} + ${size} - 1)) END`,
    );
  }),
  vectors('cosine_similarity', 'hw_cosine'),
  vectors('cosine_distance', '1 - hw_cosine'),
  vectors('dot_product', 'hw_dot'),
  vectors('euclidean_distance', 'hw_distance'),
];
