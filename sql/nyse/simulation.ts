/** An exchange that never was: ticks of a dozen symbols from a seed, with what goes wrong on a tape, and the right gold answers to them. */
import {
  type AnswerRows,
  createRandom,
  type Random,
  type SimulatedEvent,
  type SimulatedFile,
  type SimulatedTransaction,
  type Simulation,
  type SimulationOptions,
} from 'headwaters/simulator';
import { closeOf, isTradingDay, OPEN_MS, REGULAR_CLOSE_MS, wallToUtc } from './calendar.ts';
import type { Payloads } from './contracts.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const POST_MS = 20 * 60 * MINUTE;

const listed = [
  ['ibm', 'International Business Machines', 'Information Technology', 1_830_000],
  ['ge', 'General Electric', 'Industrials', 1_720_000],
  ['ko', 'Coca-Cola', 'Consumer Staples', 620_000],
  ['jpm', 'JPMorgan Chase', 'Financials', 2_010_000],
  ['xom', 'Exxon Mobil', 'Energy', 1_110_000],
  ['dis', 'Walt Disney', 'Communication Services', 980_000],
  ['ba', 'Boeing', 'Industrials', 1_790_000],
  ['cat', 'Caterpillar', 'Industrials', 3_450_000],
] as const;
const venues = ['N', 'P', 'Q', 'Z', 'K', 'D'] as const;
const venueWeights = [30, 12, 20, 10, 10, 18];

/** Masks of conditions with their weights: regular, intermarket sweep, trade-through exempt, odd lot, average price, derivatively priced. */
const masks = ['1', '20', '20000020', '80000000', '20100000', '20000200'] as const;
const maskWeights = [60, 15, 15, 7, 1.5, 1.5];
/** An ISO is in `20`; Form T and extended hours in 2000. */
const EXTENDED = '2000';
const OUT_OF_SEQUENCE = '4000';

interface Book {
  /** Times 10,000. */
  price: number;
  /** By day: the last number of a trade and of a quote. */
  readonly numbers: Map<string, { trade: number; quote: number }>;
  lastMs: number;
}

interface Reported {
  readonly symbol: string;
  readonly trade_date: string;
  readonly exchange: string;
  readonly sequence: number;
  readonly price_e4: number;
  readonly size: number;
  readonly corrected: boolean;
}

function simulate({ seed, events: wanted, now, days }: SimulationOptions) {
  const random = createRandom(seed);
  const trading = tradingDays(now, days);
  const times = tickTimes(trading, wanted, random.fork('times'));
  const books = new Map<string, Book>(
    listed.map(([symbol, , , price]) => [symbol, { price, numbers: new Map(), lastMs: 0 }]),
  );
  const reported: Reported[] = [];
  const draw = random.fork('ticks');
  const events = times.map(({ date, ms }, index) => {
    const symbol = listed[draw.weighted(listed.map((_, rank) => 1 / (rank + 1)))]![0];
    const kind = draw.weighted([36, 63, 1]);
    const open = kind === 2 && reported.findLast((one) => one.trade_date === date && !one.corrected);
    const tick = { id: `${seed}-${index}`, symbol, date, ms, random: draw, book: books.get(symbol)! };
    if (open) return correction(tick, open, reported);
    return kind === 1 ? quote(tick) : trade(tick, reported);
  });
  return {
    files: makeFiles(trading, random.fork('files')),
    events,
    transactions: orderFlow(seed, now, Math.min(10, Math.ceil(wanted / 1_000)), random.fork('orders')),
  };
}

