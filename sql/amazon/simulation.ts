/** A shop that never was: visits, orders, payments, parcels, reviews and stock from a seed, and the right gold answers to them. */
import {
  type AnswerRows,
  createRandom,
  popularity,
  type Random,
  type Rhythm,
  type SimulatedEvent,
  type SimulatedFile,
  type SimulatedTransaction,
  type Simulation,
  type SimulationOptions,
  sampleTimes,
} from 'headwaters/simulator';
import type { Payloads } from './contracts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** People shop in the evening, and more at the weekend's start than at its end. */
const rhythm: Rhythm = {
  hours: [3, 2, 1, 1, 1, 2, 4, 6, 8, 10, 11, 12, 13, 12, 11, 11, 12, 14, 17, 20, 21, 18, 12, 6],
  days: [1.1, 1.0, 1.0, 1.05, 1.2, 0.95, 0.8],
};

const categories = ['Phone', 'Laptop', 'Audio', 'Home', 'Books', 'Toys', 'Garden', 'Fashion'] as const;
const segments = ['VIP', 'Regular', 'New', 'Business'] as const;
const states = ['CA', 'NY', 'TX', 'WA', 'FL', 'IL', 'MA', 'OR'] as const;
const devices = ['desktop', 'mobile', 'tablet'] as const;
const methods = ['credit_card', 'credit_card', 'debit_card', 'gift_card', 'voucher'] as const;
const carriers = ['Northwind Express', 'Parcel One', 'Harbour Line'] as const;

/** Events that a visit leads to on average; the rest, up to the number asked for, are visits of one view. */
const EVENTS_PER_VISIT = 6.6;

const iso = (ms: number) => new Date(ms).toISOString();
const price = (cents: number) => Number((cents / 100).toFixed(2));
const csv = (rows: ReadonlyArray<ReadonlyArray<string | number>>) =>
  `${rows.map((row) => row.join(',')).join('\n')}\n`;

type ShopEvent<Source extends keyof Payloads> = SimulatedEvent & {
  readonly source: Source;
  readonly data: Payloads[Source];
};
type Emit = <Source extends keyof Payloads>(event: ShopEvent<Source>) => void;

interface Product {
  readonly id: string;
  readonly cents: number;
  readonly seller: string | undefined;
  stock: number;
}

function simulate({ seed, events: wanted, now, days }: SimulationOptions) {
  const random = createRandom(seed);
  const start = now - days * DAY;
  const customers = Math.max(20, Math.round(wanted / 60));
  const products = makeProducts(seed, random.fork('products'));
  const sellers = [...new Set(products.flatMap(({ seller }) => seller ?? []))].sort();
  const counterOrderCount = Math.min(10, Math.ceil(wanted / 1_000));
  const counterCustomers = Math.ceil(counterOrderCount / 2);
  const files = makeFiles(
    seed,
    customers + counterCustomers,
    products,
    sellers,
    start,
    now,
    random.fork('files'),
  );

  const events: SimulatedEvent[] = [];
  const emit: Emit = (event) => {
    if (event.time <= now) events.push(event);
  };
  const visits = Math.max(1, Math.floor(wanted / EVENTS_PER_VISIT));
  const visitRandom = random.fork('visits');
  const drawCustomer = popularity(customers, 0.6, random.fork('customers'));
  const drawProduct = popularity(products.length, 0.9, random.fork('popularity'));
  sampleTimes(rhythm, start, now, visits, random.fork('times')).forEach((time, visit) => {
    makeVisit({ seed, visit, time, random: visitRandom, drawCustomer, drawProduct, products, emit });
  });

  const exact = fitTo(wanted, events, {
    seed,
    start,
    now,
    random: random.fork('fit'),
    drawProduct,
    products,
  });
  const transactions = counterOrders({
    seed,
    orders: counterOrderCount,
    now,
    random: random.fork('counter'),
    customers: Array.from({ length: counterCustomers }, (_, i) => customerId(seed, customers + i)),
    drawProduct,
    products,
  });
  return { files, events: exact.sort((a, b) => a.time - b.time), transactions };
}

