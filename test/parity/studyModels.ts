/** Every study's models and questions over the tables of two runs with faults: Trino gives the rows that our Athena gives, and a table is what its SELECT gives. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { studiesOf } from '../../lake/studies.ts';
import { parseType, queryType } from '../../lib/model/contract/types.ts';
import type { Model, Study } from '../../lib/model/study/study.ts';
import { headwaters } from '../support/commandLine.ts';
import { assertDone, athenaOf, serving } from './amazonCloud.ts';
import { type Athena, rowsFault } from './amazonReplay.ts';
import { appointJudge } from './judge.ts';
import type { Report } from './run.ts';
import { sideBySide } from './sideBySide.ts';

/** The Amazon study's statements are replayed one by one, which asks more of Trino. */
const REPLAYED = ['amazon'];

/** Enough that films have neighbours and videos have views of several days. */
const FEEDS = ['--events 3000 --seed 9', '--events 1000 --seed 10'].map((feed) =>
  `${feed} --duplicates 2% --malformed 2% --late 4% --drift 1%`.split(' '),
);

interface Asked {
  readonly name: string;
  readonly sql: string;
}

export async function run(report: Report): Promise<void> {
  const studies = studiesOf();
  const judging = appointJudge();
  for (const name of studies.names.filter((study) => !REPLAYED.includes(study))) {
    const state = await mkdtemp(join(tmpdir(), 'headwaters-parity-'));
    try {
      for (const feed of FEEDS)
        assertDone(await headwaters(['run', name, '--once', '--port', '0', '--state', state, ...feed]));
      const { trino, port } = await judging;
      await serving(state, port, async (cloud) => {
        const athena = athenaOf(cloud);
        const study = studies.find(name);
        const asked = statementsOf(study);
        const faults = await sideBySide(asked, (one) => faultOf(one, athena, trino));
        for (const [at, one] of asked.entries())
          report(`${name}: Trino answers ${one.name} as we do`, faults[at] === undefined, faults[at]);
        const merged = study.models.filter(({ contract }) => contract.materialization === 'merge');
        const counts = await sideBySide(merged, (model) => athena.ask(differenceSql(model)));
        for (const [at, { layer, name: table }] of merged.entries()) {
          const [published, made, onlyPublished] = counts[at]![0]!;
          report(
            `${name}: ${layer}.${table} is after two runs what its SELECT gives`,
            published === made && onlyPublished === '0',
            `[published, made, only published] = ${JSON.stringify(counts[at]![0])}`,
          );
        }
      });
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  }
}

/** What is made from silver, and each silver table as it is. */
const statementsOf = ({ models, queries }: Study): Asked[] => [
  ...models
    .filter(({ derivedFrom }) => derivedFrom === undefined)
    .map(({ layer, name, sql }) => ({ name: `${layer}.${name}`, sql })),
  ...models
    .filter(({ layer }) => layer === 'silver')
    .map(({ name, database, table }) => ({
      name: `the rows of silver.${name}`,
      sql: `select * from ${database}.${table}`,
    })),
  ...queries.map(({ name, sql }) => ({ name: `the question ${name}`, sql })),
];

/** Rows published, rows that the SELECT gives over everything, and rows published that it does not give. */
function differenceSql({ database, table, sql, contract }: Model): string {
  const names = contract.columns.map(({ name }) => `"${name}"`).join(', ');
  const typed = contract.columns
    .map(({ name, type }) => `CAST("${name}" AS ${queryType(parseType(type))}) AS "${name}"`)
    .join(', ');
  const made = `SELECT ${typed} FROM (${sql}\n)`;
  return `SELECT (SELECT count(*) FROM ${database}.${table}), (SELECT count(*) FROM (${made})),
    (SELECT count(*) FROM (SELECT ${names} FROM ${database}.${table} EXCEPT ALL ${made}))`;
}

async function faultOf(
  { sql }: Asked,
  athena: Athena,
  trino: Awaited<ReturnType<typeof appointJudge>>['trino'],
): Promise<string | undefined> {
  try {
    const [ours, theirs] = await Promise.all([
      athena.ask(sql),
      trino.query(sql, { catalog: 'awsdatacatalog' }),
    ]);
    return rowsFault(ours, theirs);
  } catch (error) {
    return (error as Error).message;
  }
}
