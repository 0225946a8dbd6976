/** Orders of a small shop, its customers as a file, and the right answer to both questions. */
import { createRandom } from '../../../../lib/simulator/random.ts';
import type { SimulatedEvent, Simulation } from '../../../../lib/simulator/simulation.ts';

const SEGMENTS = ['business', 'private'];
const CUSTOMERS = 20;
const DAY_MS = 86_400_000;

const customerOf = (index: number) => `c-${index}`;
const segmentOf = (customer: string) => SEGMENTS[Number(customer.slice(2)) % SEGMENTS.length]!;

const simulation: Simulation = {
  simulate({ seed, events, now, days }) {
    const random = createRandom(`shop/${seed}`);
    const start = now - days * DAY_MS;
    const orders = Array.from({ length: events }, (_, index): SimulatedEvent => {
      const time = start + Math.floor(((index + random.next()) * days * DAY_MS) / events);
      const customer = customerOf(random.integer(0, CUSTOMERS - 1));
      const data = {
        order_id: `o-${index}`,
        customer_id: customer,
        amount: random.integer(100, 50_000) / 100,
        placed_at: new Date(time).toISOString(),
      };
      return { source: 'orders', id: `e-${index}`, time, subject: customer, data };
    });
    const rows = Array.from({ length: CUSTOMERS }, (_, index) => customerOf(index));
    const body = `customer_id,segment\n${rows.map((customer) => `${customer},${segmentOf(customer)}\n`).join('')}`;
    return { events: orders, files: [{ source: 'customers', name: 'customers.csv', body }] };
  },

  expectedAnswers(_files, events) {
    const bySegment = Map.groupBy(events, ({ data }) => segmentOf(String(data.customer_id)));
    const byDay = Map.groupBy(events, ({ data }) => String(data.placed_at).slice(0, 10));
    const cents = (amount: unknown) => Math.round(Number(amount) * 100);
    const money = (sum: number) => (sum / 100).toFixed(2);
    return {
      revenue_by_segment: [...bySegment].sort().map(([segment, orders]) => ({
        segment,
        revenue: money(orders.reduce((sum, { data }) => sum + cents(data.amount), 0)),
        orders: String(orders.length),
      })),
      orders_by_day: [...byDay]
        .sort()
        .map(([day, orders]) => ({ order_date: day, orders: String(orders.length) })),
    };
  },
};

export default simulation;
