import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseContract } from '../contract/contract.ts';
import { shopFiles } from '../testing/fixture.ts';
import {
  changeToEvent,
  indexesOf,
  type OltpDesign,
  OltpInputError,
  parseOltp,
  planAccess,
  planTransaction,
} from './oltp.ts';

const sources = [
  parseContract(shopFiles['sources/orders.yaml'] as string, 'shop/sources/orders.yaml', 'shop'),
];

const yaml = `entities:
  customer:
    description: Who orders.
    key: {pk: 'CUSTOMER#{customer_id}', sk: PROFILE}
  order:
    description: Head of an order.
    key: {pk: 'ORDER#{order_id}', sk: ORDER}
    indexes:
      gsi1: {pk: 'CUSTOMER#{customer_id}', sk: 'ORDER#{placed_at}'}
  line:
    description: Line of an order.
    key: {pk: 'ORDER#{order_id}', sk: 'LINE#{line_number}'}
  stock:
    description: Units of a product on hand.
    key: {pk: 'PRODUCT#{product_id}', sk: STOCK}
transactions:
  place_order:
    description: Places an order and takes its units from stock.
    token: request_id
    input:
      type: object
      required: [request_id, customer_id, lines]
      properties:
        request_id: {type: string, minLength: 1}
        customer_id: {type: string}
        placed_at: {type: string, format: date-time}
        lines:
          type: array
          minItems: 1
          items:
            type: object
            required: [product_id, quantity, unit_price]
            properties:
              product_id: {type: string}
              quantity: {type: integer, minimum: 1}
              unit_price: {type: number, minimum: 0}
    computed:
      order_id: uuid
      placed_at: now
      amount: {sum: lines, of: [quantity, unit_price]}
    steps:
      - check: customer
        condition: attribute_exists(pk)
        otherwise: 'customer {customer_id} is unknown'
      - put: order
        values: {order_id: '{order_id}', customer_id: '{customer_id}', placed_at: '{placed_at}', amount: '{amount}', status: open}
        condition: attribute_not_exists(pk)
      - put: line
        forEach: lines
        values: {order_id: '{order_id}', line_number: '{index}', product_id: '{product_id}', quantity: '{quantity}'}
      - update: stock
        forEach: lines
        values: {product_id: '{product_id}', changed_at: '{placed_at}'}
        add: {on_hand: '-{quantity}'}
        condition: 'on_hand >= {quantity}'
        otherwise: 'not enough of {product_id}'
access:
  order:
    description: An order with its lines.
    pk: 'ORDER#{order_id}'
  orders_of_customer:
    description: A customer's orders, newest first.
    index: gsi1
    pk: 'CUSTOMER#{customer_id}'
    sk: {beginsWith: 'ORDER#'}
    descending: true
    limit: 10
cdc:
  - entity: order
    on: [insert, modify]
    changed: [status]
    source: orders
    subject: '{order_id}'
    time: '{placed_at}'
    data: {order_id: '{order_id}', amount: '{amount}', placed_at: '{placed_at}', status: '{status}'}
`;

const read = parseOltp(yaml, 'shop/oltp.yaml', sources);
const design = read.design as OltpDesign;
const now = Date.UTC(2024, 11, 1, 10);
const input = {
  request_id: 'r-1',
  customer_id: 'c1',
  lines: [
    { product_id: 'p1', quantity: 3, unit_price: 0.1 },
    { product_id: 'p2', quantity: 1, unit_price: 0.2 },
  ],
};

test('a design is read without a problem', () => {
  assert.deepEqual(read.problems, []);
  assert.deepEqual(indexesOf(design), ['gsi1']);
});

