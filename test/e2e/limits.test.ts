/**
 * Records at the limits of every type, records that block a study, and a damaged object: no run fails for them that cannot be
 * made to go on, and no byte is lost.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Receipt, sendRecords } from '../../lake/feed/kinesis.ts';
import { type Lake, openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import type { BronzeLine } from '../../lib/model/run/bronze.ts';
import { limitsYaml, payloadCases } from '../support/payloadCases.ts';

const table = (
  name: string,
  columns: readonly string[],
  quality: string,
  settings: string,
) => `apiVersion: v3.1.0
kind: DataContract
id: limits-gold-${name}
version: 1.0.0
status: active
description: {purpose: Under test.}
schema:
  - name: ${name}
    physicalType: table
    dataGranularityDescription: One row per event.
    properties:
${columns.map((column) => `      - {${column}, description: It.}`).join('\n')}
${quality}
customProperties:
  - {property: materialization, value: merge}
${settings}`;

const eventId =
  'name: event_id, logicalType: string, physicalType: varchar, primaryKey: true, primaryKeyPosition: 1';
const label = 'name: label, logicalType: string, physicalType: varchar';

/** `seen` overflows for the largest amounts and is published before `guarded` may stop; `labels` have one key for several events. */
const files: Readonly<Record<string, string>> = {
  'study.yaml': 'name: limits\ntitle: Limits\ndescription: Every type.\n',
  'sources/limits.yaml': limitsYaml,
  'gold/seen.sql': `select _event_id as event_id, text as label, money * 100 as hundredfold,
  date_trunc('month', cast(_event_time as date)) as month
from limits_silver.limits
`,
  'gold/seen.yaml': table(
    'seen',
    [
      eventId,
      label,
      "name: hundredfold, logicalType: number, physicalType: 'decimal(18,2)'",
      'name: month, logicalType: date, physicalType: date, required: true',
    ],
    '',
    `  - {property: partitioning, value: ["month(month)"]}
`,
  ),
  'gold/labels.sql': 'select label, event_id from limits_gold.seen where label is not null\n',
  'gold/labels.yaml': table(
    'labels',
    [
      'name: label, logicalType: string, physicalType: varchar, primaryKey: true, primaryKeyPosition: 1',
      'name: event_id, logicalType: string, physicalType: varchar',
    ],
    '',
    '',
  ),
  'gold/guarded.sql': 'select event_id, label from limits_gold.seen\n',
  'gold/guarded.yaml': table(
    'guarded',
    [eventId, label],
    `    quality:
      - {type: sql, name: nothing-blocks, description: No label says block., dimension: accuracy, severity: stop,
         query: "select count(*) from {table} where label = 'block'", mustBe: 0}`,
    '',
  ),
};

interface Sent {
  readonly bytes: Buffer;
  readonly data?: string;
}

const at = Date.now();
const event = (id: string, data: string, more = ''): Sent => ({
  bytes: Buffer.from(
    `{"specversion":"1.0","id":${JSON.stringify(id)},"source":"limits","type":"limits","time":"${new Date(at).toISOString()}"${more},"data":${data}}`,
  ),
  data,
});

