/** Names of databases in a lake with a prefix: in statements, quoted or not, and in what clients ask for. */
import assert from 'node:assert/strict';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { test } from 'vitest';
import { databasesOf, useOwnDatabases } from './databases.ts';

const { own, ownIn, modelsIn } = databasesOf('beta', ['shop', 'ride-hailing']);

test('Every qualified name of a study’s database is the lake’s own, however it is quoted', () => {
  assert.equal(
    ownIn('select o.id from shop_gold.orders as o join "shop_silver"."x" on o.shop_gold = x.id'),
    'select o.id from beta_shop_gold.orders as o join "beta_shop_silver"."x" on o.shop_gold = x.id',
  );
  assert.equal(
    ownIn('ALTER TABLE `ride_hailing_marts`.`t` ADD COLUMNS (a int)'),
    'ALTER TABLE `beta_ride_hailing_marts`.`t` ADD COLUMNS (a int)',
  );
  assert.equal(ownIn('VACUUM SHOP_GOLD.t'), 'VACUUM beta_shop_gold.t');
});

test('What Athena keeps of a view is read as its model has it', () => {
  const sql = 'select id from shop_gold.orders';

  assert.equal(modelsIn(ownIn(sql)), sql);
});

test('Texts, comments, and databases of others stay as they are', () => {
  for (const sql of [
    "select 'shop_gold.orders' from uber_gold.t -- shop_gold.t",
    'select 1 from beta_shop_gold.t',
    'select a.shop_gold.b from a',
  ])
    assert.equal(ownIn(sql), sql);
  assert.equal(own('uber_gold'), 'uber_gold');
});

test('The default prefix is not in the names', () => {
  const { own: same, ownIn: sameIn } = databasesOf('headwaters', ['shop']);

  assert.equal(same('shop_gold'), 'shop_gold');
  assert.equal(sameIn('select 1 from shop_gold.t'), 'select 1 from shop_gold.t');
});

test('A client asks for the lake’s own database', async () => {
  let asked: unknown;
  const glue = new GlueClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  useOwnDatabases(glue, databasesOf('beta', ['shop']));
  glue.middlewareStack.add(
    () =>
      async ({ input }) => {
        asked = input;
        return { output: { $metadata: {} }, response: {} };
      },
    { step: 'serialize', priority: 'high' },
  );

  await glue.send(new GetTableCommand({ DatabaseName: 'shop_gold', Name: 't' }));

  assert.deepEqual(asked, { DatabaseName: 'beta_shop_gold', Name: 't' });
});
