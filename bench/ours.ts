/** Our local cloud as a process of its own, for the benchmarks: `node bench/ours.ts <state folder> <port>`. */
import { startCloud } from '../localstack/cloud.ts';

const [stateDir, port] = process.argv.slice(2);
const cloud = await startCloud({ stateDir: stateDir!, port: Number(port) });
process.once('SIGTERM', () => {
  void cloud.stop().then(() => process.exit(0));
});