/** Orders of the last hour in DynamoDB, placed a minute after each other and filled in part half a minute later. */
function orderFlow(seed: number, now: number, count: number, random: Random): SimulatedTransaction[] {
  return Array.from({ length: count }, (_, i) => {
    const [symbol, , , price] = random.pick(listed);
    const number = String(i + 1).padStart(4, '0');
    const order = {
      order_id: `o${seed}-${number}`,
      symbol,
      side: random.pick(['buy', 'sell'] as const),
      limit_price: price,
      quantity: random.integer(2, 20) * 100,
    };
    const shares = order.quantity / 2;
    const placedAt = now - 60 * MINUTE + i * MINUTE;
    const change = (remaining: number, time: number): SimulatedEvent => ({
      source: 'orders',
      id: `${order.order_id}/${remaining}`,
      time,
      subject: order.order_id,
      data: { ...order, remaining, changed_at: new Date(time).toISOString() },
    });
    const at = (time: number) => ({ changed_at: new Date(time).toISOString() });
    return [
      {
        name: 'place-order',
        input: { ...order, ...at(placedAt) },
        changes: [change(order.quantity, placedAt)],
      },
      {
        name: 'fill-order',
        input: {
          fill_id: `f${seed}-${number}`,
          order_id: order.order_id,
          symbol,
          shares,
          ...at(placedAt + MINUTE / 2),
        },
        changes: [change(order.quantity - shares, placedAt + MINUTE / 2)],
      },
    ];
  }).flat();
}

/** Days of a run: ticks come close together, so a few days of the span have them all. */
const MOST_DAYS = 6;

/** Days whose late session is over, spread over the span from its first to its last; the newest one at least. */
function tradingDays(now: number, days: number): string[] {
  const found: string[] = [];
  for (let ago = 0; ago < days || found.length === 0; ago++) {
    const date = new Date(now - ago * DAY).toISOString().slice(0, 10);
    if (isTradingDay(date) && wallToUtc(date, POST_MS) <= now) found.push(date);
  }
  const step = (found.length - 1) / (MOST_DAYS - 1);
  const places = Array.from({ length: MOST_DAYS }, (_, index) => Math.round(index * step));
  return [...new Set(places)].map((place) => found[place]!).reverse();
}

interface TickTime {
  readonly date: string;
  /** Since midnight in New York. */
  readonly ms: number;
}

/** Minutes of the session in which something happens, besides its first and last. */
const BUSY_MINUTES = 20;

/** Half of the ticks come in the minutes after the opening and before the closing: twenty times the mean of the session. */
function tickTimes(trading: readonly string[], count: number, random: Random): TickTime[] {
  const busy = new Map(
    trading.map((date) => [
      date,
      Array.from({ length: BUSY_MINUTES }, () =>
        random.integer(OPEN_MS / MINUTE, closeOf(date) / MINUTE - 1),
      ),
    ]),
  );
  return Array.from({ length: count }, () => {
    const date = random.pick(trading);
    const close = closeOf(date);
    const part = random.weighted([4, 25, 42, 25, 4]);
    const minute = random.pick(busy.get(date)!) * MINUTE;
    const [from, to] = [
      [OPEN_MS - 15 * MINUTE, OPEN_MS],
      [OPEN_MS, OPEN_MS + 5 * MINUTE],
      [minute, minute + MINUTE],
      [close - 5 * MINUTE, close],
      [close, close + 15 * MINUTE],
    ][part] as [number, number];
    return { date, ms: from + Math.floor(random.next() * (to - from)) };
  }).sort((a, b) => (a.date === b.date ? a.ms - b.ms : a.date < b.date ? -1 : 1));
}

interface Tick extends TickTime {
  readonly id: string;
  readonly symbol: string;
  readonly random: Random;
  readonly book: Book;
}

const event = <Source extends keyof Payloads>(
  { id, symbol, date, ms }: Tick,
  source: Source,
  data: Payloads[Source],
): SimulatedEvent => ({ source, id, time: wallToUtc(date, ms), subject: symbol, data });

const numbersOf = (book: Book, date: string) => {
  let numbers = book.numbers.get(date);
  if (!numbers) {
    numbers = { trade: 0, quote: 0 };
    book.numbers.set(date, numbers);
  }
  return numbers;
};