/** 300 records: every type at its limits, events sent twice, odd envelopes, and bytes that are not an event. */
function records(): Sent[] {
  const cases = payloadCases(7, 11).map(({ text }, index) => event(`case-${index}`, text));
  const odd = [
    event('\ud83d', '{}'),
    event('nul-\u0000', '{"text":"nul"}'),
    event('quotes-"\\', '{"text":"\\"\\\\"}'),
    event('year-1', '{}', ',"time":"0001-01-01T00:00:00Z"'),
    event('nanos', '{}', ',"time":"2024-12-01T10:00:00.123456789+05:30"'),
    event('deep', `{"other":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    { bytes: Buffer.from([0x7b, 0xff, 0x7d]) },
    { bytes: Buffer.from('null') },
  ];
  const twice = cases.slice(0, 300 - cases.length - odd.length);
  return [...cases, ...odd, ...twice];
}

describe('a study of every type', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-limits-'));
  const folder = join(state, 'studies', 'limits');
  const sent = records();
  let receipts: Receipt[];
  let lake: Lake;
  beforeAll(async () => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    lake = openLake(await embedded({ stateDir: state, port: 0 }), { studies: studiesOf([folder]) });
    await lake.makeReady('limits');
  });
  afterAll(async () => {
    await lake.close();
    rmSync(state, { recursive: true, force: true });
  });

  const stream = () => lake.target.names.stream('limits');
  const send = async (sent: readonly Sent[]) => {
    const outgoing = sent.map(({ bytes }, index) => ({ bytes, partitionKey: `key-${index}` }));
    const receipts = await sendRecords(lake.target.clients.kinesis, stream(), outgoing);
    await lake.drain();
    return receipts;
  };
  const bucket = () => lake.target.names.bucket('lake');
  const keysOf = async (layer: 'bronze' | 'quarantine') => {
    const keys: string[] = [];
    const listing = { Bucket: bucket(), Prefix: `${layer}/study=limits/stream=` };
    for await (const { Contents = [] } of paginateListObjectsV2({ client: lake.target.clients.s3 }, listing))
      keys.push(...Contents.map(({ Key }) => Key!));
    return keys;
  };
  const bodyOf = async (key: string) => {
    const { Body } = await lake.target.clients.s3.send(new GetObjectCommand({ Bucket: bucket(), Key: key }));
    return Body!.transformToByteArray();
  };
  const linesOf = async (layer: 'bronze' | 'quarantine') => {
    const texts = await Promise.all(
      (await keysOf(layer)).map(async (key) => gunzipSync(await bodyOf(key)).toString()),
    );
    return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as BronzeLine);
  };
  const run = async () => {
    const { pipeline } = await lake.run('limits', undefined);
    return {
      ...pipeline,
      sheet: (pipeline.output as { sheet?: { balanced: boolean; total: Record<string, number> } } | undefined)
        ?.sheet,
    };
  };
  const labels = async (model: string) =>
    (
      await lake.ask(`select label from limits_gold.${model} where label in ('block', 'fine') order by label`)
    ).rows.flat();

  test('300 records at the limits of every type end in silver, duplicates or quarantine', async () => {
    receipts = await send(sent);
    const { status, sheet, cause } = await run();

    assert.equal(status, 'SUCCEEDED', cause);
    assert.equal(sheet?.balanced, true);
    assert.equal(sheet?.total.inBronze, 300);
    assert.ok(sheet.total.silver! > 60 && sheet.total.quarantined! > 60 && sheet.total.duplicates! > 0);
    const refused = await lake.ask('select distinct rule from limits_quarantine.refused order by rule');
    assert.deepEqual(
      refused.rows.map(([rule]) => rule),
      ['primary-key', 'type:hundredfold'],
    );
  });

  test('bronze or quarantine holds exactly what was sent', async () => {
    const byRecord = (lines: readonly BronzeLine[]) =>
      new Map(lines.map((line) => [`${line.shard}/${line.sequence_number}`, line]));
    const bronze = byRecord(await linesOf('bronze'));
    const quarantine = byRecord(await linesOf('quarantine'));

    const wrong = sent.filter(({ bytes, data }, index) => {
      const record = `${receipts[index]!.shard}/${receipts[index]!.sequenceNumber}`;
      const line = bronze.get(record);
      return line?.verdict === 'valid'
        ? line.data !== data || quarantine.has(record)
        : quarantine.get(record)?.raw_base64 !== bytes.toString('base64');
    });

    assert.equal(bronze.size, 300);
    assert.deepEqual(
      wrong.map(({ bytes }) => bytes.toString()),
      [],
    );
  });

  test('a record that a declared stop keeps from being published can be set aside, and the books balance', async () => {
    const [receipt] = await send([
      event('blocks', '{"text":"block","money":1}'),
      event('fine', '{"text":"fine"}'),
    ]);

    const stopped = await run();
    const record = `events/${receipt!.shard}/${receipt!.sequenceNumber}`;
    const inSeen = await labels('seen');
    const aside = await lake.setAside('limits', record, { by: 'ana', reason: 'a test of the till' });
    const { status, sheet, cause } = await run();
    const [found] = await lake.quarantined('limits', record, { days: 3 });

    assert.equal(stopped.error, 'AuditStopped');
    assert.match(stopped.cause ?? '', /guarded: nothing-blocks counted 1 .*\n.*run limits --set-aside/s);
    assert.deepEqual(inSeen, ['block', 'fine']);
    assert.deepEqual([aside.records, aside.tables], [1, ['limits_silver.limits']]);
    assert.equal(status, 'SUCCEEDED', cause);
    assert.equal(sheet?.balanced, true);
    assert.ok(sheet.total.quarantined! >= 1);
    assert.deepEqual(await labels('seen'), ['fine']);
    assert.deepEqual(await labels('guarded'), ['fine']);
    assert.equal(found?.values.rule, 'set-aside');
    assert.match(found?.values.rule_detail ?? '', /^set aside by ana at \d{4}-.*: a test of the till$/);
    assert.match(
      Buffer.from(found?.values.raw_base64 ?? '', 'base64').toString(),
      /"id":"blocks".*"text":"block"/,
    );
  });

  test('a damaged object can be set aside: its bytes are kept, and every record of it is accounted for', async () => {
    const before = new Set(await keysOf('bronze'));
    await send(Array.from({ length: 40 }, (_, index) => event(`lost-${index}`, `{"text":"${index}"}`)));
    const [key] = (await keysOf('bronze')).filter((one) => !before.has(one));
    const whole = await bodyOf(key!);
    const half = whole.slice(0, whole.length - 40);
    await lake.target.clients.s3.send(new PutObjectCommand({ Bucket: bucket(), Key: key!, Body: half }));

    const failed = await run();
    const aside = await lake.setAside('limits', key!, { by: 'ana', reason: 'cut short' });
    const { status, sheet, cause } = await run();
    const groups = await lake.quarantine('limits', { days: 3 });

    assert.equal(failed.status, 'FAILED');
    assert.equal(status, 'SUCCEEDED', cause);
    assert.equal(sheet?.balanced, true);
    const records = (await linesOf('bronze')).filter(
      ({ rule }) => rule === 'set-aside' || rule === 'unreadable',
    );
    assert.equal(sheet.total.quarantined, aside.records);
    assert.ok(records.length >= aside.records);
    assert.ok(groups.some(({ rule }) => rule === 'unreadable'));
    assert.deepEqual(await bodyOf(`quarantine/objects/${key}`), half);
  });

  test('what is in quarantine is listed by rule, and what is not there is said to be missing', async () => {
    const groups = await lake.quarantine('limits', { days: 3 });

    const rules = groups.map(({ kind, rule }) => `${kind} ${rule}`);
    for (const rule of ['record digits', 'record undecodable', 'record set-aside', 'row type:hundredfold'])
      assert.ok(rules.includes(rule), `${rule} is not among ${rules.join(', ')}`);
    await assert.rejects(lake.quarantined('limits', 'nobody', { days: 3 }), /quarantine list limits shows/);
    await assert.rejects(
      lake.setAside('limits', 'events/shardId-000000000000/1', { by: 'ana', reason: '' }),
      /No bronze object of limits holds 'events\/shardId-000000000000\/1'/,
    );
    await assert.rejects(
      lake.setAside('limits', 'nonsense', { by: 'ana', reason: '' }),
      /names neither a record/,
    );
  });
});
