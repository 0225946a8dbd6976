/** A new user's first session, as it is typed: a run, questions of growing difficulty, a refused file put right, an export. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { strFromU8, unzipSync } from 'fflate';
import { test } from 'vitest';
import type { Ended } from '../support/commandLine.ts';

/** `npx headwaters` of a shell is this clone's command line on this Node. */
const NPX = 'npx() { shift; "$NODE" --disable-warning=ExperimentalWarning bin/headwaters.ts "$@"; }';

/** Types a command into a shell, with what is typed into the command itself. */
function type(command: string, ...lines: readonly string[]): Promise<Ended> {
  const child = spawn('sh', ['-c', `${NPX}\n${command}`], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, NODE: process.execPath },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk) => {
      output[name] += chunk;
    });
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return new Promise((done) => child.on('close', (code) => done({ code, ...output })));
}

test('a new user runs, asks three questions, puts a refused file right and takes a result to Excel', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-session-'));
  t.onTestFinished(() => rmSync(home, { recursive: true }));
  const state = `--state ${join(home, 'state')}`;
  const excel = join(home, 'states.xlsx');

  const ran = await type(`npx headwaters run amazon --once --events 300 --duplicates 5% --port 0 ${state}`);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /✓ Balanced/);

  const asked = await type(
    `npx headwaters sql --database amazon_gold ${state}`,
    '\\d dim_customer',
    'select count(*) as customers from dim_customer;',
    '-- a join, with a name that is not quite right',
    'select c.state, sum(f.amount) as revenue from fact_sale as f',
    'join dim_customer as c on c.customer_key = f.customer_key group by 1;',
    'select c.state, sum(f.amount) as revenue from fact_sales as f',
    'join dim_customer as c on c.customer_key = f.customer_key group by 1 order by 2 desc;',
    'with ranked as (',
    '  select c.state, f.order_id, f.amount, rank() over (partition by c.state order by f.amount desc) as place',
    '  from fact_sales as f join dim_customer as c on c.customer_key = f.customer_key)',
    'select state, max(amount) as best, count(*) as sold from ranked where place <= 3 group by state order by state;',
    `\\o ${excel}`,
  );
  assert.match(asked.stdout, /customer_key +string/);
  assert.match(asked.stdout, /customers\n─+\n +\d+\n\(1 row, /);
  assert.match(asked.stdout, /TABLE_NOT_FOUND.*\nDid you mean amazon_gold\.fact_sales\?/);
  assert.match(asked.stdout, /state +revenue\n/);
  assert.match(asked.stdout, /state +best +sold\n/);
  assert.match(asked.stdout, new RegExp(`Wrote [1-9]\\d* rows? to ${excel}\\.`));
  const book = unzipSync(readFileSync(excel));
  assert.match(strFromU8(book['xl/worksheets/sheet1.xml']!), /<v>\d+(\.\d+)?<\/v>/);

  const customers = join(home, 'customers.csv');
  writeFileSync(customers, Buffer.from('customer_id;name\nl1;M\xfcller\nl2;J\xf6rg Wei\xdf\n', 'latin1'));
  const refused = await type(`npx headwaters load amazon ${customers} ${state}`);
  assert.equal(refused.code, 1);
  const printed = /^ {2}(npx headwaters load .*)$/m.exec(refused.stdout)?.[1];
  assert.ok(printed, refused.stdout + refused.stderr);
  const loaded = await type(printed);
  assert.equal(loaded.code, 0, loaded.stderr);
  const names = await type(
    `npx headwaters query --json ${state}`,
    "select name from amazon_silver.customers where customer_id like 'l%' order by customer_id",
  );
  assert.deepEqual(JSON.parse(names.stdout), [{ name: 'Müller' }, { name: 'Jörg Weiß' }]);

  await followsOneEvent(state);
});

/** An event that was sent twice: its trace says which copy was kept, and the run has one id everywhere. */
async function followsOneEvent(state: string): Promise<void> {
  const twice = await type(
    `npx headwaters query --json ${state}`,
    "select event_id from amazon_bronze.records where dt >= '2000-01-01' and event_id is not null group by event_id having count(*) > 1 limit 1",
  );
  const [{ event_id: id }] = JSON.parse(twice.stdout);
  const trace = await type(`npx headwaters trace ${id} --study amazon ${state}`);
  const status = await type(`npx headwaters status ${state}`);

  assert.match(
    trace.stdout,
    /arrived 2 times\n .*: kept: it is in silver\n .*: the duplicate: .* was kept\n/,
  );
  const run = /taken by run (\S+)/.exec(trace.stdout)?.[1];
  assert.ok(run && status.stdout.includes(run), `${run} is not in\n${status.stdout}`);
}