/** Warehouse whose stock only transactions change, so that DynamoDB and the lake tell the same of it. */
const COUNTER = 'w2';

/**
 * Orders of the last hour that are placed in DynamoDB, from a shelf that is filled there first; each a minute after the
 * other, by customers who order nowhere else.
 */
function counterOrders(world: {
  readonly seed: number;
  readonly orders: number;
  readonly now: number;
  readonly random: Random;
  readonly customers: readonly string[];
  readonly drawProduct: () => number;
  readonly products: readonly Product[];
}): SimulatedTransaction[] {
  const { seed, now, random, products } = world;
  const start = now - HOUR;
  const orders = Array.from({ length: world.orders }, (_, i) => ({
    id: `n${seed}-${String(i + 1).padStart(4, '0')}`,
    customer: world.customers[i % world.customers.length]!,
    method: random.pick(methods),
    placedAt: start + (i + 1) * MINUTE,
    items: [
      ...new Set(Array.from({ length: random.integer(1, 3) }, () => products[world.drawProduct()]!)),
    ].map((product) => ({ product, quantity: random.weighted([8, 2, 1]) + 1 })),
  }));
  const needed = new Map<Product, number>();
  for (const { product, quantity } of orders.flatMap(({ items }) => items))
    needed.set(product, (needed.get(product) ?? 0) + quantity);
  const onHand = new Map<Product, number>();
  const counted = (product: Product, change: number, time: number): SimulatedEvent => {
    const units = (onHand.get(product) ?? 0) + change;
    onHand.set(product, units);
    return {
      source: 'inventory',
      id: `${product.id}/${COUNTER}/${time}`,
      time,
      subject: product.id,
      data: { product_id: product.id, warehouse_id: COUNTER, on_hand: units, counted_at: iso(time) },
    };
  };
  const received = [...needed].map(([product, units], i): SimulatedTransaction => {
    const quantity = units + random.integer(0, 20);
    const time = start + i;
    return {
      name: 'receive-stock',
      input: {
        delivery_id: `d${seed}-${String(i + 1).padStart(4, '0')}`,
        product_id: product.id,
        warehouse_id: COUNTER,
        quantity,
        counted_at: iso(time),
      },
      changes: [counted(product, quantity, time)],
    };
  });
  const placed = orders.map(({ id, customer, method, placedAt, items }): SimulatedTransaction => {
    const about = (source: string, suffix: string, data: SimulatedEvent['data']): SimulatedEvent => ({
      source,
      id: `${id}/${suffix}`,
      time: placedAt,
      subject: id,
      data: { order_id: id, ...data },
    });
    const amount = items.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0);
    const lines = items.map(({ product, quantity }) => ({
      product_id: product.id,
      ...(product.seller ? { seller_id: product.seller } : {}),
      quantity,
      unit_price: price(product.cents),
    }));
    return {
      name: 'place-order',
      input: {
        order_id: id,
        customer_id: customer,
        warehouse_id: COUNTER,
        method,
        placed_at: iso(placedAt),
        items: lines,
      },
      changes: [
        about('orders', 'created', { customer_id: customer, status: 'created', purchased_at: iso(placedAt) }),
        about('payments', 'payment', { payment_number: 1, method, amount: price(amount) }),
        ...lines.map((line, i) => about('order_items', `line-${i + 1}`, { line_number: i + 1, ...line })),
        ...items.map(({ product, quantity }) => counted(product, -quantity, placedAt)),
      ],
    };
  });
  return [...received, ...placed];
}

