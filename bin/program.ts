/** The command line: names, options and exit codes; each command's work is in `commands/`. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { ATHENA_ENGINES, DEFAULT_ATHENA_PORT, DEFAULT_PORT, DEFAULT_STATE } from '../lake/defaults.ts';
import { completionScript, entriesOf, SHELLS, type Shell } from './completion.ts';
import { withRebuild } from './rebuildOptions.ts';

export const program = new Command('headwaters')
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

/** The SDKs for JavaScript and Java read the one, boto3 and older tools the other. */
const environmentRegion = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1';

/** Every command's study. */
const STUDY = 'name of a study; headwaters studies lists them';

const stateOption = () =>
  new Option('--state <dir>', 'folder that holds the local cloud; another folder is another lake').default(
    DEFAULT_STATE,
  );

const each = (value: string, before: readonly string[] = []) => [...before, value];
const studiesOption = () =>
  new Option(
    '--studies <dir>',
    "a folder of studies, or a study's folder, besides the project's own; may be repeated",
  ).argParser(each);

/** Which lake a command works on. */
const onLake = (command: Command) =>
  command
    .addOption(
      new Option(
        '--target <target>',
        'the local cloud of the state folder, any AWS-compatible URL, or AWS (default: embedded)',
      ).choices(['embedded', 'endpoint', 'aws']),
    )
    .option('--endpoint <url>', 'the URL of --target endpoint, e.g. http://127.0.0.1:4566')
    .option('--region <region>', "region of --target endpoint and aws (default: the environment's)")
    .option('--prefix <prefix>', 'prefix of the names there (default: headwaters)')
    .addOption(studiesOption())
    .addOption(stateOption());

const athenaOption = () =>
  new Option(
    '--athena <engine>',
    'what runs the SQL of a cloud that this command starts; trino is the real engine, fetched once (default: duckdb)',
  ).choices(ATHENA_ENGINES);
const allowHostOption = () =>
  new Option(
    '--allow-host <name>',
    'a host name that the cloud answers to, with the names under it, in addition to localhost; may be repeated',
  ).argParser(each);
const allowOriginOption = () =>
  new Option(
    '--allow-origin <origin>',
    'an origin whose web pages may use the cloud, e.g. http://localhost:3000; may be repeated',
  ).argParser(each);
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

/** What a study is fed with. */
const withInput = (command: Command) =>
  command
    .option('--input <dir>', 'a folder of data instead of the simulator')
    .option(
      '--preset <name>',
      "a preset of the study's simulator; options that are given come before its own",
    )
    .hook('preAction', (_, action) => {
      const given = Object.keys(action.opts()).filter((name) => action.getOptionValueSource(name) === 'cli');
      action.setOptionValue('given', given);
    })
    .option('--events <n>', 'simulated events', whole(1), 10_000)
    .option('--seed <n>', 'seed of the simulator', whole(0), 1)
    .option('--days <n>', 'days that the simulated events span, up to now', whole(1, 365), 30)
    .option('--rate <n>', 'events sent per second; as fast as they go without it', whole(1))
    .option('--duplicates <share>', 'share of simulated events sent twice', share, 0)
    .option('--malformed <share>', 'share that arrives damaged', share, 0)
    .option('--late <share>', 'share sent up to three days late', share, 0)
    .option('--drift <share>', 'share with a field of another type', share, 0)
    .option('--unknown <share>', 'share of a type no contract knows', share, 0);

