/** Handlers carry only what they use: a reader of YAML or a compiler of schemas in a bundle is a second of a cold start. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { bundles } from '../../lib/constructs/lambdaBundle.ts';

/** Handler, or its threads → kilobytes that its bundle may have, the AWS SDK (500 to 700 of them) included: a few percent more than it has. */
const caps: Readonly<Record<string, number>> = {
  'bronze-writer': 1070,
  cdc: 585,
  'file-loader': 1700,
  'file-loader-worker': 1450,
  'hot-aggregator': 855,
  'ingest-api': 810,
  'ledger-sweep': 835,
  'model-runner': 905,
  'oltp-api': 825,
  'run-planner': 995,
  'run-reconciler': 950,
  'serving-api': 985,
};

test('no bundle of a handler has more than its cap, and each has one', () => {
  const sizes = [...bundles()].map(([name, { length }]) => [name, Math.ceil(length / 1000)] as const);

  const tooLarge = sizes.filter(([name, kilobytes]) => !(kilobytes <= (caps[name] ?? 0)));

  assert.deepEqual(
    tooLarge.map(([name, kilobytes]) => `${name} has ${kilobytes} KB; its cap is ${caps[name]}`),
    [],
    'Import what the handler needs from the file that has it, not from one that also reads YAML or compiles schemas.',
  );
  assert.deepEqual(Object.keys(caps), sizes.map(([name]) => name).sort());
});