function makeProducts(seed: number, random: Random): Product[] {
  return Array.from({ length: 240 }, (_, i) => ({
    id: `p${seed}-${String(i + 1).padStart(4, '0')}`,
    cents: Math.round(500 + random.exponential(9_000)),
    seller: random.chance(0.7) ? `s${seed}-${String(random.integer(1, 24)).padStart(3, '0')}` : undefined,
    stock: random.integer(15, 60),
  }));
}

function makeFiles(
  seed: number,
  customers: number,
  products: readonly Product[],
  sellers: readonly string[],
  start: number,
  now: number,
  random: Random,
): SimulatedFile[] {
  const header = ['customer_id', 'name', 'segment', 'zip_prefix', 'city', 'state', 'updated_at'];
  const opened = iso(start - 30 * DAY);
  const first: (string | number)[][] = [];
  const moved: (string | number)[][] = [];
  for (let i = 0; i < customers; i++) {
    const id = customerId(seed, i);
    const segment = random.weighted([1, 6, 2, 1]);
    const state = random.pick(states);
    const zip = String(random.integer(0, 99_999)).padStart(5, '0');
    first.push([id, `Customer ${i + 1}`, segments[segment]!, zip, `City ${zip.slice(0, 2)}`, state, opened]);
    if (random.chance(0.06)) {
      const since = iso(Math.floor(start + random.next() * (now - start)));
      const next = segments[(segment + 1) % segments.length]!;
      moved.push([id, `Customer ${i + 1}`, next, zip, `City ${zip.slice(0, 2)}`, random.pick(states), since]);
    }
  }
  const productLines = products.map(({ id }, i) =>
    JSON.stringify({
      product_id: id,
      name: `${categories[i % categories.length]} ${i + 1}`,
      category: categories[i % categories.length],
      photos: random.integer(1, 9),
      weight_g: random.integer(50, 20_000),
      updated_at: opened,
    }),
  );
  return [
    { source: 'customers', name: 'customers.csv', body: csv([header, ...first]) },
    { source: 'customers', name: 'customers-changes.csv', body: csv([header, ...moved]) },
    { source: 'products', name: 'products.ndjson', body: `${productLines.join('\n')}\n` },
    {
      source: 'sellers',
      name: 'sellers.csv',
      body: csv([
        ['seller_id', 'city', 'state', 'updated_at'],
        ...sellers.map((seller) => [seller, 'Market Town', random.pick(states), opened]),
      ]),
    },
  ];
}

const customerId = (seed: number, index: number) => `c${seed}-${String(index + 1).padStart(6, '0')}`;

interface Visit {
  readonly seed: number;
  readonly visit: number;
  readonly time: number;
  readonly random: Random;
  readonly drawCustomer: () => number;
  readonly drawProduct: () => number;
  readonly products: Product[];
  readonly emit: Emit;
}

function makeVisit({ seed, visit, time, random, drawCustomer, drawProduct, products, emit }: Visit) {
  const session = `v${seed}-${String(visit + 1).padStart(7, '0')}`;
  const customer = customerId(seed, drawCustomer());
  const device = devices[random.weighted([4, 5, 1])]!;
  const signedIn = random.chance(0.6);
  let at = time;
  let clicks = 0;
  const click = (action: Payloads['clickstream']['action'], product?: Product) => {
    emit({
      source: 'clickstream',
      id: `${session}-${++clicks}`,
      time: at,
      subject: session,
      data: {
        session_id: session,
        ...(signedIn ? { customer_id: customer } : {}),
        action,
        ...(product ? { product_id: product.id } : {}),
        device,
        happened_at: iso(at),
      },
    });
    at += Math.ceil(random.exponential(40_000));
  };

  if (random.chance(0.3)) click('search');
  const seen = Array.from({ length: random.integer(1, 5) }, () => products[drawProduct()]!);
  for (const product of seen) click('view', product);
  if (!random.chance(0.3)) return;
  const basket = [...new Set(seen)].slice(0, random.integer(1, 3));
  for (const product of basket) click('add_to_cart', product);
  if (!random.chance(0.75)) return;
  click('checkout');
  if (!random.chance(0.8)) return;
  click('purchase');
  makeOrder({ order: `o${session.slice(1)}`, customer, basket, placedAt: at, random, emit });
}

