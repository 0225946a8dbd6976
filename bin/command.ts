/** Opens the lake of the target that a command names, and closes it whatever comes. */
import { type AthenaEngine, DEFAULT_STATE } from '../lake/defaults.ts';
import { UsageError } from '../lake/errors.ts';
import { type Lake, openLake } from '../lake/lake.ts';
import { root } from '../lake/project.ts';
import { type Studies, studiesOf } from '../lake/studies.ts';
import type { EmbeddedOptions } from '../lake/targets/embedded.ts';
import type { Target, TargetKind } from '../lake/targets/target.ts';
import { PREFIX } from '../web/contract/prefix.ts';
import type { Playground } from '../web/server/playground.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What every command on a lake takes. */
export interface LakeOptions {
  readonly state: string;
  /** Places of studies besides the project's own. */
  readonly studies?: readonly string[];
  /** @default embedded, or endpoint where a URL is given */
  readonly target?: TargetKind;
  readonly endpoint?: string;
  readonly region?: string;
  readonly prefix?: string;
  /** Of the local cloud that the command starts. */
  readonly port?: number;
  readonly quotas?: 'off' | 'aws';
  readonly athena?: AthenaEngine;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
}

interface Opening extends LakeOptions {
  /** Leaves out progress: the output is meant for a program. */
  readonly quiet?: boolean;
  /** Wrong usage is answered before anything is started. */
  readonly check?: (studies: Studies) => void;
  /** The lake need not be deployed: the command is about what is left of it. */
  readonly mayBeGone?: boolean;
  /** Serves the playground on the port of the cloud that is started. */
  readonly playground?: boolean;
}

export async function withLake(
  options: Opening,
  work: (lake: Lake, terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = createTerminal({ quiet: options.quiet ?? false });
  const studies = studiesOf(options.studies);
  options.check?.(studies);
  let page: Playground | undefined;
  const mounts: EmbeddedOptions['mounts'] = options.playground
    ? [{ prefix: PREFIX, isHome: true, respond: (request) => page!.respond(request) }]
    : [];
  const lake = openLake(await openTarget(options, terminal, mounts), {
    studies,
    flags: flagsOf(options),
  });
  if (options.playground) page = await openPlayground(lake, terminal);
  try {
    await work(lake, terminal);
  } finally {
    await page?.close();
    await lake.close();
  }
}

/** The page is served by the process that started the cloud; it is loaded when it is asked for. */
async function openPlayground(lake: Lake, { note }: Terminal): Promise<Playground | undefined> {
  const { localCloud } = lake.target;
  if (!localCloud?.inThisProcess) return undefined;
  const { createPlayground } = await import('../web/server/playground.ts');
  return createPlayground({ lake, root, endpoint: new URL(localCloud.endpoint).host, log: note });
}

export const targetKindOf = ({ target, endpoint }: Pick<LakeOptions, 'target' | 'endpoint'>): TargetKind =>
  target ?? (endpoint === undefined ? 'embedded' : 'endpoint');

/** A target is loaded when it is asked for: that of AWS needs no local cloud. */
async function openTarget(
  options: Opening,
  { onProgress }: Terminal,
  mounts: EmbeddedOptions['mounts'],
): Promise<Target> {
  const { state, port, quotas, athena, endpoint: url, region, prefix } = options;
  const kind = targetKindOf(options);
  if (kind === 'embedded') {
    refuse(kind, { '--endpoint': url, '--region': region, '--prefix': prefix });
    const { embedded } = await import('../lake/targets/embedded.ts');
    return embedded({
      stateDir: state,
      port,
      athena,
      ...(quotas && { quotas }),
      allowHosts: options.allowHost,
      allowOrigins: options.allowOrigin,
      mounts,
      onProgress,
    });
  }
  refuse(kind, {
    '--athena': athena,
    '--allow-host': options.allowHost,
    '--allow-origin': options.allowOrigin,
  });
  if (kind === 'aws') {
    refuse(kind, { '--endpoint': url });
    const { aws } = await import('../lake/targets/aws.ts');
    return aws({ region, prefix, scratchDir: state, mayBeGone: options.mayBeGone ?? false });
  }
  if (url === undefined)
    throw new UsageError('--target endpoint needs --endpoint with a URL such as http://127.0.0.1:4566.');
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new UsageError(`--endpoint is '${url}'; it must be a URL such as http://127.0.0.1:4566.`);
  const { endpoint } = await import('../lake/targets/endpoint.ts');
  return endpoint({ endpoint: url, region, prefix, scratchDir: state });
}

function refuse(kind: TargetKind, given: Readonly<Record<string, unknown>>): void {
  const option = Object.keys(given).find((name) => given[name] !== undefined);
  if (option) throw new UsageError(`${option} has no meaning for the target ${kind}; leave it out.`);
}

/** What was said to find this lake and study, for the commands that follow. */
export function flagsOf({ studies = [], state, target, endpoint, region, prefix }: LakeOptions): string {
  return [
    ...studies.flatMap((place) => ['--studies', place]),
    ...(state === DEFAULT_STATE ? [] : ['--state', state]),
    ...(target ? ['--target', target] : []),
    ...(endpoint ? ['--endpoint', endpoint] : []),
    ...(region ? ['--region', region] : []),
    ...(prefix ? ['--prefix', prefix] : []),
  ]
    .map((word) => ` ${/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`}`)
    .join('');
}