test('placing an order is one transaction of check, head, lines and stock', () => {
  const { request, failures, result } = planTransaction(design, 'place_order', input, now, 'store');

  assert.deepEqual(
    request.TransactItems.map((item) => Object.keys(item)[0]),
    ['ConditionCheck', 'Put', 'Put', 'Put', 'Update', 'Update'],
  );
  const orderId = result.order_id as string;
  assert.deepEqual(request.TransactItems[1]?.Put, {
    TableName: 'store',
    Item: {
      pk: `ORDER#${orderId}`,
      sk: 'ORDER',
      gsi1pk: 'CUSTOMER#c1',
      gsi1sk: 'ORDER#2024-12-01T10:00:00.000Z',
      entity: 'order',
      order_id: orderId,
      customer_id: 'c1',
      placed_at: '2024-12-01T10:00:00.000Z',
      amount: 0.5,
      status: 'open',
    },
    ConditionExpression: 'attribute_not_exists(#pk)',
    ExpressionAttributeNames: { '#pk': 'pk' },
  });
  assert.deepEqual(request.TransactItems[4]?.Update, {
    TableName: 'store',
    Key: { pk: 'PRODUCT#p1', sk: 'STOCK' },
    UpdateExpression: 'SET #entity = :v1, #product_id = :v2, #changed_at = :v3 ADD #on_hand :v4',
    ConditionExpression: '#on_hand >= :v0',
    ExpressionAttributeNames: {
      '#on_hand': 'on_hand',
      '#entity': 'entity',
      '#product_id': 'product_id',
      '#changed_at': 'changed_at',
    },
    ExpressionAttributeValues: {
      ':v0': 3,
      ':v1': 'stock',
      ':v2': 'p1',
      ':v3': '2024-12-01T10:00:00.000Z',
      ':v4': -3,
    },
  });
  assert.equal(failures[0], 'customer c1 is unknown');
  assert.equal(failures[5], 'not enough of p2');
});

test('the same request has the same token and names the same order', () => {
  const first = planTransaction(design, 'place_order', input, now, 'store');
  const second = planTransaction(design, 'place_order', input, now + 5000, 'store');
  const other = planTransaction(design, 'place_order', { ...input, request_id: 'r-2' }, now, 'store');

  assert.equal(second.request.ClientRequestToken, first.request.ClientRequestToken);
  assert.equal(second.result.order_id, first.result.order_id);
  assert.notEqual(other.request.ClientRequestToken, first.request.ClientRequestToken);
  assert.match(
    first.request.ClientRequestToken,
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('a request that brings its own time is the same request whenever it is repeated', () => {
  const timed = { ...input, placed_at: '2024-12-01T09:59:00Z' };

  const first = planTransaction(design, 'place_order', timed, now, 'store');
  const second = planTransaction(design, 'place_order', timed, now + 5000, 'store');

  assert.deepEqual(second, first);
  assert.equal(first.result.placed_at, '2024-12-01T09:59:00Z');
});

const wrongInputs: readonly (readonly [what: string, input: unknown, message: RegExp])[] = [
  ['no lines', { ...input, lines: [] }, /\/lines must NOT have fewer than 1 items/],
  ['no customer', { ...input, customer_id: undefined }, /must have required property 'customer_id'/],
  ['an empty customer', { ...input, customer_id: '' }, /needs 'customer_id', which has no value/],
  [
    'too many lines',
    { ...input, lines: Array.from({ length: 50 }, () => input.lines[0]) },
    /has 102 actions; DynamoDB takes 100/,
  ],
];
for (const [what, wrong, message] of wrongInputs)
  test(`${what} is the client’s mistake`, () => {
    assert.throws(
      () => planTransaction(design, 'place_order', wrong, now, 'store'),
      (error) => error instanceof OltpInputError && message.test(error.message),
    );
  });

test('an unknown transaction is refused with the known ones', () => {
  assert.throws(() => planTransaction(design, 'toString', {}, now, 'store'), /transactions are place_order/);
});

test('an access pattern is one query', () => {
  assert.deepEqual(planAccess(design, 'orders_of_customer', { customer_id: 'c1' }, 'store'), {
    TableName: 'store',
    IndexName: 'gsi1',
    KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
    ExpressionAttributeNames: { '#pk': 'gsi1pk', '#sk': 'gsi1sk' },
    ExpressionAttributeValues: { ':pk': 'CUSTOMER#c1', ':sk': 'ORDER#' },
    ScanIndexForward: false,
    Limit: 10,
    ReturnConsumedCapacity: 'TOTAL',
  });
  assert.throws(() => planAccess(design, 'order', {}, 'store'), /'order_id' is missing/);
});

const image = (status: string, amount = '12.50') => ({
  pk: { S: 'ORDER#o1' },
  sk: { S: 'ORDER' },
  entity: { S: 'order' },
  order_id: { S: 'o1' },
  amount: { N: amount },
  placed_at: { S: '2024-12-01T10:00:00.000Z' },
  status: { S: status },
});
const changed = (eventName: 'INSERT' | 'MODIFY' | 'REMOVE', before?: string, after?: string) => ({
  eventID: 'e-1',
  eventName,
  dynamodb: {
    ...(before && { OldImage: image(before) }),
    ...(after && { NewImage: image(after) }),
    ApproximateCreationDateTime: now / 1000,
  },
});

test('an insert becomes the event that the source’s contract describes', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(changeToEvent(design, changed('INSERT', undefined, 'open')))), {
    specversion: '1.0',
    id: 'e-1',
    source: 'oltp:shop/order',
    type: 'shop.orders',
    subject: 'o1',
    time: '2024-12-01T10:00:00.000Z',
    datacontenttype: 'application/json',
    data: { order_id: 'o1', amount: 12.5, placed_at: '2024-12-01T10:00:00.000Z', status: 'open' },
  });
});