interface PlacedOrder {
  order: string;
  customer: string;
  basket: readonly Product[];
  placedAt: number;
  random: Random;
  emit: Emit;
}

/** Emits an event of one source about an order. */
type About = <Source extends keyof Payloads>(
  source: Source,
  suffix: string,
  time: number,
  data: Payloads[Source],
) => void;

/** The order's lines. What was paid is in cents; sold out is the order when one of its products was. */
function takeFromStock(
  { order, basket, placedAt, random, emit }: PlacedOrder,
  about: About,
): { paid: number; soldOut: boolean } {
  let paid = 0;
  let soldOut = false;
  basket.forEach((product, i) => {
    const quantity = random.weighted([8, 2, 1]) + 1;
    const freight = random.integer(0, 1_500);
    paid += product.cents * quantity + freight;
    about('order_items', `line-${i + 1}`, placedAt + 1 + i, {
      order_id: order,
      line_number: i + 1,
      product_id: product.id,
      ...(product.seller ? { seller_id: product.seller } : {}),
      quantity,
      unit_price: price(product.cents),
      freight: price(freight),
    });
    if (product.stock < quantity) soldOut = true;
    else product.stock -= quantity;
    countStock(product, `${order}-${i + 1}`, placedAt + 100 + i, emit);
    if (product.stock <= 5 && random.chance(0.5)) {
      product.stock += random.integer(30, 60);
      countStock(product, `${order}-${i + 1}-restock`, placedAt + 200 + i, emit);
    }
  });
  return { paid, soldOut };
}

function makeOrder(placed: PlacedOrder) {
  const { order, customer, placedAt, random, emit } = placed;
  const estimatedAt = placedAt + 7 * DAY;
  const head = {
    order_id: order,
    customer_id: customer,
    purchased_at: iso(placedAt),
    estimated_at: iso(estimatedAt),
  };
  const about: About = (source, suffix, time, data) =>
    emit({ source, id: `${order}/${source}/${suffix}`, time, subject: order, data });
  const state = (
    status: Payloads['orders']['status'],
    time: number,
    stamps: Partial<Payloads['orders']> = {},
  ) => about('orders', status, time, { ...head, status, ...stamps });

  state('created', placedAt);
  const { paid, soldOut } = takeFromStock(placed, about);
  const payments = random.chance(0.1) ? 2 : 1;
  for (let number = 1; number <= payments; number++) {
    const cents = number < payments ? Math.floor(paid / 2) : payments === 2 ? Math.ceil(paid / 2) : paid;
    about('payments', `payment-${number}`, placedAt + 1_000 + number, {
      order_id: order,
      payment_number: number,
      method: random.pick(methods),
      installments: random.integer(1, 6),
      amount: price(cents),
    });
  }

  if (soldOut) return state('unavailable', placedAt + 2 * HOUR);
  if (random.chance(0.04)) return state('canceled', placedAt + random.integer(1, 20) * HOUR);
  const approvedAt = placedAt + random.integer(1, 90) * MINUTE;
  const carrierAt = approvedAt + random.integer(6, 40) * HOUR;
  const deliveredAt = carrierAt + Math.ceil(DAY + random.exponential(2.5 * DAY));
  state('approved', approvedAt, { approved_at: iso(approvedAt) });
  state('shipped', carrierAt, { approved_at: iso(approvedAt), carrier_at: iso(carrierAt) });
  const carrier = random.pick(carriers);
  const step = (name: Payloads['shipments']['step'], time: number) =>
    about('shipments', name, time, {
      shipment_id: `parcel-${order}`,
      order_id: order,
      carrier,
      step: name,
      happened_at: iso(time),
    });
  step('handed_over', carrierAt + 1);
  step('in_transit', carrierAt + Math.floor((deliveredAt - carrierAt) / 2));
  step('delivered', deliveredAt);
  state('delivered', deliveredAt + 1, {
    approved_at: iso(approvedAt),
    carrier_at: iso(carrierAt),
    delivered_at: iso(deliveredAt),
  });
  if (!random.chance(0.55)) return;
  const late = deliveredAt > estimatedAt;
  const askedAt = deliveredAt + DAY;
  about('reviews', 'review', askedAt + HOUR, {
    review_id: `review-${order}`,
    order_id: order,
    score: random.weighted(late ? [6, 3, 2, 1, 1] : [1, 1, 2, 6, 12]) + 1,
    ...(random.chance(0.4)
      ? { comment: random.pick(['As described.', 'Fast!', 'Box was damaged.', 'Ótimo.']) }
      : {}),
    created_at: iso(askedAt),
    answered_at: iso(askedAt + HOUR),
  });
}

