/** The versions of an entity that hold since the same instant are put in the order that their source declares, however they arrived. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { loadStudy } from '../../lib/model/study/study.ts';
import { withStudy } from '../../lib/model/testing/fixture.ts';
import { storeFiles } from '../../lib/model/testing/store.ts';
import { createDuckRuns, type DuckRuns, type LandedRecord } from '../support/duckRun.ts';
import { assertAsFromNothing } from '../support/fromNothing.ts';

const study = withStudy('store', storeFiles, loadStudy);

interface Version {
  readonly state: string;
  readonly revision?: number;
  readonly since?: string;
  /** @default s */
  readonly shard?: string;
}

const SINCE = '2024-04-01T00:00:00Z';

/** Versions of one customer in the order in which they arrive, a second apart. */
const arriving = (versions: readonly Version[], minute = 0): LandedRecord[] =>
  versions.map(({ shard = 's', state, revision, since = SINCE }, second) => {
    const payload = { customer_id: 'c1', state, since, ...(revision !== undefined && { revision }) };
    const place = `${minute}${String(second).padStart(4, '0')}`;
    return {
      payload,
      line: {
        stream: 'landing',
        shard,
        sequence_number: place,
        arrived_at: new Date(Date.UTC(2026, 0, 1, 10, minute, second)).toISOString(),
        source: 'customers',
        verdict: 'valid',
        event_id: `${shard}-${place}`,
        event_source: 'test',
        event_time: SINCE,
        data: JSON.stringify(payload),
      },
    };
  });

describe('the version that counts', () => {
  let runs: DuckRuns;
  const landed: LandedRecord[][] = [];
  beforeEach(async () => {
    runs = await createDuckRuns(study);
    landed.length = 0;
  });
  afterEach(() => runs.close());
  const runOver = async (records: LandedRecord[]) => {
    landed.push(records);
    await runs.land(records);
    await runs.run();
  };
  /** Of the history, the state now; of the latest table, its state. */
  const states = async () => {
    const [current] = await runs.lake.query(
      'SELECT (SELECT state FROM store_gold.dim_customer WHERE is_current) AS history, (SELECT state FROM store_gold.newest_customer) AS latest',
    );
    return current;
  };

  test('is the last one by the declared order, whatever arrived last', async () => {
    await runOver(arriving([{ state: 'TX', revision: 10 }, { state: 'CA', revision: 2 }, { state: 'NY' }]));

    assert.deepEqual(await states(), { history: 'TX', latest: 'TX' });
  });

  test('stays when a run brings an earlier one later, and goes when it brings a later one', async () => {
    await runOver(arriving([{ state: 'TX', revision: 2 }]));
    await runOver(arriving([{ state: 'CA', revision: 1 }], 1));
    const between = await states();
    await runOver(arriving([{ state: 'NY', revision: 3 }], 2));

    assert.deepEqual(between, { history: 'TX', latest: 'TX' });
    assert.deepEqual(await states(), { history: 'NY', latest: 'NY' });
    await assertAsFromNothing(runs, study, landed);
  });

  test('is the last to arrive of those with the same place in the order, whichever file it is in', async () => {
    await runOver([
      ...arriving([{ state: 'CA', revision: 1, shard: 'z' }]),
      ...arriving([{ state: 'TX', revision: 1, shard: 'a' }], 1),
    ]);

    assert.deepEqual(await states(), { history: 'TX', latest: 'TX' });
  });

  test('is by time first: the order only decides within an instant', async () => {
    await runOver(
      arriving([
        { state: 'TX', revision: 1, since: '2024-05-01T00:00:00Z' },
        { state: 'CA', revision: 9 },
      ]),
    );

    assert.deepEqual(await states(), { history: 'TX', latest: 'TX' });
  });

  test('without a place in the order is before the first one', async () => {
    await runOver(arriving([{ state: 'TX', revision: 0 }, { state: 'CA' }]));

    assert.deepEqual(await states(), { history: 'TX', latest: 'TX' });
  });
});

test('a table of entities that does not give the declared order of its versions is reported with the column', () => {
  const { 'gold/newest_customer.sql': sql = '' } = storeFiles;

  assert.throws(
    () =>
      withStudy(
        'store',
        { ...storeFiles, 'gold/newest_customer.sql': sql.replace('_order, ', '') },
        loadStudy,
      ),
    /newest_customer\.sql.*versions are put in order by '_order', and the final SELECT does not give it: add _order/,
  );
});
