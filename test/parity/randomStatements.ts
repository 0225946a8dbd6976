/** Random statements from a seed: expressions, casts, dates, text, JSON, joins and groupings, for Trino to judge. */

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NUMBER_TEXTS = [
  '1',
  '12',
  '-3',
  '+4',
  ' 5',
  '6 ',
  '7.5',
  '.5',
  '8.',
  '1e3',
  '1E-2',
  'abc',
  '',
  '0',
  '-0',
  '1.005',
  '99999999999',
  '2147483648',
  '1,5',
  '1_0',
  'NaN',
  '0x1',
  '1d',
  '007',
  '--1',
  '123456789012345678901234567890',
  '-.5',
  '5e',
];
const TIME_TEXTS = [
  '2024-1-5',
  '2024-02-30',
  '2024-01-01T00:00:00',
  '2024/01/01',
  '',
  '2024-01-01 1:2:3',
  '2024-01-01 10',
  ' 2024-01-01 10:00',
  '2024-01-01 10:00:60',
  '2024-01-01 10:00:00 ',
];
const LETTERS = [...'abcABC012 ,-é日.%_'];

type Maker = () => string;

const CALENDAR = ['day', 'week', 'month', 'quarter', 'year'];
const UNITS = ['second', 'minute', 'hour', ...CALENDAR];

type Values = ReturnType<typeof createValues>;

/** Literals of every type. */
function createValues(random: () => number) {
  const int = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const pick = <T>(list: readonly T[]): T => list[int(0, list.length - 1)]!;
  const choose = (makers: readonly (() => string)[]) => pick(makers)();
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const two = (value: number) => String(value).padStart(2, '0');

  const date = () =>
    new Date(Date.UTC(int(1995, 2030), int(0, 11), pick([1, 15, 28, 29, 30, 31]))).toISOString().slice(0, 10);
  const clock = () => `${two(int(0, 23))}:${two(int(0, 59))}:${two(int(0, 59))}`;
  const time = () => `${date()} ${clock()}${pick(['', '.5', '.123', '.999999', '.000001'])}`;
  const word = () => Array.from({ length: int(0, 8) }, () => pick(LETTERS)).join('');
  const decimal = () => {
    const digits = Array.from({ length: int(0, 6) }, () => int(0, 9)).join('');
    return `${random() < 0.3 ? '-' : ''}${int(1, 10 ** int(1, 9) - 1)}${digits && `.${digits}`}`;
  };
  const json = (depth = 0): string =>
    choose([
      () => String(int(-1000, 1000)),
      decimal,
      () => `"${pick(['x', 'é', 'a\\"b', '', '\\u0041', '1.0'])}"`,
      () => pick(['true', 'null', '1e5', '1.50', '-0.0', '12345678901234567']),
      () => (depth > 2 ? '[]' : `[${json(depth + 1)},${json(depth + 1)}]`),
      () =>
        depth > 2
          ? '{}'
          : `{${['a', 'b', 'c'].map((key) => `"${key}":${pick(['', ' '])}${json(depth + 1)}`).join(',')}}`,
    ]);
  const document = () => {
    const text = `{"a":${json()},"b":${json()},"c":${json()}}`;
    return quote(random() < 0.05 ? text.slice(0, int(1, text.length)) : text);
  };
  const zonedTime = () =>
    choose([
      () => `TIMESTAMP '${time()} ${pick(['UTC', '+05:30', '-08:00'])}'`,
      () => `from_iso8601_timestamp('${date()}T${clock()}${pick(['Z', '+02:00', '-03:30'])}')`,
    ]);
  return { int, pick, choose, quote, date, clock, time, word, decimal, document, zonedTime };
}

type Terms = ReturnType<typeof createTerms>;

