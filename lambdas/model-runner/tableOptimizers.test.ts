/** Switching table optimizers on and off: what is asked of Glue. */
import assert from 'node:assert/strict';
import {
  BatchGetTableOptimizerCommand,
  type CreateTableOptimizerCommand,
  DeleteTableOptimizerCommand,
  EntityNotFoundException,
  type TableOptimizer,
  UpdateTableOptimizerCommand,
} from '@aws-sdk/client-glue';
import { test } from 'vitest';
import {
  applyChanges,
  isOptimized,
  type OptimizerPlace,
  optimizerChanges,
  readOptimizers,
  removeOptimizers,
} from './tableOptimizers.ts';

const ROLE = 'arn:aws:iam::111122223333:role/optimizers';
const ORDERS = { database: 'shop_silver', table: 'orders' };
const SALES = { database: 'shop_gold', table: 'fact_sales' };

/** Keeps optimizers as Glue does, of these tables, in the lake `beta`. */
function fakeGlue(tables: readonly string[]) {
  const kept = new Map<string, TableOptimizer>();
  const calls: string[] = [];
  const missing = () => new EntityNotFoundException({ message: 'Not found.', $metadata: {} });
  const send = async (command: unknown): Promise<object> => {
    if (command instanceof BatchGetTableOptimizerCommand) {
      const { Entries = [] } = command.input;
      const keyed = Entries.map((entry) => ({
        entry,
        optimizer: kept.get(`${entry.databaseName}.${entry.tableName} ${entry.type}`),
      }));
      return {
        TableOptimizers: keyed.flatMap(({ entry: { type: _, ...table }, optimizer }) =>
          optimizer ? [{ ...table, tableOptimizer: optimizer }] : [],
        ),
        Failures: keyed.flatMap(({ entry, optimizer }) =>
          optimizer ? [] : [{ ...entry, error: { ErrorCode: 'EntityNotFoundException' } }],
        ),
      };
    }
    const { input } = command as CreateTableOptimizerCommand;
    const table = `${input.DatabaseName}.${input.TableName}`;
    const key = `${table} ${input.Type}`;
    assert.equal(input.CatalogId, '111122223333');
    if (!tables.includes(table)) throw missing();
    if (command instanceof DeleteTableOptimizerCommand) kept.delete(key);
    else kept.set(key, { type: input.Type!, configuration: input.TableOptimizerConfiguration! });
    calls.push(`${command instanceof UpdateTableOptimizerCommand ? 'update ' : ''}${key}`);
    return {};
  };
  const place: OptimizerPlace = {
    glue: { send } as unknown as OptimizerPlace['glue'],
    own: (database) => `beta_${database}`,
    roleArn: ROLE,
  };
  const switchOn = async (roleArn = ROLE) => {
    const its = { ...place, roleArn };
    const changes = optimizerChanges([ORDERS, SALES], await readOptimizers(its, [ORDERS, SALES]), roleArn);
    return applyChanges(its, changes);
  };
  return { place, kept, calls, switchOn };
}

const BOTH = ['beta_shop_silver.orders', 'beta_shop_gold.fact_sales'];

test('Every table gets the three optimizers once, and again after it was replaced', async () => {
  const { kept, switchOn } = fakeGlue(BOTH);

  const first = await switchOn();
  const again = await switchOn();
  for (const key of [...kept.keys()]) if (key.startsWith(BOTH[1]!)) kept.delete(key);
  const replaced = await switchOn();

  assert.deepEqual([first, again, replaced], [6, 0, 3]);
  const { configuration } = kept.get('beta_shop_silver.orders retention')!;
  assert.deepEqual(configuration, {
    roleArn: ROLE,
    enabled: true,
    retentionConfiguration: {
      icebergConfiguration: {
        snapshotRetentionPeriodInDays: 5,
        numberOfSnapshotsToRetain: 1,
        cleanExpiredFiles: true,
      },
    },
  });
});

test('One that was disabled stays disabled, and gets a new role; what Glue adds to a configuration is not a difference', async () => {
  const { kept, calls, switchOn } = fakeGlue(BOTH);
  await switchOn();
  const key = 'beta_shop_silver.orders compaction';
  kept.set(key, {
    type: 'compaction',
    configuration: {
      roleArn: ROLE,
      enabled: false,
      compactionConfiguration: {
        icebergConfiguration: { strategy: 'binpack', minInputFiles: 100, deleteFileThreshold: 10 },
      },
    },
  });
  calls.length = 0;

  await switchOn();
  const unchanged = [...calls];
  await switchOn('arn:aws:iam::111122223333:role/newer');

  assert.deepEqual(unchanged, []);
  assert.ok(calls.every((call) => call.startsWith('update ')) && calls.length === 6, calls.join());
  assert.deepEqual(
    [kept.get(key)?.configuration?.enabled, kept.get(key)?.configuration?.roleArn],
    [false, 'arn:aws:iam::111122223333:role/newer'],
  );
});

test('A table that another run has taken away meanwhile is left to the next run', async () => {
  const { switchOn } = fakeGlue(BOTH.slice(0, 1));

  assert.equal(await switchOn(), 3);
});

test('Switched off, the optimizers in the own role go, and those of somebody else stay', async () => {
  const { place, kept, switchOn } = fakeGlue(BOTH);
  await switchOn();
  const theirs = 'beta_shop_gold.fact_sales compaction';
  kept.set(theirs, {
    type: 'compaction',
    configuration: { roleArn: 'arn:aws:iam::111122223333:role/theirs', enabled: true },
  });

  const found = await readOptimizers(place, [ORDERS, SALES]);
  await removeOptimizers(place, found);

  assert.deepEqual([...kept.keys()], [theirs]);
  assert.ok(isOptimized(found, SALES, 'compaction'));
  assert.ok(!isOptimized(await readOptimizers(place, [ORDERS]), ORDERS, 'compaction'));
});

test('Any other failure than that there is no optimizer is an error that names the table', async () => {
  const { place } = fakeGlue(BOTH);
  const send = async () => ({
    Failures: [
      {
        databaseName: 'd',
        tableName: 't',
        error: { ErrorCode: 'AccessDeniedException', ErrorMessage: 'No.' },
      },
    ],
  });

  await assert.rejects(
    readOptimizers({ ...place, glue: { send } as unknown as OptimizerPlace['glue'] }, [ORDERS]),
    /which optimizers d\.t has: AccessDeniedException: No\./,
  );
});
