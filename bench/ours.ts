/** Our local cloud as a process of its own, for the benchmarks: `node bench/ours.ts <state folder> <port> [trino]`. */
import { startCloud } from '@headwaters/localstack';
import type { TrinoStarter } from '@headwaters/localstack/trino';

const [stateDir, port, athena] = process.argv.slice(2);
const cloud = await startCloud({
  stateDir: stateDir!,
  port: Number(port),
  trino: athena === 'trino' ? await trinoAtItsBest() : undefined,
});
// It answers before its services have all started, which takes Trino half a minute.
process.send?.('started');
process.once('SIGTERM', () => {
  void cloud.stop().then(() => process.exit(0));
});

/** What starts Trino brings the clients of the command line, whose memory is not to be measured without it. */
async function trinoAtItsBest(): Promise<TrinoStarter> {
  const { downloadsDir } = await import('../lake/project.ts');
  const { startTrino } = await import('@headwaters/localstack/trino');
  // A long run repays Java's optimising compiler, and in 4 GB a balance sheet of five million records has run out of memory.
  return (options) => startTrino({ ...options, downloads: downloadsDir, heapMb: 6_144, compiler: 'full' });
}
