/** DuckDB macros that the translation calls: where a function of Trino is a few DuckDB functions put together. */
import { failWith } from '../translate/failure.ts';

const OFFSET_MINUTES = (zone: string) =>
  `((CASE WHEN left(${zone}, 1) = '-' THEN -1 ELSE 1 END) * (CAST(${zone}[2:3] AS INTEGER) * 60 + CAST(${zone}[5:6] AS INTEGER)))`;
const IS_OFFSET = (zone: string) => `regexp_full_match(${zone}, '[+-][0-9]{2}:[0-9]{2}')`;

/** ISO 8601 as Trino's from_iso8601_timestamp takes it; the fraction is cut to milliseconds. */
const ISO = `'^([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,3})?)?)?)[0-9]*(Z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?$'`;

/**
 * An instant as events carry it nearly always, to the second or millisecond in UTC, and NULL for any other text. The shape is
 * recognised by LIKE, which costs a tenth of a regular expression, and that its places hold digits by the cast, which takes blanks
 * before a date and a time.
 */
const ISO_INSTANT = `TRY_CAST(CASE WHEN x >= '0' AND x < ':' AND (x LIKE '____-__-__T__:__:__.___Z' OR x LIKE '____-__-__T__:__:__Z') AND substr(x, 12, 1) >= '0' THEN x END AS TIMESTAMP)`;

/** The same for `CAST(text AS timestamp(6) with time zone)`, to the microsecond. */
const zonedInstant = (between: ' ' | 'T') => {
  const shape = (fraction: string) => `x LIKE '____-__-__${between}__:__:__${fraction}Z'`;
  return `TRY_CAST(CASE WHEN x >= '0' AND x < ':' AND (${shape('.___')} OR ${shape('')} OR ${shape('.______')}) AND substr(x, 12, 2) BETWEEN '00' AND '23' THEN x END AS TIMESTAMP)`;
};

/** Text with a zone as it is verified: the clock, its decimals, and UTC or an offset of up to 14 hours. */
const ZONED = `'^\\s*([0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?:[01]?[0-9]|2[0-3]):[0-5]?[0-9](?::[0-5]?[0-9])?)([.][0-9]{1,12})?\\s*(Z|UTC|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?\\s*$'`;

/** Named zones, dates without a time, years of other lengths. */
const ZONED_FAILURE = `(CASE WHEN regexp_matches(x, '^\\s*[+-]?[0-9]+-[0-9]+-[0-9]+') THEN '!a time with zone in this form is not in the verified list (docs/athena-sql.md): ' || x ELSE '!Value cannot be cast to timestamp: ' || x END)`;

/** Weeks, days of the year, years of other lengths: ISO 8601 has more forms than are verified. */
const ISO_FAILURE = `(CASE WHEN regexp_matches(x, '^[+-]?[0-9]+(?:-W?[0-9]+(?:-[0-9]+)?)?(?:T.*)?$') THEN '!a time of this form is not in the verified list (docs/athena-sql.md): ' || x ELSE '!Invalid format: "' || x || '"' END)`;

const NULL_SAFE_CONTAINS = (list: string, item: string) =>
  `CASE WHEN ${item} IS NULL THEN len(${list}) > list_count(${list}) ELSE list_contains(${list}, ${item}) END`;

const NEGATIVE_SHIFT = failWith(
  'a number shifted by a negative one is not in the verified list (docs/athena-sql.md)',
);

