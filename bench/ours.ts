/** Our local cloud as a process of its own, for the benchmarks: `node bench/ours.ts <state folder> <port> [trino]`. */
import { trinoOf } from '../bin/world.ts';
import { startCloud } from '../localstack/cloud.ts';

const [stateDir, port, athena] = process.argv.slice(2);
const cloud = await startCloud({
  stateDir: stateDir!,
  port: Number(port),
  trino: trinoOf(athena === 'trino' ? 'trino' : 'duckdb', undefined),
});
process.once('SIGTERM', () => {
  void cloud.stop().then(() => process.exit(0));
});
