/** Aggregates: trino.io/docs/476/functions/aggregate.html. */

import { instantOf } from '../translate/cast.ts';
import { failWith } from '../translate/failure.ts';
import { divideUnscaled } from '../translate/operator.ts';
import { asDecimal, isFloating, physicalType, type Type, typeText } from '../types.ts';
import { type AggregateWriter, aggregate, type Emission } from './entry.ts';

const INTEGERS = ['tinyint', 'smallint', 'integer', 'bigint'] as const;

const geometricMean = ([x]: readonly string[], write: AggregateWriter) =>
  `exp(${write('avg', [`hw_ln(CAST(${x} AS DOUBLE))`])})`;

const samples = (name: string, duck: string) =>
  aggregate(`${name}(double) -> double`, ([x], write) => write(duck, [x!]));
/** A lone NaN or infinity deviates by NaN, DuckDB says by nothing. */
const population = (name: string) =>
  aggregate(
    `${name}(double) -> double`,
    ([x], write) => `(${write(name, [x!])} + 0 * ${write('max', [x!])})`,
  );
const pairs = (name: string, duck: string) =>
  aggregate(`${name}(double, double) -> double`, (args, write) => write(duck, args));

/** NULL where there is no finite answer, e.g. of a single pair. */
const finitePairs = (name: string, duck: string) =>
  aggregate(`${name}(double, double) -> double`, (args, write) => whenFinite(write(duck, args)));
const whenFinite = (value: string) => `CASE WHEN isfinite(${value}) THEN ${value} END`;

/** DuckDB sums integers in 128 bits; Trino's bigint sum overflows. */
const sumInteger = ([x]: readonly string[], write: AggregateWriter) =>
  `CAST(${write('sum', [x!])} AS BIGINT)`;

/** Values that DuckDB orders and tells apart as Trino does. */
function plainOrder(type: Type, call: Emission): void {
  if (isFloating(type) || ['array', 'row', 'map', 'json'].includes(type.kind) || instantOf('', type) !== '')
    call.refuse(`${call.name} of ${typeText(type)}`);
}

/** Trino's digest takes finite doubles only, and whole numbers that a double holds. */
const checkedList = (x: string, type: string, write: AggregateWriter) =>
  `${type === 'bigint' ? 'hw_exact' : 'hw_finite'}(${write('list', [x])})`;

const withoutNaN = (x: string) => `CASE WHEN NOT isnan(${x}) THEN ${x} END`;