function countStock(product: Product, id: string, time: number, emit: Emit) {
  emit({
    source: 'inventory',
    id: `stock-${id}`,
    time,
    subject: product.id,
    data: {
      product_id: product.id,
      warehouse_id: 'w1',
      on_hand: product.stock,
      reorder_point: 5,
      counted_at: iso(time),
    },
  });
}

/** Exactly `wanted` events: visits of one view are added, or views left out, each without anything that hangs on it. */
function fitTo(
  wanted: number,
  events: readonly SimulatedEvent[],
  world: {
    seed: number;
    start: number;
    now: number;
    random: Random;
    drawProduct: () => number;
    products: readonly Product[];
  },
): SimulatedEvent[] {
  let surplus = events.length - wanted;
  if (surplus > 0) {
    const views = events.filter(({ data }) => data.action === 'view').length;
    if (surplus <= views) return events.filter((event) => event.data.action !== 'view' || surplus-- <= 0);
    return [...events].sort((a, b) => a.time - b.time).slice(0, wanted);
  }
  const { seed, start, now, random, drawProduct, products } = world;
  const more = sampleTimes(rhythm, start, now, -surplus, random).map((time, i): SimulatedEvent => {
    const session = `b${seed}-${String(i + 1).padStart(7, '0')}`;
    return {
      source: 'clickstream',
      id: `${session}-1`,
      time,
      subject: session,
      data: {
        session_id: session,
        action: 'view',
        product_id: products[drawProduct()]!.id,
        device: 'mobile',
        happened_at: iso(time),
      },
    };
  });
  return [...events, ...more];
}

// ── The truth ────────────────────────────────────────────────────────────────────────────────────────────────────

interface Sale {
  readonly order: string;
  readonly customer: string;
  readonly segment: string;
  readonly state: string;
  readonly category: string;
  readonly units: number;
  readonly cents: number;
  readonly placedAt: number;
  readonly counts: boolean;
}

interface CustomerVersion {
  readonly since: number;
  readonly segment: string;
  readonly state: string;
}

const text = (value: unknown) => value as string;
const cents = (value: unknown) => Math.round((value as number) * 100);
const money = (amount: number) => (amount / 100).toFixed(2);
const day = (ms: number) => iso(ms).slice(0, 10);
const month = (ms: number) => `${iso(ms).slice(0, 7)}-01`;
/** a / b for whole numbers, rounded half away from zero, as SQL decimals divide. */
const quotient = (a: number, b: number) => Math.sign(a) * Math.floor((2 * Math.abs(a) + b) / (2 * b));
/** a / b with `scale` digits after the point. */
const ratio = (a: number, b: number, scale: number) =>
  (quotient(a * 10 ** scale, b) / 10 ** scale).toFixed(scale);

