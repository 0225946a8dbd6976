/** Puts the stacks together from the context, so that the command line and the tests synthesise the same app. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { namesOf } from '../constructs/names.ts';
import { PROFILES, type Profile } from '../constructs/profile.ts';
import type { Settings } from '../constructs/settings.ts';
import { listStudies, loadStudy } from '../model/study.ts';
import { IngestionStack } from './ingestion.ts';
import { LakeStack } from './lake.ts';
import { ObservabilityStack } from './observability.ts';
import { OltpStack } from './oltp.ts';
import type { Watched } from './studyStack.ts';
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
 * Reads the context: `profile` (small | large), `studies` (comma separated; default every folder of `sql/`), `prefix`
 * (default `headwaters`), `schedules` (on | off; default the profile's), `deleteData` (yes | no).
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
  const known = listStudies(STUDIES_ROOT);
  const studies = context('studies', known.join(',')).split(',').filter(Boolean);
  for (const study of studies) if (!known.includes(study)) throw new ContextError('studies', study, known);
  return {
    names: namesOf(context('prefix', 'headwaters')),
    profile,
    studies: studies.map((study) => loadStudy(join(STUDIES_ROOT, study))),
    schedules: context('schedules', profile.schedules ? 'on' : 'off', ['on', 'off']) === 'on',
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
  const watched: Record<string, Watched[]> = {};
  for (const study of settings.studies) {
    const stackProps = { settings, study, lake };
    const stackOf = (part: string) => names.studyStack(study.name, part);
    const stacks = [
      new IngestionStack(app, stackOf('ingestion'), stackProps),
      ...(study.oltp ? [new OltpStack(app, stackOf('oltp'), stackProps)] : []),
      new TransformStack(app, stackOf('transform'), stackProps),
    ];
    for (const stack of stacks) {
      stack.addStackDependency(lake);
      Tags.of(stack).add('headwaters:study', study.name);
    }
    watched[study.name] = stacks.map((stack) => stack.watched);
  }
  const observability = new ObservabilityStack(app, names.stack('observability'), { settings, watched });
  observability.addStackDependency(lake);
  Tags.of(app).add('headwaters:prefix', names.prefix);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