export const AGGREGATE_FUNCTIONS = [
  aggregate('count() -> bigint', (_, write) => write('count', ['*'])),
  aggregate('count(T) -> bigint', ([x], write) => write('count', [x!])),
  aggregate('count_if(boolean) -> bigint', ([x], write) => write('count', [`CASE WHEN ${x} THEN 1 END`])),
  ...INTEGERS.map((type) => aggregate(`sum(${type}) -> bigint`, sumInteger)),
  aggregate('sum(decimal(p,s)) -> decimal(38,s)', ([x], write, call) => {
    const { precision, scale } = asDecimal(call.arguments[0]!.type);
    const sum = `CAST(${write('sum', [x!])} AS ${physicalType(call.result)})`;
    if (precision <= 28) return sum;
    // DuckDB holds a little more than 38 digits before it fails.
    const most = `CAST('${'9'.repeat(38 - scale)}.${'9'.repeat(scale)}' AS ${physicalType(call.result)})`;
    return `CASE WHEN abs(${sum}) > ${most} THEN ${failWith('Decimal overflow')} ELSE ${sum} END`;
  }),
  aggregate('sum(double) -> double', ([x], write) => write('sum', [x!])),
  aggregate('sum(real) -> real', ([x], write) => `hw_to_real(${write('sum', [`CAST(${x} AS DOUBLE)`])})`),
  aggregate(
    'avg(bigint) -> double',
    ([x], write) => `(CAST(${write('sum', [x!])} AS DOUBLE) / nullif(${write('count', [x!])}, 0))`,
  ),
  aggregate('avg(double) -> double', ([x], write) => write('avg', [x!])),
  aggregate('avg(real) -> real', ([x], write) => `hw_to_real(${write('avg', [`CAST(${x} AS DOUBLE)`])})`),
  aggregate(
    'avg(decimal(p,s)) -> decimal(p,s)',
    ([x], write, call) => {
      const { scale } = asDecimal(call.arguments[0]!.type);
      const count = write('count', [x!]);
      return `CASE WHEN ${count} > 0 THEN CAST(${divideUnscaled(write('sum', [x!]), scale, `CAST(${count} AS HUGEINT)`, scale)} AS ${physicalType(call.result)}) END`;
    },
    ([x]) => asDecimal(x!.type),
  ),
  aggregate('min(T) -> T', ([x], write) => write('min', [x!])),
  // Trino leaves NaN out of a maximum unless there is nothing else; DuckDB orders it above all.
  aggregate('max(T) -> T', ([x], write, call) =>
    isFloating(call.result)
      ? `coalesce(${write('max', [withoutNaN(x!)])}, ${write('max', [x!])})`
      : write('max', [x!]),
  ),
  aggregate('min_by(V, K) -> V', (args, write) => write('arg_min_null', args)),
  aggregate('max_by(V, K) -> V', ([value, key], write, call) =>
    isFloating(call.arguments[1]!.type)
      ? `CASE WHEN ${write('count', [withoutNaN(key!)])} > 0 THEN ${write('arg_max_null', [value!, withoutNaN(key!)])} ELSE ${write('arg_max_null', [value!, key!])} END`
      : write('arg_max_null', [value!, key!]),
  ),
  aggregate('bool_and(boolean) -> boolean', ([x], write) => write('bool_and', [x!])),
  aggregate('every(boolean) -> boolean', ([x], write) => write('bool_and', [x!])),
  aggregate('bool_or(boolean) -> boolean', ([x], write) => write('bool_or', [x!])),
  aggregate('arbitrary(T) -> T', ([x], write) => write('any_value', [x!])),
  aggregate('any_value(T) -> T', ([x], write) => write('any_value', [x!])),
  aggregate('array_agg(T) -> array(T)', ([x], write) => write('list', [x!])),
  aggregate('listagg(varchar, varchar) -> varchar', (args, write) => write('string_agg', args)),
  aggregate('listagg(varchar) -> varchar', ([x], write) => write('string_agg', [x!, "''"])),
  aggregate(
    'map_agg(K, V) -> map(K, V)',
    ([key, value], write) =>
      `hw_map_of(${write('list', [`CASE WHEN ${key} IS NOT NULL THEN struct_pack(k := ${key}, v := ${value}) END`])})`,
  ),
  aggregate(
    'histogram(T) -> map(T, bigint)',
    ([x], write, call) => `CAST(${write('histogram', [x!])} AS ${physicalType(call.result)})`,
  ),
  aggregate('approx_distinct(T) -> bigint', ([x], write) => write('count', [x!], { distinct: true })),
  ...['bigint', 'double'].map((type) =>
    // Trino's digest answers with the value of rank floor(q × n), exactly so until it must compress.
    aggregate(
      `approx_percentile(${type}, double) -> ${type}`,
      ([x, quantile], write) => `hw_ranked(${checkedList(x!, type, write)}, ${quantile})`,
    ),
  ),
  ...['bigint', 'double'].map((type) =>
    aggregate(
      `approx_percentile(${type}, array(double)) -> array(${type})`,
      ([x, quantiles], write, call) => {
        const [sorted, quantile] = [call.fresh(), call.fresh()];
        return `list_extract(list_transform([list_sort(list_filter(${checkedList(x!, type, write)}, lambda ${quantile}: ${quantile} IS NOT NULL))], lambda ${sorted}: CASE WHEN len(${sorted}) > 0 THEN list_transform(${quantiles}, lambda ${quantile}: hw_rank_of(${sorted}, ${quantile})) END), 1)`;
      },
    ),
  ),
  aggregate(
    'approx_percentile(real, double) -> real',
    ([x, quantile], write) => `hw_ranked(${checkedList(x!, 'real', write)}, ${quantile})`,
  ),
  aggregate('approx_distinct(T, double) -> bigint', ([x], write) => write('count', [x!], { distinct: true })),
  ...(
    [
      ['max', 'hw_largest'],
      ['min', 'hw_smallest'],
    ] as const
  ).flatMap(([name, macro]) => [
    aggregate(`${name}(T, bigint) -> array(T)`, ([x, n], write, call) => {
      plainOrder(call.arguments[0]!.type, call);
      if (call.arguments[1]!.literal?.kind !== 'number')
        call.refuse(`${name} of a computed number of values`);
      return `${macro}(${write('list', [x!])}, ${n})`;
    }),
    aggregate(`${name}_by(V, K, bigint) -> array(V)`, ([value, key, n], write, call) => {
      plainOrder(call.arguments[1]!.type, call);
      if (call.arguments[2]!.literal?.kind !== 'number')
        call.refuse(`${name}_by of a computed number of values`);
      return `${macro}_by(${write('list', [`CASE WHEN ${key} IS NOT NULL THEN struct_pack(k := ${key}, v := ${value}) END`])}, ${n})`;
    }),
  ]),
  aggregate('multimap_agg(K, V) -> map(K, array(V))', ([key, value], write, call) => {
    plainOrder(call.arguments[0]!.type, call);
    const entry = call.fresh();
    return `hw_multimap(list_filter(${write('list', [`CASE WHEN ${key} IS NOT NULL THEN struct_pack(k := ${key}, v := ${value}) END`])}, lambda ${entry}: ${entry} IS NOT NULL))`;
  }),
  aggregate('map_union(map(K, V)) -> map(K, V)', ([map], write, call) => {
    const { type } = call.arguments[0]!;
    if (type.kind === 'map') plainOrder(type.key, call);
    const [entries, entry] = [call.fresh(), call.fresh()];
    return `list_extract(list_transform([flatten(list_filter(${write('list', [`map_entries(${map})`])}, lambda ${entry}: ${entry} IS NOT NULL))], lambda ${entries}: CASE WHEN ${entries} IS NOT NULL THEN hw_first_entries(list_transform(${entries}, lambda ${entry}: struct_pack(k := ${entry}.key, v := ${entry}.value))) END), 1)`;
  }),
  aggregate(
    'skewness(double) -> double',
    ([x], write) =>
      `CASE WHEN ${write('count', [x!])} < 3 THEN NULL WHEN ${write('var_pop', [x!])} = 0 THEN CAST('NaN' AS DOUBLE) ELSE ${write('skewness', [x!])} * (${write('count', [x!])} - 2) / sqrt(CAST(${write('count', [x!])} AS DOUBLE) * (${write('count', [x!])} - 1)) END`,
  ),
  aggregate(
    'kurtosis(double) -> double',
    ([x], write) =>
      `CASE WHEN ${write('count', [x!])} < 4 THEN NULL WHEN ${write('var_pop', [x!])} = 0 THEN CAST('NaN' AS DOUBLE) ELSE ${write('kurtosis', [x!])} END`,
  ),
  ...['corr', 'covar_pop', 'covar_samp', 'regr_slope', 'regr_intercept'].map((name) =>
    aggregate(`${name}(real, real) -> real`, (args, write) => {
      const value = write(
        name,
        args.map((arg) => `CAST(${arg} AS DOUBLE)`),
      );
      return `hw_to_real(${name.startsWith('covar') ? value : whenFinite(value)})`;
    }),
  ),
  aggregate(
    'sum(interval day to second) -> interval day to second',
    ([x], write) => `to_microseconds(CAST(${write('sum', [`epoch_us(${x})`])} AS BIGINT))`,
  ),
  aggregate(
    'sum(interval year to month) -> interval year to month',
    ([x], write) => `to_months(CAST(${write('sum', [`hw_months(${x})`])} AS INTEGER))`,
  ),
  aggregate(
    'avg(interval day to second) -> interval day to second',
    ([x], write) =>
      `to_microseconds(CAST(round(${write('sum', [`epoch_us(${x}) // 1000`])} / CAST(${write('count', [x!])} AS DOUBLE)) AS BIGINT) * 1000)`,
  ),
  samples('stddev', 'stddev_samp'),
  samples('stddev_samp', 'stddev_samp'),
  population('stddev_pop'),
  samples('variance', 'var_samp'),
  samples('var_samp', 'var_samp'),
  population('var_pop'),
  aggregate('geometric_mean(double) -> double', geometricMean),
  aggregate('geometric_mean(bigint) -> double', geometricMean),
  aggregate('geometric_mean(real) -> real', (args, write) => `hw_to_real(${geometricMean(args, write)})`),
  finitePairs('corr', 'corr'),
  pairs('covar_pop', 'covar_pop'),
  pairs('covar_samp', 'covar_samp'),
  finitePairs('regr_slope', 'regr_slope'),
  finitePairs('regr_intercept', 'regr_intercept'),
  aggregate('bitwise_and_agg(bigint) -> bigint', ([x], write) => write('bit_and', [x!])),
  aggregate('bitwise_or_agg(bigint) -> bigint', ([x], write) => write('bit_or', [x!])),
  aggregate('bitwise_xor_agg(bigint) -> bigint', ([x], write) => write('bit_xor', [x!])),
];