function trade(tick: Tick, reported: Reported[]): SimulatedEvent {
  const { symbol, date, ms, random, book } = tick;
  book.price = Math.max(10_000, book.price + random.integer(-3, 3) * 100);
  const numbers = numbersOf(book, date);
  numbers.trade += random.chance(0.004) ? random.integer(2, 6) : 1;
  const close = closeOf(date);
  const isExtended = ms < OPEN_MS || ms >= close;
  const isLate = random.chance(0.004);
  const isSuspicious = random.chance(0.003);
  const data = {
    symbol,
    trade_date: date,
    // Reported late: it was executed up to twenty seconds before.
    time_ms: isLate ? ms - random.integer(1000, 20_000) : ms,
    price_e4: isSuspicious ? book.price * 2 : book.price,
    size: random.chance(0.2) ? random.integer(1, 99) : random.integer(1, 30) * 100,
    exchange: venues[random.weighted(venueWeights)]!,
    sale_condition: isLate ? OUT_OF_SEQUENCE : isExtended ? EXTENDED : masks[random.weighted(maskWeights)]!,
    suspicious: isSuspicious,
    sequence: numbers.trade,
  };
  reported.push({ ...data, corrected: false });
  return event(tick, 'trades', data);
}

/** A row of the tape carries one side of a venue's quote. */
function quote(tick: Tick): SimulatedEvent {
  const { symbol, date, ms, random, book } = tick;
  const numbers = numbersOf(book, date);
  numbers.quote += 1;
  const isBid = random.chance(0.5);
  const price = book.price + (isBid ? -1 : 1) * random.integer(1, 4) * 100;
  const size = random.integer(1, 20) * 100;
  return event(tick, 'quotes', {
    symbol,
    trade_date: date,
    time_ms: ms,
    bid_e4: isBid ? price : 0,
    bid_size: isBid ? size : 0,
    ask_e4: isBid ? 0 : price,
    ask_size: isBid ? 0 : size,
    exchange: venues[random.weighted(venueWeights)]!,
    quote_condition: '1',
    suspicious: random.chance(0.001),
    sequence: numbers.quote,
  });
}

function correction(tick: Tick, trade: Reported, reported: Reported[]): SimulatedEvent {
  reported[reported.indexOf(trade)] = { ...trade, corrected: true };
  const { symbol, trade_date, exchange, sequence } = trade;
  const isCancel = tick.random.chance(0.5);
  const data = {
    symbol,
    trade_date,
    exchange,
    sequence,
    kind: isCancel ? ('cancel' as const) : ('correct' as const),
    corrected_at_ms: tick.ms,
    ...(!isCancel && { price_e4: trade.price_e4 + 500, size: trade.size + 100 }),
  };
  return event({ ...tick, symbol }, 'corrections', data);
}

function makeFiles(trading: readonly string[], random: Random): SimulatedFile[] {
  const csv = (rows: ReadonlyArray<ReadonlyArray<string | number>>) =>
    `${rows.map((row) => row.join(',')).join('\n')}\n`;
  const header = ['symbol', 'security', 'sector', 'industry', 'headquarters', 'valid_from'];
  const first = listed.map(([symbol, security, sector]) => [
    symbol.toUpperCase(),
    security,
    sector,
    `${sector} of old`,
    'New York',
    '',
  ]);
  const moved = listed
    .filter(() => random.chance(0.4))
    .map(([symbol, security, sector]) => [
      symbol.toUpperCase(),
      security,
      sector,
      `${sector} of today`,
      'Boston',
      trading[0]!,
    ]);
  const sessions = trading.map((date) => [date, OPEN_MS, closeOf(date)]);
  return [
    { source: 'symbols', name: 'symbols.csv', body: csv([header, ...first]) },
    { source: 'symbols', name: 'symbols-changes.csv', body: csv([header, ...moved]) },
    {
      source: 'sessions',
      name: 'sessions.csv',
      body: csv([['trade_date', 'open_ms', 'close_ms'], ...sessions]),
    },
  ];
}

type Trade = Payloads['trades'] & { status: 'reported' | 'corrected' | 'cancelled' };

