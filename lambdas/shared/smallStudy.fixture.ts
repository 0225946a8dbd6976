/** A study of two sources, small enough to be read next to the tests of the Lambdas that use it. */
import { type Contract, parseContract } from '../../lib/model/contract/contract.ts';

const orders = `
apiVersion: v3.1.0
kind: DataContract
id: shop-source-orders
name: orders
version: 1.0.0
status: active
description: { purpose: Orders as they are placed. }
schema:
  - name: orders
    physicalType: topic
    description: Orders as they are placed.
    dataGranularityDescription: One record per order.
    properties:
      - { name: order_id, logicalType: string, physicalType: varchar, required: true, primaryKey: true, primaryKeyPosition: 1, description: Number. }
      - { name: amount, logicalType: number, physicalType: "decimal(18,2)", required: true, description: Total., logicalTypeOptions: { minimum: 0 } }
      - { name: placed_at, logicalType: timestamp, physicalType: timestamp(6), required: false, description: When. }
customProperties:
  - { property: ingestion, value: stream }
  - { property: eventType, value: shop.orders }
  - { property: partitionKey, value: order_id }
  - { property: eventTime, value: placed_at }
`;

const customers = `
apiVersion: v3.1.0
kind: DataContract
id: shop-source-customers
name: customers
version: 1.0.0
status: active
description: { purpose: Customers as the shop knows them. }
schema:
  - name: customers
    physicalType: file
    description: Customers as the shop knows them.
    dataGranularityDescription: One row per customer.
    properties:
      - { name: customer_id, physicalName: id, logicalType: integer, physicalType: bigint, required: true, primaryKey: true, primaryKeyPosition: 1, description: Number. }
      - { name: name, logicalType: string, physicalType: varchar, required: true, description: Name. }
      - { name: credit, logicalType: number, physicalType: "decimal(18,2)", required: false, description: Credit. }
customProperties:
  - { property: ingestion, value: file }
  - { property: eventType, value: shop.customers }
  - { property: identity, value: [customer_id] }
`;

export const ordersContract: Contract = parseContract(orders, 'sql/shop/sources/orders.yaml', 'shop');
export const customersContract: Contract = parseContract(
  customers,
  'sql/shop/sources/customers.yaml',
  'shop',
);
export const smallStudy = { name: 'shop', sources: [ordersContract, customersContract], models: [] };

/** A CloudEvent of the orders' source as its producer would send it. */
export const orderEvent = (id: string, data: object, attributes: object = {}): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'till-1',
    type: 'shop.orders',
    subject: id,
    ...attributes,
    data,
  });