test('numbers that a double cannot hold are printed with their digits', () => {
  const event = changeToEvent(design, {
    ...changed('INSERT', undefined, 'open'),
    dynamodb: { NewImage: image('open', '12345678901234567890.12') },
  });

  assert.match(JSON.stringify(event), /"amount":12345678901234567890\.12/);
});

test('a change that the design does not declare becomes no event', () => {
  assert.equal(changeToEvent(design, changed('MODIFY', 'open', 'open')), undefined);
  assert.equal(changeToEvent(design, changed('REMOVE', 'open')), undefined);
  assert.notEqual(changeToEvent(design, changed('MODIFY', 'open', 'closed')), undefined);
});

const faults: readonly (readonly [from: string, to: string, problem: RegExp])[] = [
  ['put: order', 'put: ordre', /entity 'ordre' is unknown/],
  ["'not enough of {product_id}'", 'x', /^$/],
  ['token: request_id', 'token: id', /token is 'id'; it must name a member of the input/],
  ["'-{quantity}'", "'-{units}'", /uses '\{units\}', which is neither in the input nor computed/],
  ["condition: 'on_hand >= {quantity}'", "condition: 'on_hand >= {quantity}; drop'", /';' is not understood/],
  ['index: gsi1', 'index: gsi2', /index 'gsi2' is unknown/],
  ['source: orders', 'source: refunds', /source 'refunds' is not a source/],
  ["status: '{status}'}", "colour: '{status}'}", /data gives 'colour'/],
  ["order_id: '{order_id}', amount: '{amount}', placed_at", 'placed_at', /data lacks 'order_id'/],
  ['cdc:', 'streams:', /'streams' is unknown/],
  ['limit: 10', 'limits: 10', /'limits' is unknown; allowed: description, index/],
  [
    'limit: 10',
    "olap: 'select 1 where a = {order}'",
    /olap uses '\{order\}'; the pattern's parameters are customer_id/,
  ],
];
for (const [from, to, problem] of faults)
  test(`${to} in a design gives ${problem.source === '^$' ? 'no problem' : 'a problem'}`, () => {
    const { problems } = parseOltp(yaml.replace(from, to), 'shop/oltp.yaml', sources);

    assert.match(problems.map(({ message }) => message).join('\n'), problem);
  });