/** Masks by what they do not count towards; the truth has them written out, as the models have them from a table. */
const noLast = ['80000000', '20100000', '20000200', EXTENDED, OUT_OF_SEQUENCE];
const noRange = ['80000000', '20100000', EXTENDED];

function expectedAnswers(
  _files: readonly SimulatedFile[],
  events: readonly SimulatedEvent[],
): Record<string, AnswerRows> {
  const trades = standing(events);
  const counting = trades.filter(({ status }) => status !== 'cancelled');
  const dates = new Set(
    events.flatMap(({ source, data }) =>
      source === 'trades' || source === 'quotes' ? [String(data.trade_date)] : [],
    ),
  );
  return {
    market_overview: [
      {
        symbols: String(new Set(counting.map(({ symbol }) => symbol)).size),
        trades: String(counting.length),
        shares: String(total(counting, ({ size }) => size)),
        turnover: decimal(roundedTo(notional(counting), 2n), 2),
      },
    ],
    last_day: lastDays(counting),
    volume_by_session: grouped(counting, sessionOf).map(([session, rows]) => ({
      session,
      trades: String(rows.length),
      shares: String(total(rows, ({ size }) => size)),
    })),
    venues: venueShares(counting),
    quality: quality(trades),
    sessions: sessionDays(dates),
    profile: profile(counting),
  };
}

/** The trades as corrections leave them. */
function standing(events: readonly SimulatedEvent[]): Trade[] {
  const keyOf = ({ data }: SimulatedEvent) =>
    [data.symbol, data.trade_date, data.exchange, data.sequence].join('/');
  const corrections = new Map<string, Payloads['corrections']>();
  for (const one of events)
    if (one.source === 'corrections') corrections.set(keyOf(one), one.data as Payloads['corrections']);
  return events
    .filter(({ source }) => source === 'trades')
    .map((one) => {
      const data = one.data as Payloads['trades'];
      const found = corrections.get(keyOf(one));
      if (!found) return { ...data, status: 'reported' };
      if (found.kind === 'cancel') return { ...data, status: 'cancelled' };
      return { ...data, price_e4: found.price_e4!, size: found.size!, status: 'corrected' };
    });
}

/** Groups in the order of their names. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): [string, Item[]][] {
  return [...Map.groupBy(items, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1));
}

const total = <Item>(items: readonly Item[], of: (item: Item) => number) =>
  items.reduce((sum, item) => sum + of(item), 0);

/** USD times 10,000. */
const notional = (trades: readonly Trade[]) =>
  trades.reduce((sum, { price_e4, size }) => sum + BigInt(price_e4) * BigInt(size), 0n);