function expectedAnswers(
  files: readonly SimulatedFile[],
  events: readonly SimulatedEvent[],
  now: number,
): Readonly<Record<string, AnswerRows>> {
  const customers = readCustomers(files);
  const categoryOf = readCategories(files);
  const of = (source: string) => events.filter((event) => event.source === source);
  const orders = latestOrders(of('orders'));
  const sales = of('order_items').flatMap(({ data }): Sale[] => {
    const order = orders.get(text(data.order_id));
    if (!order) return [];
    const version = asOf(customers.get(order.customer), order.placedAt);
    return [
      {
        order: text(data.order_id),
        customer: order.customer,
        segment: version?.segment ?? 'Unassigned',
        state: version?.state ?? 'Unknown',
        category: categoryOf.get(text(data.product_id)) ?? 'Unknown',
        units: data.quantity as number,
        cents: cents(data.unit_price) * (data.quantity as number),
        placedAt: order.placedAt,
        counts: order.status !== 'canceled' && order.status !== 'unavailable',
      },
    ];
  });
  const counted = sales.filter(({ counts }) => counts);
  return {
    sales_overview: salesOverview(counted),
    revenue_by_segment: grouped(counted, ({ segment }) => segment)
      .map(([segment, rows]) => ({ segment, revenue: revenueOf(rows), orders: orderCount(rows) }))
      .sort(byRevenue((row) => row.segment))
      .map(({ segment, revenue, orders }) => ({ segment, revenue: money(revenue), orders: String(orders) })),
    revenue_by_category: grouped(sales, ({ category }) => category)
      .map(([category, rows]) => ({ category, rows, revenue: revenueOf(rows) }))
      .sort(byRevenue((row) => row.category))
      .slice(0, 10)
      .map(({ category, rows, revenue }) => ({
        category,
        sales: String(rows.length),
        units: String(unitsOf(rows)),
        revenue: money(revenue),
      })),
    revenue_by_month: revenueByMonth(sales),
    revenue_last_7_days: revenueByDay(sales, now),
    revenue_by_state: grouped(sales, ({ state }) => state)
      .map(([state, rows]) => ({ state, rows, revenue: revenueOf(rows) }))
      .sort(byRevenue((row) => row.state))
      .slice(0, 10)
      .map(({ state, rows, revenue }) => ({
        state,
        // The mart counts orders by month; an order belongs to one month and one state.
        orders: String(orderCount(rows.filter(({ counts }) => counts))),
        revenue: money(revenue),
      })),
    top_customers: topCustomers(counted, customers),
    delivery: delivery(orders, of('shipments')),
    review_score: reviewScore(of('reviews')),
    funnel: funnel(of('clickstream')),
    inventory: inventory(of('inventory')),
  };
}

interface Order {
  readonly customer: string;
  readonly status: string;
  readonly placedAt: number;
  readonly estimatedAt: number;
  readonly deliveredAt?: number;
}

function latestOrders(states: readonly SimulatedEvent[]): Map<string, Order> {
  const latest = new Map<string, SimulatedEvent>();
  for (const event of states) {
    const known = latest.get(text(event.data.order_id));
    if (!known || event.time > known.time) latest.set(text(event.data.order_id), event);
  }
  return new Map(
    [...latest].map(([id, { data }]) => [
      id,
      {
        customer: text(data.customer_id),
        status: text(data.status),
        placedAt: Date.parse(text(data.purchased_at)),
        estimatedAt: Date.parse(text(data.estimated_at)),
        ...(data.delivered_at ? { deliveredAt: Date.parse(text(data.delivered_at)) } : {}),
      },
    ]),
  );
}

function readCustomers(files: readonly SimulatedFile[]): Map<string, CustomerVersion[]> {
  const versions = new Map<string, CustomerVersion[]>();
  for (const { body } of files.filter(({ source }) => source === 'customers'))
    for (const line of body.trim().split('\n').slice(1)) {
      const [id, , segment, , , state, since] = line.split(',') as [string, ...string[]];
      const version = { since: Date.parse(since!), segment: segment!, state: state! };
      versions.set(
        id,
        [...(versions.get(id) ?? []), version].sort((a, b) => a.since - b.since),
      );
    }
  return versions;
}