/** Tables of five columns, and expressions over one of them. */
function createTerms({ int, pick, choose }: Values) {
  const table = (name: string) => {
    const row = () =>
      `(${pick(['1', '2', '3', 'null'])}, ${pick(["'x'", "'y'", "'z'", 'null'])}, ${pick(['1.50', '2.25', '0.10', '-3.33', 'null'])}, ${pick(["DATE '2024-01-31'", "DATE '2024-02-29'", 'null'])}, ${pick(['1e0', '2.5e0', '-1e1', 'nan()', 'null'])})`;
    return `(VALUES ${Array.from({ length: int(1, 5) }, row).join(', ')}, (1, 'x', 1.50, DATE '2024-03-01', 5e-1)) AS ${name}(a, b, c, d, e)`;
  };
  const numeric = (t: string, depth = 0): string => {
    if (depth > 2) return `${t}.a`;
    const inner = () => numeric(t, depth + 1);
    return choose([
      () => `${t}.${pick(['a', 'c', 'e'])}`,
      () => pick([String(int(0, 5)), `${int(1, 9)}.${int(0, 99)}`]),
      () => `(${inner()} ${pick(['+', '-', '*'])} ${inner()})`,
      () => `coalesce(${inner()}, ${inner()})`,
      () => `CASE WHEN ${condition(t, depth + 1)} THEN ${inner()} ELSE ${inner()} END`,
      () => `nullif(${inner()}, 1)`,
      () => `abs(${inner()})`,
      () => pick([`length(${t}.b)`, `day(${t}.d)`]),
      () => `(${inner()} / ${int(1, 7)})`,
      () => `CAST(${inner()} AS ${pick(['double', 'decimal(12,3)', 'bigint'])})`,
    ]);
  };
  const condition = (t: string, depth = 0): string => {
    if (depth > 2) return `${t}.a > 1`;
    const inner = () => condition(t, depth + 1);
    const value = () => numeric(t, depth + 1);
    return choose([
      () => `${value()} ${pick(['=', '<', '>', '<=', '>=', '<>'])} ${value()}`,
      () => `${t}.b ${pick(['=', '<', '>', '<>', 'LIKE'])} ${pick(["'x'", "'y'", "'_'"])}`,
      () => `(${inner()} ${pick(['AND', 'OR'])} ${inner()})`,
      () => `NOT (${inner()})`,
      () => `${t}.${pick(['a', 'b', 'c', 'd', 'e'])} IS ${pick(['', 'NOT '])}NULL`,
      () => `${t}.a ${pick(['', 'NOT '])}IN (1, ${pick(['2', 'null', '3'])})`,
      () => `${value()} BETWEEN ${int(-2, 1)} AND ${int(1, 4)}`,
      () => `${value()} IS ${pick(['', 'NOT '])}DISTINCT FROM ${value()}`,
    ]);
  };
  const aggregate = (t: string) =>
    choose([
      () =>
        pick([
          'count(*)',
          `count(${t}.b)`,
          `count(DISTINCT ${t}.a)`,
          `max_by(${t}.b, ${t}.d)`,
          `stddev(${t}.c)`,
        ]),
      () => `${pick(['sum', 'avg', 'min', 'max'])}(${numeric(t, 1)})`,
      () => `${pick(['count_if', 'bool_or', 'bool_and'])}(${condition(t, 1)})`,
      () => `sum(${t}.a) FILTER (WHERE ${condition(t, 1)})`,
      () => `array_sort(array_agg(${t}.${pick(['a', 'b', 'c'])}))`,
    ]);
  return { table, numeric, condition, aggregate };
}

/** Calendar arithmetic, formats and zones. */
const timeStatements = ({ int, pick, date, clock, time }: Values): Maker[] => [
  () =>
    `SELECT date_diff('${pick(CALENDAR)}', DATE '${date()}', DATE '${date()}'), date_diff('${pick(UNITS)}', TIMESTAMP '${time()}', TIMESTAMP '${time()}')`,
  () =>
    `SELECT date_add('${pick(CALENDAR)}', ${int(-40, 40)}, DATE '${date()}'), date_add('${pick(UNITS)}', ${int(-400, 400)}, TIMESTAMP '${time()}'), date_trunc('${pick(UNITS)}', TIMESTAMP '${time()}'), week(DATE '${date()}'), year_of_week(DATE '${date()}')`,
  () =>
    `SELECT date_format(TIMESTAMP '${time()}', '%Y-%m-%d %H:%i:%s.%f %j %a %b %e %k %l %p %x %v %y'), format_datetime(TIMESTAMP '${time()}', 'yyyy-MM-dd HH:mm:ss.SSS EEE MMM d H h a D'), CAST(TIMESTAMP '${time()}' AS timestamp(${int(0, 6)})), CAST(TIMESTAMP '${time()}' AS varchar)`,
  () =>
    `SELECT TIMESTAMP '${time()}' AT TIME ZONE '${pick(['America/New_York', 'Europe/Paris', 'Asia/Kolkata', '+05:30', '-08:00'])}', CAST(TIMESTAMP '${time()} ${pick(['America/New_York', '+02:00'])}' AS timestamp), from_iso8601_timestamp('${date()}T${clock()}${pick(['', '.1', '.123456'])}${pick(['Z', '', '+02:00', '-0530'])}')`,
];

