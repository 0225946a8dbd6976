/** Types, dictionary and HTTP description are derived from contracts. */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { test } from 'vitest';
import { withShop } from '../testing/fixture.ts';
import { dictionaryPage } from './dictionary.ts';
import { openApi } from './openapi.ts';
import { loadStudy } from './study.ts';
import { payloadTypes } from './typescript.ts';

const study = withShop({}, loadStudy);

test('types tell payloads as they are sent', () => {
  const types = payloadTypes(study);

  assert.match(types, /export type OrdersPayload = \{/);
  assert.match(types, /readonly amount: number;/);
  assert.match(types, /readonly status\?: 'open' \| 'closed' \| null;/);
  assert.match(types, /export type Payloads = \{\n {2}readonly orders: OrdersPayload;\n\};/);
});

test('the dictionary has every table, column and rule', () => {
  const page = dictionaryPage(study);

  for (const model of study.models) {
    assert.ok(page.includes(`### ${model.database}.${model.table}`));
    for (const column of model.contract.columns) assert.ok(page.includes(`\`${column.name}\``));
    for (const rule of model.contract.quality) assert.ok(page.includes(`\`${rule.name}\``));
  }
});

test('the HTTP description’s schema accepts what the HTTP API accepts', () => {
  const description = openApi(study) as {
    components: { schemas: Record<string, object> };
    paths: Record<string, unknown>;
  };
  const ajv = new Ajv2020({ strict: false });
  ajvFormats.default(ajv);
  const validate = ajv.compile(description.components.schemas.ordersEvent ?? false);
  const event = {
    specversion: '1.0',
    id: '1',
    source: 's',
    type: 'shop.orders',
    data: { order_id: 'a', amount: 1, placed_at: '2024-12-01T10:00:00Z' },
  };

  assert.equal(Object.keys(description.paths)[0], '/studies/shop/events');
  assert.equal(validate(event), true);
  assert.equal(validate({ ...event, data: { ...event.data, amount: -1 } }), false);
  assert.equal(validate({ ...event, type: 'other' }), false);
});
