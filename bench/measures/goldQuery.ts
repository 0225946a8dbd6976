/** How long a gold question takes once it has been asked before, here and on Trino over the same tables. */
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { startTrino } from '@headwaters/localstack/trino';
import { askAthena } from '../../lake/ask.ts';
import { downloadsDir } from '../../lake/project.ts';
import { localNames } from '../../lake/targets/localCloud.ts';
import { loadStudy } from '../../lib/model/study/study.ts';
import { finishedCloud } from '../finishedRun.ts';
import { anyone, type Contestant, type Measure, quantile } from '../measure.ts';
import { root } from '../targets.ts';

const TIMES_EACH = 10;

const { queries } = loadStudy(join(root, 'sql', 'amazon'));

const ours: Contestant = {
  name: 'headwaters',
  async open() {
    const target = await finishedCloud();
    const athena = new AthenaClient({ ...anyone, endpoint: target.endpoint });
    return {
      take: () => p95((sql) => askAthena(athena, localNames.workGroup, sql)),
      async close() {
        athena.destroy();
        await target.stop();
      },
    };
  },
};

const common = {
  unit: 'ms',
  goal: '≤ 100',
  method: `Each of the study's ${queries.length} gold questions ${TIMES_EACH} times, from StartQueryExecution to the last page of its results, over the tables of 10,000 events; the 95th percentile of the round.`,
  rounds: 5,
} as const;

export const goldQuery: Measure = {
  ...common,
  name: 'gold-query',
  title: 'Gold query, warm, p95',
  contestants: [ours],
};

export const goldQueryTrino: Measure = {
  ...common,
  name: 'gold-query-trino',
  title: 'Gold query, warm, p95, next to Trino 476 on the same lake',
  onRequest: true,
  contestants: [ours, { name: 'trino', open: openTrino }],
};

async function openTrino() {
  const target = await finishedCloud();
  const trino = await startTrino({
    downloads: downloadsDir,
    lake: { glueEndpoint: target.endpoint, s3Endpoint: target.endpoint },
  });
  return {
    take: () => p95((sql) => trino.query(sql, { catalog: 'iceberg' })),
    async close() {
      await trino.stop();
      await target.stop();
    },
  };
}

/** Asks every question so often and gives the 95th percentile of the milliseconds. */
async function p95(askOne: (sql: string) => Promise<unknown>): Promise<number> {
  const milliseconds: number[] = [];
  for (let time = 0; time < TIMES_EACH; time++)
    for (const { sql } of queries) {
      const startedAt = performance.now();
      await askOne(sql);
      milliseconds.push(performance.now() - startedAt);
    }
  return quantile(milliseconds, 0.95);
}