withRebuild(
  onLake(
    withInput(
      program
        .command('run')
        .description(
          "take a study's data in, run its pipeline, show balance sheet and gold answers, and keep serving",
        )
        .argument('<study>', `${STUDY}; all runs each of them, one after the other`),
    ),
  ),
)
  .option('--no-input', 'send nothing: run over what has arrived')
  .addOption(
    new Option(
      '--set-aside <what>',
      'move what blocks to quarantine and run over the rest: <stream>/<shard>/<sequence number>, or the key of a bronze object; may be repeated',
    ).argParser(each),
  )
  .option('--reason <text>', 'why it is set aside; kept with the record', 'none given')
  .option(
    '--watch',
    'run again whenever a file of the study is saved, and show what changed in its rows',
    false,
  )
  .option('--once', 'end after the answers instead of serving', false)
  .option('--port <n>', 'port of the local cloud', whole(0, 65_535))
  .addOption(allowHostOption())
  .addOption(allowOriginOption())
  .addOption(athenaOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/run.ts')).run));

withRebuild(
  onLake(
    program
      .command('plan')
      .description('what the next run would rebuild because a model changed, and what that costs')
      .argument('<study>', STUDY),
  ),
)
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/plan.ts')).plan));

onLake(
  withInput(
    program.command('feed').description("take a study's data in, up to bronze").argument('<study>', STUDY),
  ),
)
  .addOption(athenaOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/feed.ts')).feed));

onLake(
  program
    .command('backfill')
    .description(
      'fill silver from bronze of many days by Spark on Glue; says what it costs, and starts with --yes',
    )
    .argument('<study>', STUDY),
)
  .addOption(
    new Option('--engine <engine>', 'what makes the rows').choices(['glue-spark']).default('glue-spark'),
  )
  .requiredOption('--from <day>', 'first day of arrival, e.g. 2020-01-01')
  .requiredOption('--to <day>', 'last day of arrival')
  .addOption(
    new Option('--sources <name>', 'only the silver table of this source; may be repeated').argParser(each),
  )
  .option('--yes', 'start the job', false)
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/backfill.ts')).backfill));

program
  .command('up')
  .description('start the local cloud with the stacks deployed, and serve until Ctrl-C')
  .argument('[study...]', 'studies to deploy; every one there is without it')
  .addOption(studiesOption())
  .option('--port <n>', 'port to serve at', whole(0, 65_535), DEFAULT_PORT)
  .addOption(allowHostOption())
  .addOption(allowOriginOption())
  .addOption(
    new Option('--quotas <how>', 'limit rates as AWS does, or not').choices(['off', 'aws']).default('off'),
  )
  .addOption(athenaOption())
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/up.ts')).up));

program
  .command('athena')
  .description('Glue and Athena only, next to any S3: of AWS, LocalStack, MiniStack, or another local cloud')
  .option('--s3 <url>', "the S3's endpoint, e.g. http://127.0.0.1:4566 (default: AWS's own)")
  .option(
    '--lambda <url>',
    'serve Step Functions and DynamoDB, too, for the functions and topics at this URL',
  )
  .option('--port <n>', 'port to serve at', whole(0, 65_535), DEFAULT_ATHENA_PORT)
  .addOption(allowHostOption())
  .addOption(allowOriginOption())
  .option('--region <region>', 'region of the buckets', environmentRegion)
  .addOption(athenaOption())
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/athena.ts')).athena));

onLake(
  program
    .command('query')
    .description(
      'run Athena SQL over any table; without SQL, statements of standard input, or a shell on a terminal',
    )
    .argument('[sql]', 'statements separated by semicolons, e.g. "show databases"'),
)
  .option('-f, --file <file>', "a file of statements, such as a study's queries; - is standard input")
  .option('-o, --output <file>', 'write the last result to a .csv, .json, .parquet or .xlsx file')
  .option('--format <format>', 'table, json or csv', 'table')
  .addOption(jsonOption())
  .option('-x, --expanded', 'a line for each value instead of a table', false)
  .option('--database <name>', 'database of names without one')
  .addOption(athenaOption())
  .action(calls(async () => (await import('./commands/query.ts')).query));

onLake(
  program
    .command('sql')
    .description('a shell for Athena SQL: history, completion, \\d, expanded display, results to files'),
)
  .option('--database <name>', 'database of names without one')
  .addOption(athenaOption())
  .action(calls(async () => (await import('./commands/query.ts')).shell));

onLake(
  program
    .command('load')
    .description(
      'land batch files (csv, tsv, json, ndjson, xml, parquet; .gz, .zip) for a study and run its pipeline',
    )
    .argument('<study>', STUDY)
    .argument('<file...>', 'files named after their source (customers.csv) or given with --source'),
)
  .option('--source <name>', 'the source that the files belong to')
  .option('--encoding <label>', 'encoding of the files, e.g. windows-1252 (default: utf-8)')
  .option('--delimiter <character>', "what separates the cells of a CSV file, e.g. ';' or tab")
  .addOption(athenaOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/load.ts')).load));

const quarantine = program
  .command('quarantine')
  .description("what a study's rules refused, and why; run --set-aside moves more there");
const inQuarantine = (command: Command) =>
  onLake(command)
    .option('--days <n>', 'days back in which the records arrived', whole(1, 3650), 30)
    .addOption(jsonOption());
inQuarantine(
  quarantine
    .command('list')
    .description('how much there is, by source or model and rule; with --rule what that rule refused')
    .argument('<study>', STUDY)
    .option('--rule <rule>', 'list what this rule refused, the newest first')
    .option('--limit <n>', 'of each source or model and path, with --rule', whole(1, 1000), 20),
).action(calls(async () => (await import('./commands/quarantine.ts')).listQuarantine));
inQuarantine(
  quarantine
    .command('show')
    .description('one refused record or row with its payload')
    .argument('<study>', STUDY)
    .argument('<id>', '<stream>/<shard>/<sequence number>, or the CloudEvents id'),
).action(calls(async () => (await import('./commands/quarantine.ts')).showQuarantine));

onLake(
  program
    .command('trace')
    .description('follow one event through every layer: objects, rows and statements that touched it')
    .argument('<event-id>', 'the CloudEvents id, or the place of a record: stream/shard/sequence number'),
)
  .requiredOption('--study <study>', 'the study to look in')
  .option('--days <n>', 'days back to look for the record', whole(1, 3650), 7)
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/trace.ts')).trace));

onLake(
  program
    .command('transact')
    .description("carry out one of a study's declared OLTP transactions through its HTTP API")
    .argument('<study>', STUDY)
    .argument('<transaction>', "one that the study's oltp.yaml declares")
    .argument('<json>', 'its input as JSON'),
).action(calls(async () => (await import('./commands/transact.ts')).transact));

onLake(
  program
    .command('compare')
    .description('ask OLTP (DynamoDB) and OLAP (Athena) the same question; show both answers and their cost')
    .argument('<study>', STUDY)
    .argument('<question>', "an access pattern of the study's oltp.yaml with an olap query")
    .argument('[name=value...]', 'parameters of the question'),
)
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/compare.ts')).compare));

onLake(
  program
    .command('live')
    .description('what live views hold: the newest windows by key, about a second behind the stream')
    .argument('<study>', STUDY)
    .argument('[view]', 'one of its live views; all without it'),
)
  .option('--windows <n>', 'newest windows to show', whole(1, 1000), 1)
  .option('--top <n>', 'rows of a window to show, the greatest first', whole(1, 100_000), 20)
  .option('--key <column=value>', 'only rows of this key; may be repeated', each)
  .option('--watch', 'show the views again every second, until interrupted')
  .option('--compare', 'compare the windows with what the last run published')
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/live.ts')).live));

onLake(program.command('status').description('what is deployed, what has landed, how runs ended'))
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/status.ts')).status));

program
  .command('studies')
  .description('the studies there are')
  .addOption(studiesOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/studies.ts')).studies));

program
  .command('show')
  .description("a table's SQL (written or derived), its contract, what it reads and what reads it")
  .argument('<table>', '<study>.<layer>.<table>; layers: sources, silver, gold, marts')
  .addOption(studiesOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/show.ts')).show));

program
  .command('test')
  .description("run the tests of a study's models: given rows, expected rows (<table>.test.yaml)")
  .argument('<study[.model]>', 'a study, or one of its models')
  .addOption(studiesOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/test.ts')).test));

program
  .command('new')
  .description('write a small study that runs, to be changed by hand')
  .argument('<what>', 'study')
  .argument('<name>', 'its name: up to 16 lower case letters, digits and hyphens')
  .option('--dir <dir>', 'folder of studies to write it into', '.')
  .action(calls(async () => (await import('./commands/new.ts')).create));

program
  .command('doctor')
  .description('check that this machine can run everything')
  .addOption(
    new Option('--install <part>', 'fetch what runs PySpark jobs in the local cloud (500 MB)').choices([
      'spark',
    ]),
  )
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/doctor.ts')).doctor));

program
  .command('preflight')
  .description(
    'check an AWS account before cdk deploy: credentials, bootstrap, Lake Formation, quotas, monthly cost',
  )
  .option('--region <region>', 'AWS region', environmentRegion)
  .addOption(
    new Option('--profile <profile>', 'size of the deployment').choices(['small', 'large']).default('small'),
  )
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/preflight.ts')).preflight));

onLake(
  program
    .command('teardown')
    .description(
      'delete the stacks of a lake, and on a second yes its data; --check says what is left and what it costs',
    ),
)
  .option('--check', 'delete nothing: list what is left; exit code 1 if anything is', false)
  .option('--yes', 'delete the stacks; what holds data stays', false)
  .option('--delete-data <prefix>', "with --yes: delete the data too; the lake's prefix is the second yes")
  .option('--lift-protection', 'lift the protection from deletion that the profile large has', false)
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/teardown.ts')).teardown));

program
  .command('smoke')
  .description(
    'deploy one study under a prefix of its own, feed and run it, compare its answers with the truth, and take everything down; says what it costs, and starts with --yes',
  )
  .addOption(
    new Option(
      '--target <target>',
      'where: a local cloud of its own, any local cloud, or AWS (default: embedded)',
    ).choices(['embedded', 'endpoint', 'aws']),
  )
  .option('--endpoint <url>', 'the URL of --target endpoint, e.g. http://127.0.0.1:4566')
  .option('--region <region>', "region of --target endpoint and aws (default: the environment's)")
  .option('--study <study>', 'the study to deploy (default: the one with the fewest models)')
  .addOption(studiesOption())
  .option('--events <n>', 'simulated events', whole(1), 1000)
  .option('--yes', 'start; without it only the cost is shown', false)
  .option('--keep', 'leave the lake as it is at the end, also when a step failed', false)
  .addOption(stateOption())
  .addOption(jsonOption())
  .action(calls(async () => (await import('./commands/smoke.ts')).smoke));

program
  .command('down')
  .description('stop the local cloud of a state folder')
  .option('--purge', 'also remove its state', false)
  .addOption(stateOption())
  .action(calls(async () => (await import('./commands/down.ts')).down));

program
  .command('completion')
  .description('print the completion of a shell: source <(headwaters completion bash)')
  .addArgument(new Argument('<shell>', 'the shell that reads it').choices(SHELLS))
  .addOption(studiesOption())
  .action(async (shell: Shell, { studies }: { studies?: readonly string[] }) => {
    const { studiesOf } = await import('../lake/studies.ts');
    process.stdout.write(completionScript(shell, entriesOf(program, studiesOf(studies).names)));
  });

/** SQL may begin with a comment, which looks like an option: no option has a blank or a line's end in its name. */
function asArgument(text: string): string {
  return /^--(?:\s|[^\n=]*\n)/.test(text) ? ` ${text}` : text;
}

/** Runs the command that the arguments name. @throws CommanderError, UsageError and whatever the command fails with */
export async function runCommand(args: readonly string[]): Promise<void> {
  await program.parseAsync(args.map(asArgument), { from: 'user' });
}
