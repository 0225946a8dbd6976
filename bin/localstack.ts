/** `npm run localstack`: LocalStack or MiniStack in Docker, with Athena, Glue and Step Functions of ours next to it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMPOSE = fileURLToPath(new URL('../localstack/compose.yaml', import.meta.url));
const CLOUDS = ['localstack', 'ministack'] as const;
type CloudName = (typeof CLOUDS)[number];

/** Where functions and this machine alike reach ours: on this machine the name is 127.0.0.1. */
const OURS = 'http://localhost.localstack.cloud:4567';
const WITHOUT_DOCKER =
  'Without Docker: npx headwaters up serves the built-in local cloud, and docs/localstack.md says how LocalStack runs from PyPI.';

function fail(code: number, message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(code);
}

const docker = (args: readonly string[], output: 'pipe' | 'inherit' = 'pipe') =>
  spawnSync('docker', args, { encoding: 'utf8', stdio: ['ignore', output, output] });

const compose = (cloud: CloudName, ...args: string[]) =>
  docker(['compose', '--file', COMPOSE, '--profile', cloud, ...args], 'inherit');

/** Ends the process where something that this needs is not there, with what it is and how to get it. */
function assertDocker(cloud: CloudName): void {
  const { error } = docker(['--version']);
  if (error)
    fail(
      1,
      `docker cannot be started (${error.message}). Install Docker: docs.docker.com/get-docker. ${WITHOUT_DOCKER}`,
    );
  const engine = docker(['info']);
  if (engine.status !== 0)
    fail(1, `The Docker daemon does not answer (“${lastLine(engine.stderr)}”). Start it. ${WITHOUT_DOCKER}`);
  const plugin = docker(['compose', 'version']);
  if (plugin.status !== 0)
    fail(
      1,
      `docker has no 'compose' (“${lastLine(plugin.stderr)}”). Install its Compose plugin. ${WITHOUT_DOCKER}`,
    );
  if (cloud === 'localstack' && !process.env.LOCALSTACK_AUTH_TOKEN)
    fail(
      1,
      'LOCALSTACK_AUTH_TOKEN is not set, and the image of LocalStack does not start without one. ' +
        'Get one at app.localstack.cloud, or start MiniStack, which needs none: npm run localstack -- ministack',
    );
}

const lastLine = (text: string) => text.trim().split('\n').at(-1)!;

const [cloud = 'localstack', action = 'up', ...rest] = process.argv.slice(2);
if (cloud === '--help' || cloud === '-h') {
  process.stdout.write(
    'Usage: npm run localstack [-- localstack|ministack [down]]\n\nStarts that cloud in Docker with ours next to it, or stops both.\n',
  );
  process.exit(0);
}
if (!CLOUDS.some((name) => name === cloud) || !['up', 'down'].includes(action) || rest.length > 0)
  fail(
    2,
    `'${process.argv.slice(2).join(' ')}' is not understood; allowed: ${CLOUDS.join(' or ')}, and after it up (default) or down.`,
  );
const name = cloud as CloudName;
assertDocker(name);
const { status } = action === 'down' ? compose(name, 'down') : compose(name, 'up', '--detach', '--wait');
if (status !== 0) fail(1, `docker compose ended with exit code ${status}. Its own words are above.`);
if (action === 'up') {
  const services = ['ATHENA', 'GLUE', 'SFN'];
  process.stdout.write(
    `${name} serves at http://127.0.0.1:4566, ours at ${OURS}\n\n` +
      `  export ${services.map((service) => `AWS_ENDPOINT_URL_${service}=${OURS}`).join(' ')}\n` +
      '  npx headwaters run <study> --target endpoint --endpoint http://127.0.0.1:4566\n\n' +
      `npm run localstack -- ${name} down stops both.\n`,
  );
}