/** The version that held then; what came before the first is the first. */
const asOf = (versions: readonly CustomerVersion[] | undefined, ms: number) =>
  versions?.findLast((version, i) => i === 0 || version.since <= ms);

function readCategories(files: readonly SimulatedFile[]): Map<string, string> {
  const lines = files
    .filter(({ source }) => source === 'products')
    .flatMap(({ body }) => body.trim().split('\n'));
  return new Map(
    lines.map((line) => {
      const product = JSON.parse(line) as { product_id: string; category: string };
      return [product.product_id, product.category];
    }),
  );
}

function grouped<T>(rows: readonly T[], key: (row: T) => string): [string, T[]][] {
  return [...Map.groupBy(rows, key)];
}

const revenueOf = (sales: readonly Sale[]) =>
  sales.reduce((total, sale) => total + (sale.counts ? sale.cents : 0), 0);
const unitsOf = (sales: readonly Sale[]) => sales.reduce((total, sale) => total + sale.units, 0);
const orderCount = (sales: readonly Sale[]) => new Set(sales.map(({ order }) => order)).size;
const byRevenue =
  <T extends { revenue: number }>(name: (row: T) => string) =>
  (a: T, b: T) =>
    b.revenue - a.revenue || (name(a) < name(b) ? -1 : 1);

function salesOverview(counted: readonly Sale[]): AnswerRows {
  const revenue = revenueOf(counted);
  const orders = orderCount(counted);
  const customers = new Set(counted.map(({ customer }) => customer)).size;
  return [
    {
      revenue: money(revenue),
      orders: String(orders),
      customers: String(customers),
      average_customer_value: customers ? money(quotient(revenue, customers)) : null,
      average_order_value: orders ? money(quotient(revenue, orders)) : null,
    },
  ];
}

function revenueByMonth(sales: readonly Sale[]): AnswerRows {
  return grouped(sales, ({ placedAt }) => month(placedAt))
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, 24)
    .map(([first, rows]) => ({
      month: first,
      orders: String(orderCount(rows.filter(({ counts }) => counts))),
      revenue: money(revenueOf(rows)),
    }));
}

function revenueByDay(sales: readonly Sale[], now: number): AnswerRows {
  const since = day(now - 7 * DAY);
  return grouped(sales, ({ placedAt }) => day(placedAt))
    .filter(([date]) => date > since)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([order_date, rows]) => {
      const counted = rows.filter(({ counts }) => counts);
      const orders = orderCount(counted);
      return {
        order_date,
        orders: String(orders),
        units: String(unitsOf(counted)),
        revenue: money(revenueOf(rows)),
        average_order_value: orders ? money(quotient(revenueOf(rows), orders)) : null,
      };
    });
}

function topCustomers(
  counted: readonly Sale[],
  customers: ReadonlyMap<string, CustomerVersion[]>,
): AnswerRows {
  const buyers = grouped(counted, ({ customer }) => customer).map(([customer, sales]) => ({
    customer,
    orders: orderCount(sales),
    revenue: revenueOf(sales),
    last: Math.max(...sales.map(({ placedAt }) => placedAt)),
  }));
  type Buyer = (typeof buyers)[number];
  const fifths = (measure: (buyer: Buyer) => number) => {
    const ranked = [...buyers].sort((a, b) => measure(a) - measure(b) || (a.customer < b.customer ? -1 : 1));
    return new Map(ranked.map(({ customer }, i) => [customer, ntile(5, ranked.length, i)]));
  };
  const recency = fifths(({ last }) => last);
  const frequency = fifths(({ orders }) => orders);
  const monetary = fifths(({ revenue }) => revenue);
  return buyers
    .sort(byRevenue(({ customer }) => customer))
    .slice(0, 5)
    .map(({ customer, orders, revenue }) => ({
      customer_id: customer,
      segment: customers.get(customer)?.at(-1)?.segment ?? 'Unassigned',
      orders: String(orders),
      revenue: money(revenue),
      recency_score: String(recency.get(customer)),
      frequency_score: String(frequency.get(customer)),
      monetary_score: String(monetary.get(customer)),
    }));
}

