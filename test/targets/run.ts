/** `node test/targets/run.ts --target embedded | endpoint | aws`: the end-to-end suite on one target. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Lake, openLake } from '../../lake/lake.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import type { Target, TargetKind } from '../../lake/targets/target.ts';
import { runSuite, SUITE_STUDIES } from './suite.ts';

interface Options {
  readonly target: TargetKind;
  readonly endpoint?: string;
  readonly region?: string;
  readonly prefix?: string;
  readonly study: string;
  readonly events: number;
  readonly seed: number;
  readonly patience: number;
}

/** The study of two sources, besides the project's own. */
const STUDIES = join(root, 'test/chaos/studies');

const whole = (text: string) => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('it must be a whole number from 1.');
  return Number(text);
};

/** As of the command line. */
const WRONG_USAGE = 2;

const program = new Command('node test/targets/run.ts')
  .description('Judges a target end to end, check by check. The exit code is 1 when a check fails.')
  .addOption(
    new Option('--target <target>', 'where the lake is')
      .choices(['embedded', 'endpoint', 'aws'])
      .default('embedded'),
  )
  .option(
    '--endpoint <url>',
    'URL of the target endpoint; AWS_ENDPOINT_URL_<SERVICE> names those of single services',
  )
  .option('--region <region>', 'region of the targets endpoint and aws')
  .option('--prefix <prefix>', 'prefix that the lake was deployed with')
  .addOption(new Option('--study <study>', 'what is fed and run').choices(SUITE_STUDIES).default('amazon'))
  .option('--events <n>', 'simulated events', whole, 600)
  .option('--seed <n>', 'seed of the simulator', whole, 4)
  .option('--patience <seconds>', 'how long one check may take', whole, 600)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USAGE))
  .parse();
const options = program.opts<Options>();
if ((options.target === 'endpoint') !== (options.endpoint !== undefined))
  program.error("error: --endpoint URL and the target 'endpoint' belong together.");

async function open(scratchDir: string): Promise<Target> {
  const { endpoint: url, region, prefix } = options;
  if (options.target === 'embedded') {
    const { embedded } = await import('../../lake/targets/embedded.ts');
    return embedded({ stateDir: scratchDir, port: 0 });
  }
  if (options.target === 'aws') {
    const { aws } = await import('../../lake/targets/aws.ts');
    return aws({ region, prefix, scratchDir });
  }
  const { endpoint } = await import('../../lake/targets/endpoint.ts');
  return endpoint({ endpoint: url!, region, prefix, scratchDir });
}

const tally = { passed: 0, failed: 0 };
const scratchDir = mkdtempSync(join(tmpdir(), 'headwaters-target-'));
let lake: Lake | undefined;
try {
  lake = openLake(await open(scratchDir), { studies: studiesOf([STUDIES]) });
  process.stdout.write(`${options.study} on ${lake.target.place} (${options.target})\n`);
  await runSuite(lake, { ...options, patienceMs: options.patience * 1000 }, (check, problem) => {
    tally[problem === undefined ? 'passed' : 'failed']++;
    process.stdout.write(
      `${problem === undefined ? '✔' : '✖'} ${check}\n${problem ? `    ${problem}\n` : ''}`,
    );
  });
} catch (error) {
  tally.failed++;
  process.stderr.write(`error: ${(error as Error).message}\n`);
} finally {
  await lake?.close();
  rmSync(scratchDir, { recursive: true, force: true });
}
process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
