/** Puts the stacks together from the context, so that the command line and the tests synthesise the same app. */
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, type AppProps, Aws, Stack, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PROFILES, type Profile } from '../constructs/profile.ts';
import type { Settings } from '../constructs/settings.ts';
import { DEFAULT_PREFIX, namesAt } from '../model/layout.ts';
import { loadStudy, type Study, studyFolders } from '../model/study/study.ts';
import { DataStack } from './data.ts';
import { IngestionStack } from './ingestion.ts';
import { LakeStack } from './lake.ts';
import { ObservabilityStack, StudyObservabilityStack } from './observability.ts';
import { OltpStack } from './oltp.ts';
import { ServingStack } from './serving.ts';
import { TransformStack } from './transform.ts';

const STUDIES_ROOT = fileURLToPath(new URL('../../sql', import.meta.url));

/** A value given by `--context` that is not one of the allowed ones. */
export class ContextError extends Error {
  override readonly name = 'ContextError';

  constructor(key: string, value: unknown, allowed: readonly string[]) {
    super(
      `Context ${key}=${String(value)} is not known. Allowed: ${allowed.join(', ')}. Give it as -c ${key}=${allowed[0]}.`,
    );
  }
}

/**
 * Reads the context: `profile` (small | large), `studies` (comma separated; default every study there is), `studiesDirs`
 * (more places of studies besides `sql/`, separated as in PATH), `prefix` (default `headwaters`), `schedules` (on | off; default on),
 * `tableOptimizers` (on | off; default off in `small`, on in `large`), `deleteData` (yes | no), `key`
 * (id of a key that a former deployment retained; default a new one), `alarmEmail` (who hears of alarms and runs; default nobody).
 * @throws ContextError
 */
export function readSettings(app: App): Settings {
  const context = (key: string, fallback: string, allowed?: readonly string[]) => {
    const value: unknown = app.node.tryGetContext(key) ?? fallback;
    if (typeof value !== 'string' || (allowed && !allowed.includes(value)))
      throw new ContextError(key, value, allowed ?? ['text']);
    return value;
  };
  const profile = PROFILES[context('profile', 'small', Object.keys(PROFILES)) as Profile['name']];
  const folders = studyFolders([
    STUDIES_ROOT,
    ...context('studiesDirs', '').split(delimiter).filter(Boolean),
  ]);
  const known = [...folders.keys()];
  const studies = context('studies', known.join(',')).split(',').filter(Boolean);
  for (const study of studies) if (!known.includes(study)) throw new ContextError('studies', study, known);
  const prefix = context('prefix', DEFAULT_PREFIX);
  if (!/^[a-z][a-z0-9]{0,9}$/.test(prefix))
    throw new ContextError('prefix', prefix, ['up to 10 lower case letters and digits']);
  const keyId = context('key', '');
  if (keyId && !/^[0-9a-f-]{36}$/.test(keyId)) throw new ContextError('key', keyId, ['the id of a KMS key']);
  const alarmEmail = context('alarmEmail', '');
  if (alarmEmail && !/^[^@\s]+@[^@\s]+$/.test(alarmEmail))
    throw new ContextError('alarmEmail', alarmEmail, ['an address such as data@example.com']);
  return {
    ...(alarmEmail && { alarmEmail }),
    ...(keyId && { keyId }),
    names: namesAt(prefix, {
      partition: Aws.PARTITION,
      region: Aws.REGION,
      accountId: Aws.ACCOUNT_ID,
    }),
    profile,
    studies: studies.map((study) => loadStudy(folders.get(study)!)),
    schedules: context('schedules', 'on', ['on', 'off']) === 'on',
    tableOptimizers:
      context('tableOptimizers', profile.tableOptimizers ? 'on' : 'off', ['on', 'off']) === 'on',
    deleteData: context('deleteData', 'no', ['yes', 'no']) === 'yes',
  };
}

const { context: cdkContext } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../cdk.json', import.meta.url)), 'utf8'),
) as { context: Record<string, unknown> };

/**
 * The app with every stack; cdk-nag judges them at synth. The feature flags of cdk.json hold here too, so that a synth
 * in this process gives what `cdk synth` gives. Context that the CDK CLI passes on wins.
 */
export function buildApp(props: Pick<AppProps, 'outdir' | 'context'> = {}): App {
  const app = new App({ ...props, context: { ...cdkContext, ...props.context } });
  const settings = readSettings(app);
  const { names } = settings;
  const lake = new LakeStack(app, names.stack('lake'), settings);
  for (const study of settings.studies) addStudy(app, settings, study, lake);
  new ObservabilityStack(app, names.stack('observability'), settings).addStackDependency(lake);
  for (const stack of app.node.findAll().filter(Stack.isStack))
    stack.terminationProtection = settings.profile.deletionProtection;
  Tags.of(app).add('headwaters:prefix', names.prefix);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** A study's stacks: what holds its data, and what works on it. Without them the lake and every other study stay as they are. */
function addStudy(app: App, settings: Settings, study: Study, lake: LakeStack): void {
  const stackOf = (part: string) => settings.names.studyStack(study.name, part);
  const props = { settings, study, lake };
  const data = new DataStack(app, stackOf('data'), props);
  const working = [
    new IngestionStack(app, stackOf('ingestion'), props),
    ...(study.oltp ? [new OltpStack(app, stackOf('oltp'), { ...props, data })] : []),
    new TransformStack(app, stackOf('transform'), props),
    new ServingStack(app, stackOf('serving'), props),
  ];
  const watch = new StudyObservabilityStack(app, stackOf('observability'), {
    settings,
    study: study.name,
    watched: working.map((stack) => stack.watched),
  });
  for (const stack of [data, ...working, watch]) {
    stack.addStackDependency(lake);
    if (stack !== data) stack.addStackDependency(data);
    Tags.of(stack).add('headwaters:study', study.name);
  }
}
