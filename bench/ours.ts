/** Our local cloud as a process of its own, for the benchmarks: `node bench/ours.ts <state folder> <port> [trino]`. */
import { startCloud } from '../localstack/cloud.ts';
import type { TrinoStarter } from '../localstack/services/athena/trino/engine.ts';

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
  const { downloadsDir } = await import('../bin/world.ts');
  const { startTrino } = await import('../localstack/services/athena/trino/server.ts');
  // A long run repays Java's optimising compiler, and in 4 GB a balance sheet of five million records has run out of memory.
  return (options) => startTrino({ ...options, downloads: downloadsDir, heapMb: 6_144, compiler: 'full' });
}
