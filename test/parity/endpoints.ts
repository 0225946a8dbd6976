/** The same app on other endpoints: our templates and bundles on MiniStack and LocalStack, and on ours by the same way. */
import { type RunningTarget, startLocalStack, startMiniStack, startOurs } from '../../bench/targets.ts';
import { type Synthesised, synthesise } from '../cdk/synthesised.ts';
import { behaviours, clientsOf, LITTLE_PATIENCE, PATIENCE } from './endpointBehaviour.ts';
import { deployThere } from './endpointDeployment.ts';
import {
  ASKED_TYPES,
  LOCALSTACK_LEFT_OUT,
  LOCALSTACK_SHORTCOMINGS,
  MINISTACK_LEFT_OUT,
  MINISTACK_SHORTCOMINGS,
  type Shortcomings,
} from './endpointShortcomings.ts';

type Report = (name: string, ok: boolean, detail?: string) => void;

interface Peer {
  readonly title: string;
  /** Undefined when it cannot run on this machine. */
  readonly start: () => Promise<RunningTarget | undefined>;
  readonly isOurs?: boolean;
  readonly leftOut?: Shortcomings;
  readonly shortcomings: Shortcomings;
}

const peers: readonly Peer[] = [
  { title: 'our endpoint', start: () => startOurs(), isOurs: true, shortcomings: {} },
  {
    title: 'MiniStack',
    start: startMiniStack,
    leftOut: MINISTACK_LEFT_OUT,
    shortcomings: MINISTACK_SHORTCOMINGS,
  },
  {
    title: 'LocalStack',
    start: startLocalStack,
    leftOut: LOCALSTACK_LEFT_OUT,
    shortcomings: LOCALSTACK_SHORTCOMINGS,
  },
];

export async function run(report: Report): Promise<void> {
  const app = synthesise();
  const types = Object.keys(countsOf(app)).sort().join(', ');
  const asked = ASKED_TYPES.join(', ');
  report(
    'the types of our stacks are those of docs/parity.md',
    types === asked,
    `${types}\nbut declared: ${asked}`,
  );
  for (const peer of peers) {
    const target = await peer.start();
    if (!target) {
      report(`${peer.title} is NOT compared here: it needs Python 3.13 or newer`, true);
      continue;
    }
    try {
      await compare(peer, target, app, report);
    } catch (error) {
      report(`${peer.title} is compared to its end`, false, (error as Error).stack);
    } finally {
      await target.stop();
    }
  }
}

/** Every type and every behaviour is reported, as done or as the shortcoming that is declared for it. */
async function compare(peer: Peer, target: RunningTarget, app: Synthesised, report: Report): Promise<void> {
  const found = await askThere(peer, target, app);
  for (const [subject, problem] of found) {
    const declared = peer.shortcomings[subject] ?? peer.leftOut?.[subject];
    const name = `${peer.title}: ${subject}`;
    if (declared === undefined) report(name, problem === undefined, problem);
    else if (problem === undefined)
      report(name, false, `It works now; take it from the declared shortcomings ("${declared}").`);
    else report(`${name} — declared: ${declared}`, true);
  }
  for (const subject of Object.keys({ ...peer.shortcomings, ...peer.leftOut }))
    if (!found.has(subject)) report(`${peer.title}: ${subject}`, false, 'It is declared, and was not asked.');
}

/** Resource type or behaviour → what is wrong there; undefined where nothing is. */
async function askThere(
  peer: Peer,
  { endpoint }: RunningTarget,
  app: Synthesised,
): Promise<Map<string, string | undefined>> {
  const leftOut = Object.keys(peer.leftOut ?? {});
  const { created, failed } = await deployThere(
    { endpoint, hasParameterStore: !peer.isOurs, leftOut },
    app.folder,
  );
  const found = new Map<string, string | undefined>();
  for (const [type, wanted] of Object.entries(countsOf(app))) {
    const made = created[type] ?? 0;
    const problem = `${made} of ${wanted} created${failed[type] ? `: ${failed[type]}` : ''}`;
    found.set(type, made === wanted ? undefined : problem);
  }
  const clients = clientsOf(endpoint, async (seconds) => {
    if (!peer.isOurs) return;
    await fetch(`${endpoint}/_headwaters/clock`, {
      method: 'POST',
      body: JSON.stringify({ advanceSeconds: seconds }),
    });
  });
  try {
    for (const { name, check } of behaviours)
      found.set(
        name,
        await check(clients, peer.shortcomings[name] === undefined ? PATIENCE : LITTLE_PATIENCE).then(
          () => undefined,
          (error: Error) => error.message,
        ),
      );
  } finally {
    clients.destroy();
  }
  return found;
}

/** Resource type → how many of it the templates ask for. */
function countsOf({ templates }: Synthesised): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { Resources } of Object.values(templates))
    for (const { Type } of Object.values(Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}
