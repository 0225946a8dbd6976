/** `node test/parity/table.ts` writes docs/parity.md: what the local cloud does, read from its code, next to what other endpoints do. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startCloud } from '@headwaters/localstack';
import { MINISTACK } from '../../bench/targets.ts';
import type { ApartService } from '../../lake/targets/divideTemplates.ts';
import type { Member, Members } from '../../localstack/core/inputs/declare.ts';
import type { Service } from '../../localstack/core/service.ts';
import type { Provider } from '../../localstack/services/cloudformation/support.ts';
import { CLIENTS } from '../../localstack/test/support/models.ts';
import { checkNames } from '../targets/suite.ts';
import { behaviours } from './endpointBehaviour.ts';
import {
  ASKED_TYPES,
  FAILURES,
  LOCALSTACK_LEFT_OUT,
  LOCALSTACK_PRETENDS,
  LOCALSTACK_SERVED_BY_OURS,
  LOCALSTACK_SHORTCOMINGS,
  LOCALSTACK_SUITE_SHORTCOMINGS,
  MINISTACK_LEFT_OUT,
  MINISTACK_SERVED_BY_OURS,
  MINISTACK_SHORTCOMINGS,
  MINISTACK_SUITE_SHORTCOMINGS,
  REDELIVERED,
  type ServedByOurs,
} from './endpointShortcomings.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const FILE = join(ROOT, 'docs', 'parity.md');
const SERVICES = join(ROOT, 'localstack', 'services');

/** The whole page, as markdown. */
export async function parityPage(): Promise<string> {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-parity-'));
  const cloud = await startCloud({ stateDir, port: 0 });
  try {
    const services = cloud.context.services().toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return [
      INTRODUCTION,
      behaviourTable(),
      suiteTable(),
      resourceTable(services),
      actionTable(services),
      parameterTable(services),
      differences(services),
      '',
    ].join('\n\n');
  } finally {
    await cloud.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

const INTRODUCTION = `# What runs where

Written by \`node test/parity/table.ts\`, from the code of the local cloud and from what \`npm run parity\` found on other
endpoints; \`npm test\` fails when this page is behind the code. Do not edit it.

Our column says **done** (as on AWS, under test), **approximated** (with how it differs), **not emulated** (accepted without
effect, and listed: at every deploy, or below) or **refused** (an error that names it). Nothing else is accepted in silence:
\`localstack/test/inputs.test.ts\` compares what every action takes with AWS's own models.

The peers are ${MINISTACK.replace('==', ' ')} and localstack-core 2026.3.0, the last community release, both from PyPI, without Docker and
without downloads from elsewhere. Their columns are declared in \`test/parity/endpointShortcomings.ts\`; the parity run
deploys the same templates and bundles there through CloudFormation's API and fails when an outcome differs from the
declaration, for better or worse.`;

function behaviourTable(): string {
  const rows = behaviours.map(({ name, source }) => [
    `[${name}](${source})`,
    'done',
    MINISTACK_SHORTCOMINGS[name] ?? 'done',
    LOCALSTACK_SHORTCOMINGS[name] ?? 'done',
  ]);
  return `## What a lakehouse needs, asked by behaviour\n\n${table(['', 'here', 'MiniStack', 'LocalStack'], rows)}`;
}

function suiteTable(): string {
  const asked = [...checkNames, REDELIVERED, FAILURES].map((name) => [
    name,
    'done',
    MINISTACK_SUITE_SHORTCOMINGS[name] ?? 'done',
    LOCALSTACK_SUITE_SHORTCOMINGS[name] ?? 'done',
  ]);
  const services = [...new Set(Object.keys({ ...MINISTACK_SERVED_BY_OURS, ...LOCALSTACK_SERVED_BY_OURS }))];
  const served = services.sort().map((service) => [
    `\`AWS_ENDPOINT_URL_${service}\``,
    ...[MINISTACK_SERVED_BY_OURS, LOCALSTACK_SERVED_BY_OURS].map((byOurs: ServedByOurs) => {
      const reason = byOurs[service as ApartService];
      return reason ? `ours: ${reason}` : 'its own';
    }),
  ]);
  return `## The end-to-end suite on other endpoints

\`node test/targets/run.ts\`, as \`npm run parity targets\` runs it there; [how to](localstack.md). LocalStack's functions run by our Lambda executor
(\`localstack/lambda-executor/\`), without Docker. The service of ours next to each:

${table(['', 'MiniStack', 'LocalStack'], served)}

${table(['check', 'here', 'MiniStack', 'LocalStack'], asked)}`;
}

function resourceTable(services: readonly Service[]): string {
  const rows = services.flatMap(({ resources = {} }) =>
    Object.entries(resources).map(([type, provider]) => [
      `\`${type}\``,
      names(provider.properties.filter((name) => !notEmulated(provider).includes(name))),
      names(notEmulated(provider)),
      ((provider as Provider).limits ?? []).join('; '),
      ASKED_TYPES.includes(type)
        ? (MINISTACK_SHORTCOMINGS[type] ?? MINISTACK_LEFT_OUT[type] ?? 'created')
        : '–',
      ASKED_TYPES.includes(type) ? localStackOn(type) : '–',
    ]),
  );
  const head = ['resource type', 'done', 'not emulated', 'approximated', 'MiniStack', 'LocalStack'];
  return `## CloudFormation resources

Any other type, and any other property of these, is refused before the first resource is touched. Tags are not emulated.
“Created” is what the endpoint's CloudFormation says; “–” is a type that the app does not use, and was not asked for.

${table(head, rows)}`;
}

const notEmulated = (provider: Provider) => provider.notEmulated ?? [];

function localStackOn(type: string): string {
  if (LOCALSTACK_PRETENDS.includes(type)) return 'says created, and does nothing';
  return LOCALSTACK_SHORTCOMINGS[type] ?? LOCALSTACK_LEFT_OUT[type] ?? 'created';
}

function actionTable(services: readonly Service[]): string {
  const rows: string[][] = [];
  for (const { name, actions } of services) {
    const done = Object.keys(actions)
      .filter((action) => !action.startsWith('_'))
      .sort();
    const known = actionsOnAws(name);
    const refused = known.filter((action) => !done.includes(action));
    rows.push([
      `\`${name}\``,
      String(done.length),
      known.length > 0 ? String(refused.length) : '',
      names(done),
    ]);
  }
  return `## API actions

Refused are the other actions that the service's SDK client knows: each answers \`NotImplementedException\` with its name.

${table(['service', 'done', 'refused', 'the ones done'], rows)}`;
}

function parameterTable(services: readonly Service[]): string {
  const rows = services.flatMap(({ name, actions, inputs = {} }) =>
    Object.keys(actions)
      .filter((action) => inputs[action] !== undefined)
      .sort()
      .map((action) => [name, action, ...parametersOf(inputs[action] ?? {})])
      .filter(([, , withoutEffect, refused]) => withoutEffect || refused),
  );
  return `## Parameters of the actions

Every parameter that AWS's model of an action has does here what it does on AWS, but for these. A refused one, or a refused value
of one (after \`=\`), answers \`NotImplementedException\` with its name.

${table(['service', 'action', 'accepted without effect', 'refused'], rows)}`;
}

/** What is without effect, and what is refused, as paths: `Settings.Mode`. */
function parametersOf(members: Members): [string, string] {
  const withoutEffect: string[] = [];
  const refused: string[] = [];
  const visit = (path: string, member: Member): void => {
    if (member.use === 'noEffect') withoutEffect.push(path);
    else if (member.use === 'refused') refused.push(path);
    else {
      if (member.refusedValues) refused.push(`${path} = ${member.refusedValues.join('/')}`);
      if (member.each) visit(path, member.each);
      for (const [name, inner] of Object.entries(member.members ?? {})) visit(`${path}.${name}`, inner);
    }
  };
  for (const [name, member] of Object.entries(members)) visit(name, member);
  return [names(withoutEffect), names(refused)];
}

/** Read from the client's type files: loading all clients for their names would take seconds. */
function actionsOnAws(service: string): string[] {
  const client = CLIENTS[service];
  if (!client) return [];
  const commands = join(ROOT, 'node_modules', '@aws-sdk', `client-${client}`, 'dist-types', 'commands');
  return readdirSync(commands)
    .filter((file) => file.endsWith('Command.d.ts'))
    .map((file) => file.replace(/Command\.d\.ts$/, ''));
}

function differences(services: readonly Service[]): string {
  const links = services
    .map(({ name }) => join(SERVICES, name, 'README.md'))
    .filter((file) => existsSync(file))
    .map((file) => `- [${relative(SERVICES, file).split('/')[0]}](../${relative(ROOT, file)})`);
  return `## How they differ from AWS

In words, next to the code: [the local cloud as a whole, S3 and Kinesis](../localstack/README.md), and

${links.join('\n')}`;
}

const names = (list: readonly string[]) => list.join(', ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

if (import.meta.main) writeFileSync(FILE, await parityPage());