/** SQL's NTILE: the first `size % buckets` buckets hold one row more. */
function ntile(buckets: number, size: number, index: number): number {
  const small = Math.floor(size / buckets);
  const large = size % buckets;
  const inLarge = large * (small + 1);
  return index < inLarge
    ? Math.floor(index / (small + 1)) + 1
    : large + Math.floor((index - inLarge) / small) + 1;
}

function delivery(orders: ReadonlyMap<string, Order>, steps: readonly SimulatedEvent[]): AnswerRows {
  const arrivals = new Map<string, number>();
  for (const { data } of steps)
    if (data.step === 'delivered') {
      const at = Date.parse(text(data.happened_at));
      arrivals.set(text(data.order_id), Math.max(at, arrivals.get(text(data.order_id)) ?? at));
    }
  const all = [...orders].map(([id, order]) => ({
    ...order,
    deliveredAt: order.deliveredAt ?? arrivals.get(id),
  }));
  const dated = all.flatMap(({ deliveredAt, estimatedAt }) =>
    deliveredAt === undefined ? [] : (Date.parse(day(deliveredAt)) - Date.parse(day(estimatedAt))) / DAY,
  );
  const delay = dated.reduce((total, days) => total + days, 0);
  return [
    {
      orders: String(all.length),
      delivered: String(all.filter(({ status }) => status === 'delivered').length),
      with_date: String(dated.length),
      late: String(dated.filter((days) => days > 0).length),
      average_delay_days: dated.length ? ratio(delay, dated.length, 2) : null,
    },
  ];
}

function reviewScore(reviews: readonly SimulatedEvent[]): AnswerRows {
  const scores = reviews.map(({ data }) => data.score as number);
  return [
    {
      reviews: scores.length ? String(scores.length) : null,
      average_score: scores.length
        ? ratio(
            scores.reduce((total, score) => total + score, 0),
            scores.length,
            4,
          )
        : null,
      low_scores: scores.length ? String(scores.filter((score) => score <= 2).length) : null,
    },
  ];
}

function funnel(clicks: readonly SimulatedEvent[]): AnswerRows {
  const visits = grouped(clicks, ({ data }) => text(data.session_id)).map(
    ([, rows]) => new Set(rows.map(({ data }) => text(data.action))),
  );
  const having = (action: string) => visits.filter((actions) => actions.has(action)).length;
  return [
    {
      sessions: String(visits.length),
      viewed: String(having('view')),
      put_in_cart: String(having('add_to_cart')),
      checked_out: String(having('checkout')),
      purchased: String(having('purchase')),
      conversion_rate: visits.length ? ratio(having('purchase'), visits.length, 4) : null,
    },
  ];
}

function inventory(counts: readonly SimulatedEvent[]): AnswerRows {
  const latest = new Map<string, SimulatedEvent>();
  for (const event of counts) {
    const place = `${event.subject}/${event.data.warehouse_id}`;
    const known = latest.get(place);
    if (!known || event.time > known.time) latest.set(place, event);
  }
  const stock = [...latest.values()].map(({ data }) => data as { on_hand: number; reorder_point?: number });
  return grouped(stock, ({ on_hand, reorder_point }) =>
    on_hand === 0
      ? 'out_of_stock'
      : on_hand <= (reorder_point ?? Number.NEGATIVE_INFINITY)
        ? 'reorder'
        : 'ok',
  )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, rows]) => ({
      status,
      products: String(rows.length),
      units_on_hand: String(rows.reduce((total, { on_hand }) => total + on_hand, 0)),
    }));
}

export default { simulate, expectedAnswers } satisfies Simulation;