/** Each as `name(parameters)` and body. A body may use its parameters more than once: they are expressions, not values. */
const MACROS: readonly (readonly [head: string, body: string])[] = [
  // What Java's Character.isWhitespace takes for white space.
  [
    'hw_blanks()',
    [
      9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
      0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x205f, 0x3000,
    ]
      .map((code) => `chr(${code})`)
      .join(' || '),
  ],
  // Java leaves ß as it is; DuckDB makes ẞ of it.
  [
    'hw_upper(x)',
    `CASE WHEN contains(x, 'ß') THEN replace(upper(replace(x, 'ß', chr(57344))), chr(57344), 'ß') ELSE upper(x) END`,
  ],
  [
    'hw_reverse(x)',
    `CASE WHEN x = '' THEN '' ELSE array_to_string(list_reverse(string_split(x, '')), '') END`,
  ],
  [
    'hw_substr(x, start)',
    `CASE WHEN x IS NULL OR start IS NULL THEN NULL WHEN start = 0 OR abs(start) > length(x) THEN '' ELSE substring(x, start) END`,
  ],
  [
    'hw_substr_length(x, start, size)',
    `CASE WHEN x IS NULL OR start IS NULL OR size IS NULL THEN NULL WHEN size > 2147483647 THEN ${failWith('substr of more than 2147483647 characters is not in the verified list (docs/athena-sql.md)')} WHEN start = 0 OR size <= 0 OR abs(start) > length(x) THEN '' ELSE substring(x, CASE WHEN start < 0 THEN length(x) + start + 1 ELSE start END, size) END`,
  ],
  // Two hexadecimal digits are a byte.
  [
    'hw_substr_bytes(x, start, size)',
    `CASE WHEN x IS NULL OR start IS NULL OR size IS NULL THEN NULL WHEN start = 0 OR size <= 0 OR abs(start) > octet_length(x) THEN unhex('') ELSE unhex(substring(hex(x), 2 * (CASE WHEN start < 0 THEN octet_length(x) + start ELSE start - 1 END) + 1, 2 * least(size, octet_length(x)))) END`,
  ],
  [
    'hw_replace(x, old, new)',
    `CASE WHEN old = '' THEN ${failWith('replace of an empty string is not in the verified list (docs/athena-sql.md)')} ELSE replace(x, old, new) END`,
  ],
  // DuckDB counts bytes.
  [
    'hw_levenshtein(a, b)',
    `CASE WHEN greatest(length(a), length(b)) * (least(length(a), length(b)) - 1) > 1000000 THEN ${failWith('The combined inputs for Levenshtein distance are too large')} WHEN strlen(a) = length(a) AND strlen(b) = length(b) THEN levenshtein(a, b) ELSE hw_js_levenshtein(a, b) END`,
  ],
  [
    'hw_hamming(a, b)',
    `CASE WHEN length(a) = 0 THEN 0 WHEN a IS NOT NULL AND b IS NOT NULL THEN len(list_filter(list_zip(string_split(a, ''), string_split(b, '')), lambda hwp: hwp[1] <> hwp[2])) END`,
  ],
  ['hw_lpad(x, size, pad)', padding('lpad')],
  ['hw_rpad(x, size, pad)', padding('rpad')],
  [
    'hw_split_limited(parts, separator, size)',
    'CASE WHEN len(parts) <= size THEN parts ELSE list_append(list_slice(parts, 1, size - 1), array_to_string(list_slice(parts, size, len(parts)), separator)) END',
  ],
  ['hw_from_utf8(x)', 'coalesce(TRY(decode(x)), hw_js_from_utf8(x, chr(65533)))'],
  [
    'hw_date_text(x)',
    `CASE WHEN x >= DATE '0001-01-01' THEN strftime(x, '%Y-%m-%d') WHEN year(x) < 0 THEN '-' || lpad(CAST(-year(x) AS VARCHAR), 4, '0') || strftime(x, '-%m-%d') ELSE '0000' || strftime(x, '-%m-%d') END`,
  ],
  [
    'hw_is_plain_year(x)',
    `x BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'`,
  ],
  // Java writes a year of more than four digits with its sign, one before the year 0 with four digits at least.
  [
    'hw_signed_year(text, x)',
    `CASE WHEN hw_is_plain_year(x) THEN text WHEN year(x) > 9999 THEN '+' || text WHEN year(x) < 0 THEN hw_year(x) || substring(text, length(CAST(year(x) AS VARCHAR)) + 1) ELSE text END`,
  ],
  [
    'hw_year(x)',
    `CASE WHEN year(x) < 0 THEN '-' || lpad(CAST(-year(x) AS VARCHAR), 4, '0') ELSE strftime(x, '%Y') END`,
  ],
  // Java rounds it so.
  ['hw_nan_to_zero(x)', 'CASE WHEN isnan(x) THEN 0 ELSE x END'],
  [
    'hw_to_real(x)',
    `coalesce(TRY_CAST(x AS FLOAT), CASE WHEN x > 0 THEN CAST('Infinity' AS FLOAT) WHEN x < 0 THEN CAST('-Infinity' AS FLOAT) END)`,
  ],
  ['hw_double_text(x)', 'hw_js_double_text(x)'],
  ['hw_real_text(x)', 'hw_js_real_text(x)'],
  [
    'hw_wall_clock(t, z)',
    `CASE WHEN z = 'UTC' THEN timezone('UTC', t) WHEN ${IS_OFFSET('z')} THEN timezone('UTC', t) + to_minutes(${OFFSET_MINUTES('z')}) ELSE timezone(z, t) END`,
  ],
  // A clock that shows the same twice means the first of the two; ICU takes the last.
  [
    'hw_region_instant(clock, z)',
    `CASE ${[60, 30, 120]
      .map((minutes) => {
        const earlier = `timezone(z, clock) - to_minutes(${minutes})`;
        return `WHEN timezone(z, ${earlier}) = clock THEN ${earlier}`;
      })
      .join(' ')} ELSE timezone(z, clock) END`,
  ],
  [
    'hw_at_zone(clock, z)',
    `CASE WHEN z = 'UTC' THEN timezone('UTC', clock) WHEN ${IS_OFFSET('z')} THEN timezone('UTC', clock - to_minutes(${OFFSET_MINUTES('z')})) ELSE hw_region_instant(clock, z) END`,
  ],
  [
    'hw_offset_text(minutes)',
    `CASE WHEN minutes = 0 THEN 'Z' ELSE (CASE WHEN minutes < 0 THEN '-' ELSE '+' END) || lpad(CAST(abs(minutes) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(minutes) % 60 AS VARCHAR), 2, '0') END`,
  ],
  ['hw_floor_to(v, unit)', 'v - ((v % unit) + unit) % unit'],
  ['hw_round_time(t, unit)', 'make_timestamp(hw_floor_to(epoch_us(t) + unit // 2, unit))'],
  // Half away from zero, on unscaled integers.
  [
    'hw_divide(a, b, shift)',
    '(CASE WHEN (a < 0) <> (b < 0) THEN -1 ELSE 1 END) * ((abs(a) * shift + abs(b) // 2) // abs(b))',
  ],
  [
    'hw_round_integer(x, digits)',
    'CASE WHEN digits >= 0 THEN x ELSE sign(x) * ((abs(x) + CAST(pow(10, -digits) AS HUGEINT) // 2) // CAST(pow(10, -digits) AS HUGEINT)) * CAST(pow(10, -digits) AS HUGEINT) END',
  ],
  [
    'hw_round_double(x, digits)',
    'CASE WHEN NOT isfinite(x) OR NOT isfinite(abs(x) * pow(10, digits)) THEN x ELSE sign(x) * floor(abs(x) * pow(10, digits) + 0.5) / pow(10, digits) END',
  ],
  ['hw_remainder(a, b)', 'a % b'],
  // Trino answers NaN where DuckDB fails.
  ...(['sin', 'cos', 'tan'] as const).map(
    (name) => [`hw_${name}(x)`, `CASE WHEN isinf(x) THEN CAST('NaN' AS DOUBLE) ELSE ${name}(x) END`] as const,
  ),
  ...(['asin', 'acos'] as const).map(
    (name) =>
      [`hw_${name}(x)`, `CASE WHEN abs(x) > 1 THEN CAST('NaN' AS DOUBLE) ELSE ${name}(x) END`] as const,
  ),
  ['hw_sqrt(x)', `CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt(x) END`],
  ...(['ln', 'log10', 'log2'] as const).map(
    (name) =>
      [
        `hw_${name}(x)`,
        `CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE) WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ${name}(x) END`,
      ] as const,
  ),
  [
    'hw_width_bucket(x, low, high, n)',
    `CASE WHEN x IS NULL OR low IS NULL OR high IS NULL OR n IS NULL THEN NULL WHEN n <= 0 THEN ${failWith('bucketCount must be greater than 0')} WHEN low = high THEN ${failWith('bounds cannot equal each other')} WHEN low < high THEN (CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor(CAST(n AS DOUBLE) * (x - low) / (high - low)) AS BIGINT) + 1 END) ELSE (CASE WHEN x > low THEN 0 WHEN x <= high THEN n + 1 ELSE CAST(floor(CAST(n AS DOUBLE) * (low - x) / (low - high)) AS BIGINT) + 1 END) END`,
  ],
  [
    'hw_to_base(x, radix)',
    `CASE WHEN x < 0 THEN '-' || lower(to_base(-x, CAST(radix AS INTEGER))) ELSE lower(to_base(x, CAST(radix AS INTEGER))) END`,
  ],
  [
    'hw_any_match(results)',
    'CASE WHEN results IS NULL THEN NULL WHEN list_contains(results, true) THEN true WHEN len(results) > list_count(results) THEN NULL ELSE false END',
  ],
  [
    'hw_all_match(results)',
    'CASE WHEN results IS NULL THEN NULL WHEN list_contains(results, false) THEN false WHEN len(results) > list_count(results) THEN NULL ELSE true END',
  ],
  [
    'hw_arrays_equal(a, b)',
    'CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) <> len(b) THEN false ELSE hw_all_match(list_transform(range(1, len(a) + 1), lambda hwi: list_extract(a, hwi) = list_extract(b, hwi))) END',
  ],
  [
    'hw_array_distinct(l)',
    'list_filter(l, lambda hwx, hwi: CASE WHEN hwx IS NULL THEN list_position(list_transform(l, lambda hwy: hwy IS NULL), true) = hwi ELSE list_position(l, hwx) = hwi END)',
  ],
  [
    'hw_array_intersect(a, b)',
    `CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN hw_array_distinct(list_filter(a, lambda hwz: ${NULL_SAFE_CONTAINS('b', 'hwz')})) END`,
  ],
  [
    'hw_array_except(a, b)',
    `CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN hw_array_distinct(list_filter(a, lambda hwz: NOT (${NULL_SAFE_CONTAINS('b', 'hwz')}))) END`,
  ],
  [
    'hw_histogram(l)',
    'map_from_entries(list_transform(hw_array_distinct(list_filter(l, lambda hwv: hwv IS NOT NULL)), lambda hwk: struct_pack(k := hwk, v := CAST(len(list_filter(l, lambda hwv: hwv = hwk)) AS BIGINT))))',
  ],
  [
    'hw_multimap(entries)',
    'map_from_entries(list_transform(hw_array_distinct(list_transform(entries, lambda hwe: hwe.k)), lambda hwk: struct_pack(k := hwk, v := list_transform(list_filter(entries, lambda hwe: hwe.k = hwk), lambda hwe: hwe.v))))',
  ],
  [
    'hw_dot(a, b)',
    'coalesce(list_sum(list_transform(range(1, len(a) + 1), lambda hwi: list_extract(a, hwi) * list_extract(b, hwi))), 0)',
  ],
  [
    'hw_distance(a, b)',
    'sqrt(coalesce(list_sum(list_transform(range(1, len(a) + 1), lambda hwi: pow(list_extract(a, hwi) - list_extract(b, hwi), 2))), 0))',
  ],
  [
    'hw_cosine(a, b)',
    `CASE WHEN len(a) > list_count(a) OR len(b) > list_count(b) THEN NULL WHEN hw_dot(a, a) = 0 OR hw_dot(b, b) = 0 THEN ${failWith('Vector magnitude cannot be zero')} ELSE hw_dot(a, b) / (sqrt(hw_dot(a, a)) * sqrt(hw_dot(b, b))) END`,
  ],
  [
    'hw_exact(x)',
    `CASE WHEN len(list_filter(x, lambda hwx: hwx <> 9223372036854775807 AND CAST(CAST(hwx AS DOUBLE) AS HUGEINT) <> hwx)) > 0 THEN ${failWith('no exact double representation for long')} ELSE x END`,
  ],
  [
    'hw_finite(x)',
    `CASE WHEN len(list_filter(x, lambda hwx: NOT isfinite(hwx))) > 0 THEN ${failWith('value must be finite')} ELSE x END`,
  ],
  ['hw_repeats(l)', 'len(list_distinct(l)) < len(l)'],
  ...(
    [
      ['largest', 'max', 'DESC'],
      ['smallest', 'min', 'ASC'],
    ] as const
  ).flatMap(([name, aggregate, order]) => [
    [
      `hw_${name}(l, n)`,
      `CASE WHEN n <= 0 THEN ${failWith(`second argument of ${aggregate}_n must be positive`)} WHEN list_count(l) > 0 THEN list_slice(list_sort(list_filter(l, lambda hwx: hwx IS NOT NULL), '${order}', 'NULLS LAST'), 1, n) END`,
    ] as const,
    [
      `hw_${name}_by(l, n)`,
      `CASE WHEN n <= 0 THEN ${failWith(`third argument of ${aggregate}_by must be a positive integer`)} WHEN len(list_filter(l, lambda hwx: hwx IS NOT NULL AND hwx.v IS NULL)) > 0 THEN ${failWith(`several values of ${aggregate}_by with a NULL among them are not in the verified list (docs/athena-sql.md)`)} WHEN list_count(l) > 0 THEN (CASE WHEN hw_repeats(list_slice(list_sort(list_transform(list_filter(l, lambda hwx: hwx IS NOT NULL), lambda hwx: hwx.k), '${order}', 'NULLS LAST'), 1, n + 1)) THEN ${failWith(`${aggregate}_by of equal keys, whose order is arbitrary, is not in the verified list (docs/athena-sql.md)`)} ELSE list_transform(list_slice(list_sort(list_filter(l, lambda hwx: hwx IS NOT NULL), '${order}', 'NULLS LAST'), 1, n), lambda hwx: hwx.v) END) END`,
    ] as const,
  ]),
  [
    'hw_bit_count(x, bits)',
    `CASE WHEN bits < 2 OR bits > 64 THEN ${failWith('Bits specified in bit_count must be between 2 and 64')} WHEN bits < 64 AND (CAST(x AS HUGEINT) >= CAST(pow(2, bits - 1) AS HUGEINT) OR CAST(x AS HUGEINT) < -CAST(pow(2, bits - 1) AS HUGEINT)) THEN ${failWith('Number must be representable with the bits specified')} WHEN bits = 64 THEN bit_count(CAST(x AS BIGINT)) ELSE bit_count(CAST(CAST(x AS BIGINT) & CAST(CAST(pow(2, bits) AS HUGEINT) - 1 AS BIGINT) AS BIGINT)) END`,
  ],
  ['hw_two(n)', 'CAST(pow(2, n) AS HUGEINT)'],
  [
    'hw_unsigned(x, width)',
    'CASE WHEN x < 0 THEN CAST(x AS HUGEINT) + hw_two(width) ELSE CAST(x AS HUGEINT) END',
  ],
  ['hw_signed(x, width)', 'CASE WHEN x >= hw_two(width - 1) THEN x - hw_two(width) ELSE x END'],
  [
    'hw_shift_left(x, n, width)',
    `CASE WHEN x IS NULL THEN NULL WHEN n < 0 THEN ${NEGATIVE_SHIFT} WHEN n >= width THEN 0 ELSE hw_signed((hw_unsigned(x, width) % hw_two(width - n)) * hw_two(n), width) END`,
  ],
  [
    'hw_shift_right(x, n, width)',
    `CASE WHEN x IS NULL THEN NULL WHEN n < 0 THEN ${NEGATIVE_SHIFT} WHEN n >= width THEN 0 ELSE hw_signed(hw_unsigned(x, width) // hw_two(n), width) END`,
  ],
  [
    'hw_shift_right_signed(x, n, width)',
    `CASE WHEN x IS NULL THEN NULL WHEN n < 0 THEN ${NEGATIVE_SHIFT} WHEN n >= width THEN (CASE WHEN x < 0 THEN -1 ELSE 0 END) WHEN x >= 0 THEN CAST(x AS HUGEINT) // hw_two(n) ELSE -1 - (-1 - CAST(x AS HUGEINT)) // hw_two(n) END`,
  ],
  [
    'hw_rank_of(l, quantile)',
    'list_extract(l, CAST(least(floor(quantile * len(l)), len(l) - 1) AS BIGINT) + 1)',
  ],
  ['hw_ranked(l, quantile)', 'hw_rank_of(list_sort(list_filter(l, lambda hwx: hwx IS NOT NULL)), quantile)'],
  [
    'hw_slice(l, start, size)',
    `CASE WHEN start = 0 THEN ${failWith('SQL array indices start at 1')} WHEN size < 0 THEN ${failWith('length must be greater than or equal to 0')} WHEN l IS NULL OR start IS NULL OR size IS NULL THEN NULL WHEN start < 0 AND len(l) + start < 0 THEN list_slice(l, 1, 0) WHEN start < 0 THEN list_slice(l, len(l) + start + 1, len(l) + start + size) ELSE list_slice(l, start, start + size - 1) END`,
  ],
  [
    'hw_time_sequence(start, stop, step)',
    `CASE WHEN start IS NULL OR stop IS NULL OR step IS NULL THEN NULL WHEN epoch_us(step) = 0 THEN ${failWith('interval must not be zero')} WHEN (epoch_us(step) > 0) <> (stop >= start) AND stop <> start THEN ${failWith('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')} WHEN (epoch_us(stop) - epoch_us(start)) // epoch_us(step) >= 10000 THEN ${failWith('result of sequence function must not have more than 10000 entries')} ELSE generate_series(start, stop, step) END`,
  ],
  ['hw_months(step)', `datepart('year', step) * 12 + datepart('month', step)`],
  [
    'hw_month_sequence(start, stop, step)',
    `CASE WHEN start IS NULL OR stop IS NULL OR step IS NULL THEN NULL WHEN hw_months(step) = 0 THEN ${failWith('interval must not be zero')} WHEN (hw_months(step) > 0) <> (stop >= start) AND stop <> start THEN ${failWith('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')} ELSE list_transform(range(0, datesub('month', start, stop) // hw_months(step) + 1), lambda hwi: start + to_months(CAST(hwi * hw_months(step) AS INTEGER))) END`,
  ],
  [
    'hw_year_month_text(x)',
    `(CASE WHEN hw_months(x) < 0 THEN '-' ELSE '' END) || CAST(abs(hw_months(x)) // 12 AS VARCHAR) || '-' || CAST(abs(hw_months(x)) % 12 AS VARCHAR)`,
  ],
  [
    'hw_day_time_text(x)',
    `(CASE WHEN epoch_us(x) < 0 THEN '-' ELSE '' END) || CAST(abs(epoch_us(x)) // 86400000000 AS VARCHAR) || ' ' || strftime(make_timestamp(abs(epoch_us(x)) % 86400000000), '%H:%M:%S.%g')`,
  ],
  ['hw_split_map(entries)', 'map_from_entries(entries)'],
  [
    'hw_first_entries(entries)',
    'map_from_entries(list_filter(entries, lambda hwe, hwi: list_position(list_transform(entries, lambda hwf: hwf.k), hwe.k) = hwi))',
  ],
  [
    'hw_unique_map(entries)',
    `CASE WHEN len(list_filter(entries, lambda hwe: hwe.k IS NULL)) > 0 THEN ${failWith('map key cannot be null')} WHEN len(list_distinct(list_transform(entries, lambda hwe: hwe.k))) < len(entries) THEN ${failWith('Duplicate map keys are not allowed')} ELSE map_from_entries(entries) END`,
  ],
  ['hw_map_of(entries)', 'hw_first_entries(list_filter(entries, lambda hwe: hwe IS NOT NULL))'],
  ['hw_json_string(x)', 'CAST(to_json(x) AS VARCHAR)'],
  ['hw_json_parse(x)', 'hw_js_json_parse(x)'],
  // Only numbers with a point or an exponent, and escapes, are written differently by the two engines.
  [
    'hw_json_text(x)',
    `CASE WHEN regexp_matches(x, '[0-9][.eE]|\\\\u') THEN hw_js_json_normalise(x) ELSE x END`,
  ],
  ['hw_json_value(x)', 'x'],
  // A key in other letters is only looked for where there is none as written.
  [
    'hw_json_field(x, name)',
    `CAST(coalesce(json_extract(x, '$."' || name || '"'), json_extract(x, '$."' || list_extract(list_filter(json_keys(x), lambda hwk: lower(hwk) = lower(name)), 1) || '"')) AS VARCHAR)`,
  ],
  [
    'hw_json_number(x, path, key, pattern, trino_path)',
    `CASE WHEN length(x) - length(replace(x, key, '')) = length(key) AND TRY_CAST(regexp_extract(x, pattern, 1) AS DOUBLE) = CAST(json_extract_string(x, path) AS DOUBLE) THEN regexp_extract(x, pattern, 1) ELSE hw_js_json_scalar(x, trino_path) END`,
  ],
  // A text that is not a JSON number, object or array, so that it can only be a string, a boolean or a plain integer.
  [
    'hw_json_plain(x)',
    `(x < '-' OR (x >= ':' AND x < '[' AND x NOT IN ('NaN', 'Infinity')) OR (x >= '\\' AND x < '{') OR x >= '|' OR (x < ':' AND (contains(x, ':') OR regexp_full_match(x, '[1-9][0-9]{0,17}'))))`,
  ],
  // The document has the key once, and after it this very text, as a number or as a string.
  [
    'hw_json_written(x, key, value)',
    `((value < ':' AND value <> '-Infinity' AND (contains(x, key || ':' || value || ',') OR contains(x, key || ':' || value || '}'))) OR contains(x, key || ':"' || value || '"')) AND length(x) - length(replace(x, key, '')) = length(key)`,
  ],
  ['hw_iso_offset(x)', `regexp_extract(x, ${ISO}, 2)`],
  [
    'hw_iso_minutes(z)',
    `CASE WHEN z = '' OR z = 'Z' THEN 0 ELSE (CASE WHEN z[1:1] = '-' THEN -1 ELSE 1 END) * (CAST(z[2:3] AS INTEGER) * 60 + CASE WHEN length(z) = 3 THEN 0 ELSE CAST(z[-2:] AS INTEGER) END) END`,
  ],
  [
    'hw_iso_clock(x)',
    `coalesce(TRY_CAST(regexp_extract(x, ${ISO}, 1) AS TIMESTAMP), CASE WHEN x IS NOT NULL THEN CAST(CAST(${ISO_FAILURE} AS INTEGER) AS VARCHAR)::TIMESTAMP END)`,
  ],
  [
    'hw_iso_any_timestamp(x)',
    `CASE WHEN x IS NOT NULL THEN struct_pack(t := timezone('UTC', hw_iso_clock(x) - to_minutes(hw_iso_minutes(hw_iso_offset(x)))), z := CASE WHEN hw_iso_minutes(hw_iso_offset(x)) = 0 THEN 'UTC' ELSE left(hw_iso_offset(x), 3) || ':' || (CASE WHEN length(hw_iso_offset(x)) = 3 THEN '00' ELSE right(hw_iso_offset(x), 2) END) END) END`,
  ],
  // In UTC clock and instant are the same number; DuckDB's timezone() would go through ICU's calendar for it.
  ['hw_utc_clock(t)', 'make_timestamp(epoch_us(t))'],
  [
    'hw_iso_timestamp(x)',
    `CASE WHEN ${ISO_INSTANT} IS NOT NULL THEN struct_pack(t := make_timestamptz(epoch_us(${ISO_INSTANT})), z := 'UTC') ELSE hw_iso_any_timestamp(x) END`,
  ],
  // What is asked only for the instant needs neither the cast twice nor a struct.
  ['hw_iso_instant(x)', `coalesce(make_timestamptz(epoch_us(${ISO_INSTANT})), (hw_iso_any_timestamp(x)).t)`],
  // Decimals that a value cannot hold are rounded half up by the first of them.
  [
    'hw_zoned_clock(x)',
    `coalesce(TRY_CAST(regexp_extract(x, ${ZONED}, 1) || regexp_extract(x, ${ZONED}, 2)[1:7] AS TIMESTAMP) + to_microseconds(CASE WHEN regexp_extract(x, ${ZONED}, 2)[8:8] >= '5' THEN 1 ELSE 0 END), CASE WHEN x IS NOT NULL THEN CAST(CAST(${ZONED_FAILURE} AS INTEGER) AS VARCHAR)::TIMESTAMP END)`,
  ],
  ['hw_zoned_offset(x)', `replace(regexp_extract(x, ${ZONED}, 3), 'UTC', 'Z')`],
  ['hw_zoned_any(x)', `timezone('UTC', hw_zoned_clock(x) - to_minutes(hw_iso_minutes(hw_zoned_offset(x))))`],
  ['hw_zoned_instant(x)', `coalesce(make_timestamptz(epoch_us(${zonedInstant(' ')})), hw_zoned_any(x))`],
  // The instant of `replace(x, 'T', ' ')`, which is made only of a text that needs it.
  [
    'hw_zoned_iso_instant(x)',
    `coalesce(make_timestamptz(epoch_us(${zonedInstant('T')})), hw_zoned_instant(replace(x, 'T', ' ')))`,
  ],
  [
    'hw_zoned_timestamp(x)',
    `CASE WHEN x IS NOT NULL THEN struct_pack(t := hw_zoned_instant(x), z := CASE WHEN hw_iso_minutes(hw_zoned_offset(x)) = 0 THEN 'UTC' ELSE hw_zoned_offset(x) END) END`,
  ],
  [
    'hw_shifted(sign, whole, decimals, places)',
    `CASE WHEN regexp_full_match(whole || decimals, '0*') THEN '0' WHEN length(whole) + places < -1000 THEN '0' WHEN places > 1000 THEN NULL WHEN length(whole) + places <= 0 THEN sign || '0.' || repeat('0', -(length(whole) + places)) || whole || decimals ELSE sign || rpad(left(whole || decimals, length(whole) + places), CAST(length(whole) + places AS INTEGER), '0') || '.' || substring(whole || decimals, length(whole) + places + 1) END`,
  ],
  // A number with an exponent, written out; DuckDB's own reading of one into a decimal loses digits.
  [
    'hw_plain_number(x)',
    `CASE WHEN NOT contains(lower(x), 'e') THEN x ELSE hw_shifted(regexp_extract(x, '^[+-]?', 0), regexp_extract(x, '^[+-]?([0-9]*)', 1), regexp_extract(x, '[.]([0-9]*)', 1), TRY_CAST(regexp_extract(lower(x), 'e(.*)$', 1) AS INTEGER)) END`,
  ],
  [
    'hw_iso_date(x)',
    `coalesce(TRY_CAST(regexp_extract(x, '^([0-9]{4}-[0-9]{2}-[0-9]{2})$', 1) AS DATE), CASE WHEN x IS NOT NULL THEN CAST(CAST(${ISO_FAILURE} AS INTEGER) AS VARCHAR)::DATE END)`,
  ],
];

function padding(name: string): string {
  const refusal = failWith('Padding string must not be empty');
  // One text of this size takes seconds, and nothing can stop it meanwhile; no client could be given a longer one.
  const longest = 268_435_456;
  return `CASE WHEN x IS NULL OR size IS NULL OR pad IS NULL THEN NULL WHEN pad = '' THEN ${refusal} WHEN size < 0 OR size > 2147483647 THEN ${failWith('Target length must be in the range [0..2147483647]')} WHEN size > ${longest} THEN ${failWith(`Target length is above ${longest}, the longest text that the local engine makes`)} ELSE ${name}(x, CAST(size AS INTEGER), pad) END`;
}

/** The statements that define the macros; one may use those before it. */
export const MACRO_STATEMENTS: readonly string[] = MACROS.map(
  ([head, body]) => `CREATE OR REPLACE MACRO ${head} AS ${body}`,
);