/** Casts of texts, arithmetic and rounding. */
const numberStatements = ({ int, pick, quote, date, time, decimal }: Values): Maker[] => [
  () =>
    `SELECT TRY_CAST(${quote(pick(NUMBER_TEXTS))} AS ${pick(['integer', 'bigint', 'double', 'decimal(10,2)', 'tinyint', 'real', 'boolean'])})`,
  () =>
    `SELECT TRY_CAST(${quote(pick([...TIME_TEXTS, date(), time()]))} AS ${pick(['date', 'timestamp(3)', 'timestamp(6)', 'timestamp(0)'])})`,
  () =>
    `SELECT ${decimal()} ${pick(['+', '-', '*', '/', '%'])} ${decimal()}, ${int(-100, 100)} ${pick(['+', '-', '*'])} ${decimal()}`,
  () =>
    `SELECT round(${decimal()}, ${int(0, 4)}), round(${decimal()}), floor(${decimal()}), ceil(${decimal()}), truncate(${decimal()}), round(${decimal()}e0, ${int(-2, 4)}), CAST(${decimal()}e${int(-8, 12)} AS varchar), CAST(${decimal()}e${int(-3, 6)} AS decimal(20,3))`,
  () =>
    `SELECT avg(a), sum(a), sum(a) / count(*) FROM (VALUES ${decimal()}, ${decimal()}, ${decimal()}) AS t(a)`,
];

/** Functions of texts, patterns and JSON. */
const textStatements = ({ int, pick, quote, word, document }: Values): Maker[] => [
  () =>
    `SELECT substr(${quote(word())}, ${int(-6, 6)}), substr(${quote(word())}, ${int(-6, 6)}, ${int(-1, 5)}), split(${quote(word())}, ${quote(pick([',', 'a']))}), lpad(${quote(word())}, ${int(0, 10)}, 'xé'), strpos(${quote(word())}, 'a'), replace(${quote(word())}, 'b', ${quote(word())}), reverse(${quote(word())}), upper(${quote(word())}), ${quote(word())} LIKE ${quote(pick(['a%', '_', '%é%']))}, ${quote(word())} < ${quote(word())}`,
  () =>
    `SELECT regexp_like(${quote(word())}, ${quote(pick(['[a-c]+', '^\\w*$', '\\d', '[^a]', 'a|b', '\\S+']))}), regexp_extract(${quote(word())}, ${quote(pick(['[a-c]+', '(\\d+)', '.$', '[^ ,]+']))}), regexp_replace(${quote(word())}, ${quote(pick(['[a-c]', '\\s', '\\W']))}, ${quote(pick(['', '<$0>']))})`,
  () => {
    const text = document();
    return `SELECT json_extract_scalar(${text}, '$.${pick(['a', 'b', 'a.b', 'c.c'])}'), json_extract_scalar(${text}, '$.a[${int(0, 1)}]'), json_extract(${text}, '$.${pick(['a', 'b', 'a.b'])}'), TRY(json_parse(${text}))`;
  },
  () =>
    `SELECT TRY_CAST(json_extract(${document()}, '$.a') AS ${pick(['integer', 'varchar', 'double', 'decimal(10,2)', 'boolean'])}), TRY_CAST(json_extract_scalar(d, '$.b') AS ${pick(['integer', 'double', 'date'])}) FROM (VALUES ${document()}) AS t(d)`,
];

/** Joins, groups, sets, sub-queries and windows over small tables. */
const tableStatements = ({ pick }: Values, { table, numeric, condition, aggregate }: Terms): Maker[] => [
  () =>
    `SELECT ${numeric('t')}, ${condition('t')}, ${numeric('t')} FROM ${table('t')} WHERE ${condition('t')}`,
  () =>
    `SELECT t.a, t.b, u.a, u.c FROM ${table('t')} ${pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])} ${table('u')} ON t.a = u.a AND ${condition('u', 1)} WHERE ${condition('t', 1)}`,
  () =>
    `SELECT t.b, ${aggregate('t')}, ${aggregate('t')} FROM ${table('t')} GROUP BY t.b HAVING ${aggregate('t')} IS NOT NULL`,
  () =>
    `SELECT t.a, t.b, ${aggregate('t')}, grouping(t.a, t.b) FROM ${table('t')} GROUP BY ${pick(['ROLLUP', 'CUBE'])} (t.a, t.b)`,
  () =>
    `SELECT a FROM ${table('t')} ${pick(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'])} SELECT ${pick(['a', 'c', 'a + 1'])} FROM ${table('u')}`,
  () =>
    `SELECT t.a, (SELECT ${aggregate('u')} FROM ${table('u')} WHERE u.a = t.a) FROM ${table('t')} WHERE t.a ${pick(['', 'NOT '])}IN (SELECT u.a FROM ${table('u')} WHERE ${condition('u', 1)})`,
  () =>
    `SELECT t.a, sum(t.c) OVER (PARTITION BY t.b), max(${numeric('t', 1)}) OVER (PARTITION BY t.a), count(${numeric('t', 1)}) OVER () FROM ${table('t')}`,
];

