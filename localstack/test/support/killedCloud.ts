/** A cloud in a process of its own that a test can kill at any moment, to see what its state is worth afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const CLOUD = new URL('../../cloud.ts', import.meta.url).href;

export interface KilledCloud {
  readonly endpoint: string;
  /** Ends the process with SIGKILL; nothing in it can clean up. */
  kill(): Promise<void>;
}

export async function cloudToKill(stateDir: string): Promise<KilledCloud> {
  const program = `
    const { startCloud } = await import(${JSON.stringify(CLOUD)});
    const cloud = await startCloud({ stateDir: ${JSON.stringify(stateDir)}, port: 0 });
    console.log(cloud.endpoint);`;
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [endpoint] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return {
    endpoint,
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
