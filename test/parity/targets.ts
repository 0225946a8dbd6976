/** The end-to-end suite on other endpoints: the ingest half there, and what they lack served by ours next to them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningTarget, startLocalStack, startMiniStack } from '../../bench/targets.ts';
import { type Lake, openLake } from '../../lake/lake.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import { endpoint } from '../../lake/targets/endpoint.ts';
import { startHeadwaters } from '../support/commandLine.ts';
import { CAPTURED_CHECK, runSuite } from '../targets/suite.ts';
import { behaviours, clientsOf, LITTLE_PATIENCE, PATIENCE } from './endpointBehaviour.ts';
import {
  FAILURES,
  LOCALSTACK_SERVED_BY_OURS,
  LOCALSTACK_SUITE_SHORTCOMINGS,
  MINISTACK_SERVED_BY_OURS,
  MINISTACK_SUITE_SHORTCOMINGS,
  REDELIVERED,
  type ServedByOurs,
  type Shortcomings,
} from './endpointShortcomings.ts';
import type { Report } from './run.ts';

interface Peer {
  readonly title: string;
  readonly start: () => Promise<RunningTarget | undefined>;
  readonly study: string;
  readonly servedByOurs: ServedByOurs;
  readonly shortcomings: Shortcomings;
}

const peers: readonly Peer[] = [
  {
    title: 'MiniStack',
    start: startMiniStack,
    study: 'amazon',
    servedByOurs: MINISTACK_SERVED_BY_OURS,
    shortcomings: MINISTACK_SUITE_SHORTCOMINGS,
  },
  {
    title: 'LocalStack',
    start: () => startLocalStack({ functions: true }),
    // A study without transactions: there is no HTTP API that would take them.
    study: 'shop',
    servedByOurs: LOCALSTACK_SERVED_BY_OURS,
    shortcomings: LOCALSTACK_SUITE_SHORTCOMINGS,
  },
];

/** The peers at the same time: each waits for batch windows most of its time. */
export async function run(report: Report): Promise<void> {
  await Promise.all(peers.map((peer) => judgePeer(peer, report)));
}

async function judgePeer(peer: Peer, report: Report): Promise<void> {
  const target = await peer.start();
  if (!target) {
    report(`${peer.title} is NOT judged here: it needs Python 3.13 or newer`, true);
    return;
  }
  const asked = new Set<string>();
  const finding = (subject: string, problem: string | undefined) => {
    asked.add(subject);
    const declared = peer.shortcomings[subject];
    const name = `${peer.title}: ${subject}`;
    if (declared === undefined) report(name, problem === undefined, problem);
    else if (problem === undefined)
      report(name, false, `It works now; take it from the declared shortcomings ("${declared}").`);
    else report(`${name} — declared: ${declared}`, true);
  };
  try {
    await judge(peer, target, finding);
    for (const subject of Object.keys(peer.shortcomings))
      if (!asked.has(subject))
        report(`${peer.title}: ${subject}`, false, 'It is declared, and was not asked.');
  } catch (error) {
    report(`${peer.title} is judged to its end`, false, (error as Error).stack);
  } finally {
    await target.stop();
  }
}

type Finding = Parameters<typeof runSuite>[2];

async function judge(peer: Peer, { endpoint: url }: RunningTarget, finding: Finding): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-endpoint-'));
  const server = startHeadwaters(
    ['athena', '--s3', url, '--lambda', url, '--port', '0', '--state', join(state, 'server')],
    { env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } },
  );
  let lake: Lake | undefined;
  try {
    const [, ours] = await server.shows(/serve at (http:\S+)/);
    const endpoints = Object.fromEntries(Object.keys(peer.servedByOurs).map((service) => [service, ours!]));
    const target = await endpoint({ endpoint: url, endpoints, scratchDir: state });
    lake = openLake(target, { studies: studiesOf([join(root, 'test/chaos/studies')]) });
    await runSuite(lake, { study: peer.study, events: 600, seed: 4 }, finding);
    // Transactions come through the HTTP API: where there is none, no study that has some can be fed.
    if (!lake.studies.find(peer.study).oltp) finding(CAPTURED_CHECK, await problemOf(lake.apiUrl()));
    for (const name of [REDELIVERED, FAILURES])
      finding(name, await askFunctions(name, url, peer.shortcomings));
  } finally {
    await lake?.close();
    server.kill('SIGTERM');
    await server.ended;
    rmSync(state, { recursive: true, force: true });
  }
}

/** A behaviour of functions, asked here where they run: LocalStack has them only by our executor. */
async function askFunctions(
  name: string,
  url: string,
  shortcomings: Shortcomings,
): Promise<string | undefined> {
  const clients = clientsOf(url, async () => {});
  try {
    const { check } = behaviours.find((behaviour) => behaviour.name === name)!;
    return await problemOf(check(clients, shortcomings[name] ? LITTLE_PATIENCE : PATIENCE));
  } finally {
    clients.destroy();
  }
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: Error) => error.message,
  );
