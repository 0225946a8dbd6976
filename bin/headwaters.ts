/** The command line: names, options and exit codes; each command's work is in `commands/`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { ATHENA_ENGINES, DEFAULT_ATHENA_PORT, DEFAULT_PORT } from './defaults.ts';
import { EXIT, exitCode } from './failure.ts';
import { listenForSignals } from './interruption.ts';

const program = new Command('headwaters')
  .description(
    'A serverless lakehouse on AWS that runs, breaks and repairs on a laptop, then deploys unchanged.',
  )
  .version('0.1.0')
  .addHelpText('after', '\nExit codes: 0 done, 1 failed or out of balance, 2 wrong usage.')
  .exitOverride()
  .showHelpAfterError('(--help shows what there is)');

/** A command is loaded when it is called, so that help and wrong usage are answered at once. */
const calls =
  <A extends unknown[]>(load: () => Promise<(...args: A) => unknown>) =>
  async (...args: A): Promise<void> => {
    await (await load())(...args);
  };

const stateOption = () =>
  new Option('--state <dir>', 'folder that holds this world; another folder is another world').default(
    '.headwaters',
  );
const athenaOption = () =>
  new Option(
    '--athena <engine>',
    'what runs the SQL of a cloud that this command starts; trino is the real engine, fetched once (default: duckdb)',
  ).choices(ATHENA_ENGINES);
const jsonOption = () =>
  new Option('--json', 'print JSON on standard output and nothing else').default(false);

const whole =
  (low: number, high = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low || value > high)
      throw new InvalidArgumentError(`it must be a whole number from ${low} to ${high}.`);
    return value;
  };

const share = (text: string): number => {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('it must be a share from 0 to 1, or a percentage such as 1%.');
  return value;
};

program
  .command('run')
  .description(
    "take a study's data in, run its pipeline, show balance sheet and gold answers, and keep serving",
  )
  .argument('<study>', 'a folder of sql/, e.g. amazon')
  .option('--input <dir>', 'a folder of data instead of the simulator')
  .option('--events <n>', 'simulated events', whole(1), 10_000)
  .option('--seed <n>', 'seed of the simulator', whole(0), 1)
  .option('--days <n>', 'days that the simulated events span, up to now', whole(1, 365), 30)
  .option('--rate <n>', 'events sent per second; as fast as they go without it', whole(1))
  .option('--duplicates <share>', 'share of simulated events sent twice', share, 0)
  .option('--malformed <share>', 'share that arrives damaged', share, 0)
  .option('--late <share>', 'share sent up to three days late', share, 0)
  .option('--drift <share>', 'share with a field of another type', share, 0)
  .option('--unknown <share>', 'share of a type no contract knows', share, 0)
  .option('--once', 'end after the answers instead of serving on', false)
  .option('--port <n>', 'port of the local cloud', whole(0, 65_535))
  .addOption(athenaOption())
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/run.ts')).run));

program
  .command('up')
  .description('start the local cloud with the stacks deployed, and serve until Ctrl-C')
  .option('--port <n>', 'port to serve at', whole(0, 65_535), DEFAULT_PORT)
  .addOption(
    new Option('--quotas <how>', 'limit rates as AWS does, or not').choices(['off', 'aws']).default('off'),
  )
  .addOption(athenaOption())
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/up.ts')).up));

program
  .command('athena')
  .description('Glue and Athena alone, beside any S3: of AWS, LocalStack, MiniStack, or another local cloud')
  .option('--s3 <url>', "the S3's endpoint, e.g. http://127.0.0.1:4566 (default: AWS's own)")
  .option('--port <n>', 'port to serve at', whole(0, 65_535), DEFAULT_ATHENA_PORT)
  .option('--region <region>', 'region of the buckets', process.env.AWS_REGION ?? 'us-east-1')
  .addOption(athenaOption())
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/athena.ts')).athena));

program
  .command('query')
  .description('run Athena SQL over any table')
  .argument('<sql>', 'one statement, e.g. "select count(*) from amazon_gold.fact_sales"')
  .option('--format <format>', 'table, json or csv', 'table')
  .option('--database <name>', 'database of names without one')
  .addOption(athenaOption())
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/query.ts')).query));

program
  .command('load')
  .description(
    'land batch files (csv, tsv, json, ndjson, xml, parquet; .gz, .zip) for a study and run its pipeline',
  )
  .argument('<study>', 'a folder of sql/, e.g. amazon')
  .argument('<file...>', 'files named after their source (customers.csv) or given with --source')
  .option('--source <name>', 'the source that the files belong to')
  .addOption(athenaOption())
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/load.ts')).load));

program
  .command('trace')
  .description('follow one event through every layer: objects, rows and statements that touched it')
  .argument('<event-id>', 'the CloudEvents id')
  .option('--study <study>', 'the study to look in', 'amazon')
  .option('--days <n>', 'days back to look for the record', whole(1, 3650), 7)
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/trace.ts')).trace));

program
  .command('transact')
  .description("carry out one of a study's declared OLTP transactions through its HTTP API")
  .argument('<study>', 'a folder of sql/, e.g. amazon')
  .argument('<transaction>', 'e.g. place-order; sql/<study>/oltp.yaml declares them')
  .argument('<json>', 'its input as JSON')
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/transact.ts')).transact));

program
  .command('compare')
  .description('ask OLTP (DynamoDB) and OLAP (Athena) the same question; show both answers and their cost')
  .argument('<study>', 'a folder of sql/, e.g. amazon')
  .argument(
    '<question>',
    'e.g. orders-of-customer; an access pattern of sql/<study>/oltp.yaml with an olap query',
  )
  .argument('[name=value...]', 'parameters of the question')
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/compare.ts')).compare));

program
  .command('status')
  .description('what is deployed, what has landed, how runs ended')
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/status.ts')).status));

program
  .command('doctor')
  .description('check that this machine can run everything')
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/doctor.ts')).doctor));

program
  .command('preflight')
  .description(
    'check an AWS account before cdk deploy: credentials, bootstrap, Lake Formation, quotas, monthly cost',
  )
  .option('--region <region>', 'AWS region', process.env.AWS_REGION ?? 'us-east-1')
  .addOption(
    new Option('--profile <profile>', 'size of the deployment').choices(['small', 'large']).default('small'),
  )
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/preflight.ts')).preflight));

program
  .command('down')
  .description('stop the local cloud of a state folder')
  .option('--purge', 'also remove its state', false)
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/down.ts')).down));

listenForSignals();
try {
  await program.parseAsync();
  process.exitCode ??= EXIT.done;
} catch (error) {
  process.exitCode = exitCode(error);
}