/** Whole units of 10^-scale as a decimal's text. */
function decimal(units: bigint, scale: number): string {
  const digits = String(units).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Ten-thousandths to `digits` digits after the point, rounded half up. */
const roundedTo = (e4: bigint, digits: bigint) => {
  const unit = 10n ** (4n - digits);
  return (2n * e4 + unit) / (2n * unit);
};

/** a / b in units of 10^-digits, rounded half up. */
const quotient = (a: bigint, b: bigint, digits: number) => (2n * a * 10n ** BigInt(digits) + b) / (2n * b);

function sessionOf({ time_ms, trade_date }: Trade): string {
  if (time_ms < OPEN_MS) return 'pre';
  return time_ms >= closeOf(trade_date) ? 'post' : 'regular';
}

function lastDays(trades: readonly Trade[]): AnswerRows {
  return grouped(trades, ({ symbol }) => symbol.toUpperCase()).map(([symbol, own]) => {
    const trade_date = own
      .map((one) => one.trade_date)
      .sort()
      .at(-1)!;
    const day = own.filter((one) => one.trade_date === trade_date);
    const priced = day.filter(({ suspicious }) => !suspicious);
    const ordered = priced
      .filter(({ sale_condition }) => !noLast.includes(sale_condition))
      .sort((a, b) => a.time_ms - b.time_ms || a.sequence! - b.sequence!);
    const range = priced
      .filter(({ sale_condition }) => !noRange.includes(sale_condition))
      .map(({ price_e4 }) => price_e4);
    const usd = (e4: number | undefined) => (e4 === undefined ? null : decimal(BigInt(e4), 4));
    const volume = total(day, ({ size }) => size);
    const pricedVolume = total(priced, ({ size }) => size);
    return {
      symbol,
      trade_date,
      open: usd(ordered[0]?.price_e4),
      high: usd(range.length ? Math.max(...range) : undefined),
      low: usd(range.length ? Math.min(...range) : undefined),
      close: usd(ordered.at(-1)?.price_e4),
      volume: String(volume),
      vwap: priced.length ? decimal(quotient(notional(priced), BigInt(pricedVolume) * 10_000n, 6), 6) : null,
    };
  });
}

function venueShares(trades: readonly Trade[]): AnswerRows {
  const all = BigInt(total(trades, ({ size }) => size));
  return grouped(trades, ({ exchange }) => exchange)
    .map(([exchange, rows]) => ({ exchange, shares: total(rows, ({ size }) => size) }))
    .sort((a, b) => b.shares - a.shares || (a.exchange < b.exchange ? -1 : 1))
    .map(({ exchange, shares }) => ({
      exchange,
      shares: String(shares),
      share: decimal(quotient(BigInt(shares), all, 6), 6),
    }));
}

function quality(trades: readonly Trade[]): AnswerRows {
  let outOfSequence = 0;
  let gaps = 0;
  let missing = 0;
  for (const [, own] of grouped(trades, ({ symbol, trade_date }) => `${symbol}/${trade_date}`)) {
    const numbered = own.toSorted((a, b) => a.sequence! - b.sequence!);
    let latest = -1;
    for (const [index, { time_ms, sequence }] of numbered.entries()) {
      if (time_ms < latest) outOfSequence += 1;
      latest = Math.max(latest, time_ms);
      const step = index === 0 ? 1 : sequence! - numbered[index - 1]!.sequence!;
      if (step > 1) gaps += 1;
      if (step > 1) missing += step - 1;
    }
  }
  const count = (of: (trade: Trade) => boolean) => String(trades.filter(of).length);
  return [
    {
      trades: String(trades.length),
      shares: String(total(trades, ({ size }) => size)),
      suspicious: count(({ suspicious }) => suspicious),
      corrected: count(({ status }) => status === 'corrected'),
      cancelled: count(({ status }) => status === 'cancelled'),
      out_of_sequence: String(outOfSequence),
      gaps: String(gaps),
      missing: String(missing),
    },
  ];
}

function sessionDays(dates: ReadonlySet<string>): AnswerRows {
  const kinds = [...dates].map((date) => {
    const offset = (Date.parse(`${date}T00:00:00Z`) + OPEN_MS - wallToUtc(date, OPEN_MS)) / 3_600_000;
    return { offset, half: closeOf(date) < REGULAR_CLOSE_MS };
  });
  return grouped(kinds, ({ offset, half }) => `${offset + 12} ${half}`).map(([, rows]) => ({
    utc_offset_hours: String(rows[0]!.offset),
    is_half_day: String(rows[0]!.half),
    days: String(rows.length),
  }));
}

function profile(trades: readonly Trade[]): AnswerRows {
  const halfHour = ({ time_ms }: Trade) => {
    const minutes = Math.floor(time_ms / (30 * MINUTE)) * 30;
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  };
  return grouped(trades, halfHour)
    .map(([half_hour, rows]) => ({ half_hour, shares: total(rows, ({ size }) => size), trades: rows.length }))
    .sort((a, b) => b.shares - a.shares || (a.half_hour < b.half_hour ? -1 : 1))
    .slice(0, 5)
    .map(({ half_hour, shares, trades: count }) => ({
      half_hour,
      shares: String(shares),
      trades: String(count),
    }));
}

export default { simulate, expectedAnswers } satisfies Simulation;
