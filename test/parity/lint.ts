/** Judges what cannot be deployed here by tools that know AWS: every template, policy, state machine and contract. */
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { maintenanceDefinition, pipelineDefinition } from '../../lib/constructs/pipelineDefinition.ts';
import { listStudies, loadStudy } from '../../lib/model/study/study.ts';
import { type Synthesised, synthesise } from '../cdk/synthesised.ts';
import { identityPolicies } from './concretePolicy.ts';

type Report = (name: string, ok: boolean, detail?: string) => void;
type Findings = Record<string, string[]>;

const ROOT = join(import.meta.dirname, '..', '..');
const STUDIES = join(ROOT, 'sql');
const VENV = join(ROOT, '.headwaters', 'parity', 'venv-lint');
const LINTERS = ['cfn-lint==1.58.0', 'parliament==1.6.4', 'datacontract-cli==1.2.8'];

const validateStates = createRequire(import.meta.url)('asl-validator') as (
  definition: object,
  options: object,
) => { isValid: boolean; errors: readonly object[] };

export async function run(report: Report): Promise<void> {
  await installLinters();
  const profiles = { small: synthesise({ profile: 'small' }), large: synthesise({ profile: 'large' }) };
  const templates = Object.values(profiles).flatMap(templatesOf);
  const contracts = globSync('sql/*/{sources,silver,gold,marts}/!(*.test).yaml', { cwd: ROOT }).map((file) =>
    join(ROOT, file),
  );
  const policies = Object.fromEntries(
    Object.entries(profiles).flatMap(([profile, synthesised]) => policiesOf(profile, synthesised)),
  );

  const answer = await askLinters({ templates, contracts, policies });
  const tell = (tool: string, found: Findings, name: (key: string) => string) => {
    for (const [key, findings] of Object.entries(found)) {
      report(`${tool}: ${name(key)}`, findings.length === 0, findings.join('\n'));
    }
  };
  tell('cfn-lint', answer.templates, (path) => profileOf(path, profiles));
  tell('parliament', withoutKnown(answer.policies), (name) => name);
  tell('datacontract lint', answer.contracts, (path) => relative(ROOT, path));
  for (const [name, definition] of machines()) {
    const { errors } = validateStates(definition, { checkArn: false, checkPaths: true });
    report(`asl-validator: ${name}`, errors.length === 0, JSON.stringify(errors, null, 1));
  }
}

/** The pipeline is a standard machine; parliament asks for the ARN of an express execution next to the one it has. */
const KNOWN_FINDING =
  /^MEDIUM RESOURCE_MISMATCH: .*'states:DescribeExecution', 'required_format': 'arn:\*:states:\*:\*:express:/;

const withoutKnown = (found: Findings): Findings =>
  Object.fromEntries(
    Object.entries(found).map(([name, findings]) => [
      name,
      findings.filter((one) => !KNOWN_FINDING.test(one)),
    ]),
  );

const templatesOf = ({ folder, templates }: Synthesised) =>
  Object.keys(templates).map((stack) => join(folder, `${stack}.template.json`));

const policiesOf = (profile: string, { templates }: Synthesised): [string, unknown][] =>
  Object.entries(templates).flatMap(([stack, { Resources }]) =>
    identityPolicies(Resources).map(([id, policy]): [string, unknown] => [
      `${profile} ${stack}/${id}`,
      policy,
    ]),
  );

const profileOf = (path: string, profiles: Readonly<Record<string, Synthesised>>) => {
  const [profile, { folder }] = Object.entries(profiles).find(([, one]) => path.startsWith(one.folder))!;
  return `${profile} ${relative(folder, path)}`;
};

/** The machines of every study, before their substitutions are filled in. */
const machines = (): [string, object][] =>
  listStudies(STUDIES).flatMap((study): [string, object][] => {
    const { levels } = loadStudy(join(STUDIES, study));
    return [
      [`${study} pipeline`, pipelineDefinition({ study, levels })],
      [`${study} pipeline, optimizing`, pipelineDefinition({ study, levels, tableOptimizers: true })],
      [`${study} maintenance`, maintenanceDefinition(study)],
    ];
  });

async function installLinters(): Promise<void> {
  if (existsSync(join(VENV, 'bin', 'cfn-lint'))) return;
  await command('python3', ['-m', 'venv', VENV]);
  await command(join(VENV, 'bin', 'pip'), ['install', '--quiet', '--no-compile', ...LINTERS]);
}

async function askLinters(asked: {
  templates: string[];
  contracts: string[];
  policies: Record<string, unknown>;
}) {
  const text = await command(
    join(VENV, 'bin', 'python'),
    [join(import.meta.dirname, 'lintPeer.py')],
    JSON.stringify(asked),
  );
  return JSON.parse(text) as { templates: Findings; contracts: Findings; policies: Findings };
}

/** Runs a command and gives its stdout. */
function command(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: ROOT });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => out.push(piece));
    child.stderr.on('data', (piece: Buffer) => err.push(piece));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else
        reject(new Error(`${file} ${args.join(' ')} ended with ${code}:\n${Buffer.concat(err).toString()}`));
    });
    child.stdin.end(input);
  });
}
