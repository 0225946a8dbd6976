/** Our local cloud as a process of its own, for the benchmarks: `node bench/ours.ts <state folder> <port> [trino]`. */
import { startCloud } from '../localstack/cloud.ts';

const [stateDir, port, athena] = process.argv.slice(2);
const cloud = await startCloud({
  stateDir: stateDir!,
  port: Number(port),
  // What starts Trino brings the clients of the command line, whose memory is not to be measured without it.
  trino: athena === 'trino' ? (await import('../bin/world.ts')).trinoOf('trino', undefined) : undefined,
});
// It answers before its services have all started, which takes Trino half a minute.
process.send?.('started');
process.once('SIGTERM', () => {
  void cloud.stop().then(() => process.exit(0));
});