/** Zoned times, escapes, bits, formats and lambdas. */
const functionStatements = ({ int, pick, quote, word, decimal, zonedTime }: Values): Maker[] => [
  () =>
    `SELECT date_trunc('${pick(CALENDAR)}', ${zonedTime()}), date_add('${pick(UNITS)}', ${int(-40, 40)}, ${zonedTime()}), date_diff('${pick(UNITS)}', ${zonedTime()}, ${zonedTime()}), ${zonedTime()} ${pick(['+', '-'])} INTERVAL '${int(1, 40)}' ${pick(['DAY', 'HOUR', 'MONTH'])}, to_iso8601(${zonedTime()})`,
  () =>
    `SELECT ${quote(word())} LIKE ${quote(word().replaceAll('#', ''))} ESCAPE '#', regexp_like(v, p), regexp_replace(v, p, '<$0>'), regexp_extract(v, p), regexp_split(v, p), regexp_count(v, p) FROM (VALUES (${quote(word())}, ${quote(pick(['a(?=b)', '(?<![abc])[abc]', '\\b\\w', '[^a-c]+', 'x*', '(?i)B', '.']))})) AS t(v, p)`,
  () =>
    `SELECT bitwise_left_shift(${int(-99, 99)}, ${int(0, 40)}), bitwise_right_shift(${int(-99, 99)}, ${int(0, 40)}), bit_count(${int(-99, 99)}, 64), from_base(to_base(${int(0, 9999)}, ${int(2, 36)}), 36), format('%,d|%05d|%.2f|%8.1f', ${int(-99999, 99999)}, ${int(-99, 99)}, ${decimal()}e0, ${decimal()}), CAST(CAST(${decimal()} AS real) AS varchar), CAST(${decimal()}e0 / ${int(1, 9)} AS varchar), truncate(${decimal()}, ${int(-2, 3)}), round(${decimal()}, ${int(-3, 3)})`,
  () =>
    `SELECT array_sort(l, (x, y) -> ${pick(['IF(x < y, 1, IF(x = y, 0, -1))', 'sign(x % 3 - y % 3)'])}), reduce(l, 0, (s, x) -> s + coalesce(x, 1), s -> s * 2), ngrams(l, ${int(1, 3)}), combinations(l, ${int(0, 3)}), array_histogram(l), transform_keys(map_agg(r, r), (k, v) -> k + ${int(1, 3)}) FROM (VALUES (ARRAY[${Array.from({ length: int(1, 5) }, () => int(0, 5)).join(', ')}], 1)) AS t(l, r) GROUP BY l`,
];

/** Frames, ties, recursion and orders. */
const rowOrderStatements = ({ int, pick }: Values, { table }: Terms): Maker[] => [
  () =>
    `SELECT t.a, count(*) OVER (ORDER BY t.a RANGE BETWEEN ${int(0, 2)} PRECEDING AND ${int(0, 2)} FOLLOWING), sum(t.a) OVER (ORDER BY t.d${pick(['', ' DESC'])} RANGE BETWEEN INTERVAL '${int(1, 40)}' ${pick(['DAY', 'MONTH'])} PRECEDING AND CURRENT ROW) FROM ${table('t')}`,
  () =>
    `SELECT a, count(*) FROM (SELECT t.a FROM ${table('t')} ORDER BY t.a${pick(['', ' DESC'])} FETCH FIRST ${int(1, 3)} ROWS WITH TIES) GROUP BY a ORDER BY a`,
  () =>
    `WITH RECURSIVE r(n, p) AS (SELECT a, c FROM ${table('t')} UNION ALL SELECT n + 1, p FROM r WHERE n < ${int(1, 6)}) SELECT n, count(*), max(p) FROM r GROUP BY n`,
  () =>
    `SELECT max(t.a, 2), min(t.b, 2), multimap_agg(t.a, t.d ORDER BY t.d), map_union(map(ARRAY[coalesce(t.a, 0)], ARRAY[0])), approx_percentile(t.a, ARRAY[0.1, 0.5, 0.9]), geometric_mean(t.a), count(*) FROM ${table('t')}`,
  () =>
    `SELECT a, b, c FROM ${table('t')} ORDER BY a${pick([' DESC', '', ' NULLS FIRST'])}, b${pick([' DESC', ''])}, c, d, e LIMIT ${int(1, 4)}`,
];

/** A function that gives one statement after the other. */
export function createStatements(seed: number): () => string {
  const values = createValues(createRandom(seed));
  const terms = createTerms(values);
  const makers = [
    ...timeStatements(values),
    ...numberStatements(values),
    ...textStatements(values),
    ...tableStatements(values, terms),
    ...functionStatements(values),
    ...rowOrderStatements(values, terms),
  ];
  return () => values.choose(makers);
}
