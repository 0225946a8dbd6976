/** Starts a Trino server over a lake's Glue and S3, on a free port of 127.0.0.1, and ends it. */
import { once } from 'node:events';
import { access, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { guarded, release } from '../../../core/guardian.ts';
import { isAsKept, keepSum } from '../../../core/stateFile.ts';
import { ask, type TrinoResult, type TrinoSession } from './client.ts';
import { TrinoError, TrinoLostError, TrinoUnavailableError } from './errors.ts';
import { installTrino, TRINO_VERSION } from './install.ts';
import { unlessAborted } from './unlessAborted.ts';

/** Where the tables and their files are. */
export interface TrinoLake {
  readonly glueEndpoint: string;
  /** @default AWS's own */
  readonly s3Endpoint?: string;
  /** @default us-east-1 */
  readonly region?: string;
  /** For S3, as long as the server runs. @default what any local cloud takes */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

export interface TrinoOptions {
  /** Folder for what is downloaded; several servers share it. */
  readonly downloads: string;
  /** Folder of this server: its configuration, data and log; emptied when it starts. @default one in `downloads`, removed when it stops */
  readonly dataDir?: string;
  /** The catalogs `awsdatacatalog` (Hive) and `iceberg` open it; without a lake there is no catalog. */
  readonly lake?: TrinoLake;
  /** @default 1100 */
  readonly heapMb?: number;
  /**
   * `quick` leaves out Java's optimising compiler and what its collector does next to the program: over many small
   * statements on few cores both cost more than they save.
   * @default full
   */
  readonly compiler?: 'full' | 'quick';
  /**
   * Where no server has left it yet, this one leaves what Java learnt of Trino's classes when it stops, which takes half a
   * minute then; later ones start in about two thirds of the time by it (https://openjdk.org/jeps/514).
   */
  readonly leavesStartCache?: boolean;
  readonly log?: (line: string) => void;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
  /** How long the server may take until it answers, which is 11 to 17 seconds on two idle cores. @default five minutes, for busy ones */
  readonly startLimitMs?: number;
}

export interface Trino {
  readonly url: string;
  /** The process under which the server runs. */
  readonly pid: number;
  /** Runs one statement to its end. @throws TrinoError in Trino's own words */
  query(sql: string, session?: TrinoSession): Promise<TrinoResult>;
  /** What became of the server when it ended unexpectedly; undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const propertiesText = (properties: Readonly<Record<string, string | number | boolean>>) =>
  `${Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;

/** Credentials are in the environment and in no file: Trino's S3 client takes them from there, a session's token too. */
const s3Properties = ({ s3Endpoint, region = 'us-east-1' }: TrinoLake) => ({
  'fs.native-s3.enabled': true,
  's3.region': region,
  ...(s3Endpoint && { 's3.endpoint': s3Endpoint, 's3.path-style-access': true }),
});

/** The local Glue takes any credentials. */
const glueProperties = ({ glueEndpoint, region = 'us-east-1' }: TrinoLake) => ({
  'hive.metastore.glue.endpoint-url': glueEndpoint,
  'hive.metastore.glue.region': region,
  'hive.metastore.glue.aws-access-key': 'test',
  'hive.metastore.glue.aws-secret-key': 'test',
});

/** Trino would count distinct values while it writes, and commit a file of them; Athena does neither. */
const withoutStatistics = {
  hive: { 'hive.collect-column-statistics-on-write': false },
  iceberg: { 'iceberg.extended-statistics.enabled': false },
};

/** trino.io/docs/476: object-storage/metastores, object-storage/file-system-s3, connector/hive, connector/iceberg. */
function catalogsOf(lake: TrinoLake, dataDir: string): Record<string, Parameters<typeof propertiesText>[0]> {
  return {
    awsdatacatalog: {
      'connector.name': 'hive',
      'hive.metastore': 'glue',
      'hive.iceberg-catalog-name': 'iceberg',
      'hive.non-managed-table-writes-enabled': true,
      'hive.hive-views.enabled': true,
      // As Athena does: gzip unless the statement or the table says otherwise, and a projected partition without a folder is empty.
      'hive.compression-codec': 'GZIP',
      'hive.ignore-absent-partitions': true,
      ...withoutStatistics.hive,
      ...glueProperties(lake),
      ...s3Properties(lake),
    },
    iceberg: {
      'connector.name': 'iceberg',
      'iceberg.catalog.type': 'glue',
      'iceberg.hive-catalog-name': 'awsdatacatalog',
      'iceberg.register-table-procedure.enabled': true,
      'iceberg.allowed-extra-properties': '*',
      ...withoutStatistics.iceberg,
      ...glueProperties(lake),
      ...s3Properties(lake),
    },
    // UNLOAD writes files without a table: its tables live here for the length of a statement, and Glue never sees them.
    unload: {
      'connector.name': 'hive',
      'hive.metastore': 'file',
      'hive.metastore.catalog.dir': 'local:///catalog',
      'fs.native-local.enabled': true,
      'local.location': join(dataDir, 'unload'),
      'hive.non-managed-table-writes-enabled': true,
      ...withoutStatistics.hive,
      ...s3Properties(lake),
    },
  };
}

async function writeConfiguration(
  dataDir: string,
  port: number,
  heapMb: number,
  lake: TrinoLake | undefined,
): Promise<string> {
  const etc = join(dataDir, 'etc');
  const catalogs = join(etc, 'catalog');
  await mkdir(catalogs, { recursive: true });
  const config = join(etc, 'config.properties');
  await writeFile(
    config,
    propertiesText({
      'node.environment': 'headwaters',
      'catalog.config-dir': catalogs,
      coordinator: true,
      'node-scheduler.include-coordinator': true,
      'http-server.http.port': port,
      'node.internal-address': '127.0.0.1',
      'node.bind-ip': '127.0.0.1',
      'discovery.uri': `http://127.0.0.1:${port}`,
      'web-ui.enabled': false,
      'query.max-memory-per-node': `${Math.floor(heapMb * 0.6)}MB`,
      'memory.heap-headroom-per-node': `${Math.floor(heapMb * 0.2)}MB`,
      // A server that is slow to answer itself while it starts would be taken for a failed node, and have none to run on.
      'failure-detector.enabled': false,
      'task.concurrency': 2,
      // One node shuffles to itself: more partitions than that only cost tasks.
      'query.min-hash-partition-count': 1,
      'query.min-hash-partition-count-for-write': 1,
      'query.max-hash-partition-count': 4,
      // Trino looks through all that it remembers several times a second.
      'query.min-expire-age': '10s',
      'task.info.max-age': '10s',
      'query.max-history': 100,
      'http-server.log.enabled': false,
      // Athena's statements may have 262,144 bytes, and EXECUTE IMMEDIATE doubles their quotes.
      'query.max-length': 1_000_000,
    }),
  );
  if (lake) {
    await mkdir(join(dataDir, 'unload'), { recursive: true });
    for (const [name, properties] of Object.entries(catalogsOf(lake, dataDir)))
      await writeFile(join(catalogs, `${name}.properties`), propertiesText(properties));
  }
  return config;
}

/**
 * Fetches Trino where it is missing and starts a server of its own; ready when it can run statements.
 * @throws TrinoUnavailableError when it cannot be fetched or started; the signal's reason when that was given up
 */
export async function startTrino(options: TrinoOptions): Promise<Trino> {
  const { lake, signal, log = () => {}, startLimitMs = 300_000 } = options;
  const { java, home } = await installTrino(options.downloads, {
    connectors: lake !== undefined,
    log,
    ...(signal && { signal }),
  });
  log(`Starting Trino ${TRINO_VERSION} …`);
  const startedAt = performance.now();
  const heapMb = options.heapMb ?? 1_100;
  const port = await freePort();
  const dataDir = options.dataDir ?? join(options.downloads, `run-${port}`);
  await rm(dataDir, { recursive: true, force: true });
  const config = await writeConfiguration(dataDir, port, heapMb, lake);
  const logFile = join(dataDir, 'server.log');
  const output = await open(logFile, 'w');
  const startCache = await startCacheOf(options);
  const { accessKeyId = 'test', secretAccessKey = 'test', sessionToken } = lake?.credentials ?? {};
  const { AWS_SESSION_TOKEN: _own, ...env } = process.env;
  const server = guarded(
    java,
    [
      `-Xmx${heapMb}m`,
      ...(options.compiler === 'quick'
        ? ['-XX:TieredStopAtLevel=1', '-XX:+UseParallelGC', '-XX:MetaspaceSize=512m']
        : ['-XX:+UseG1GC', '-XX:G1HeapRegionSize=4M']),
      '-XX:+ExitOnOutOfMemoryError',
      ...startCache.flags,
      '-Djdk.attach.allowAttachSelf=true',
      '-Dfile.encoding=UTF-8',
      '-Duser.timezone=UTC',
      '-XX:+EnableDynamicAgentLoading',
      `-Dnode.data-dir=${join(dataDir, 'data')}`,
      `-Dconfig=${config}`,
      '-cp',
      join(home, 'lib', '*'),
      'io.trino.server.TrinoServer',
    ],
    {
      // Trino looks for its plugins where it runs.
      cwd: home,
      env: {
        ...env,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
      },
      output: output.fd,
      graceSeconds: startCache.graceSeconds,
    },
  );
  let end: string | undefined;
  let stopping = false;
  const gone = new AbortController();
  const exited = once(server, 'exit')
    .then(async ([code, by]) => {
      await startCache.keep(code);
      end = stopping
        ? 'It was stopped.'
        : `It ended with ${by ?? `exit code ${code}`}; its log is ${logFile}`;
    })
    .catch((error) => {
      end = `It could not be run: ${error.message}`;
    })
    .finally(() => gone.abort());
  const stop = async () => {
    stopping = true;
    release(server);
    await exited;
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const late = AbortSignal.timeout(startLimitMs);
  const over = AbortSignal.any([late, gone.signal, ...(signal ? [signal] : [])]);
  try {
    await output.close();
    // A server that takes a question and never answers it is no more ready than one that refuses it.
    while (!(await unlessAborted(isReady(url, lake !== undefined), over)))
      await wait(100, undefined, { signal: over });
  } catch (error) {
    const said = end ?? (late.aborted ? `It was not ready after ${startLimitMs / 1000} seconds` : undefined);
    const failure = over.aborted && said !== undefined ? await notStarted(said, logFile) : error;
    await stop();
    signal?.throwIfAborted();
    throw failure;
  }
  log(`Trino ${TRINO_VERSION} runs (${((performance.now() - startedAt) / 1000).toFixed(1)} s).`);
  return { url, pid: server.pid!, query: (sql, session) => ask(url, sql, session), ended: () => end, stop };
}

interface StartCache {
  readonly flags: readonly string[];
  readonly graceSeconds: number;
  /** Once the server has ended, with this exit code. */
  keep(code: number | null): Promise<void>;
}

/** Of a Java that was ended by SIGTERM and has done all that it does then. */
const TERMINATED = 128 + 15;

async function startCacheOf({ downloads, leavesStartCache }: TrinoOptions): Promise<StartCache> {
  const file = join(downloads, `trino-${TRINO_VERSION}.aot`);
  const has = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  // Java maps the file as it is: one that was harmed may end the server, or worse.
  const isThere = isAsKept(file);
  if (isThere || !leavesStartCache)
    return { flags: isThere ? [`-XX:AOTCache=${file}`] : [], graceSeconds: 10, keep: async () => {} };
  await removeParts(file);
  // A server that is killed while it writes leaves half a file, which must not be taken for a whole one.
  const part = `${file}.${process.pid}`;
  return {
    flags: [`-XX:AOTCacheOutput=${part}`],
    graceSeconds: 180,
    async keep(code) {
      if (code === TERMINATED && (await has(part))) {
        keepSum(part, file);
        await rename(part, file);
      } else await rm(part, { force: true });
    },
  };
}

/** Removes what processes left of a file that were killed while their server wrote it: `<file>.<process id>`. */
async function removeParts(file: string): Promise<void> {
  for (const name of await readdir(dirname(file))) {
    const part = join(dirname(file), name);
    const writer = part.startsWith(`${file}.`) ? Number(part.slice(file.length + 1)) : Number.NaN;
    if (Number.isInteger(writer) && !isRunning(writer)) await rm(part, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Airlift, Trino's frame, logs `time<TAB>LEVEL<TAB>thread<TAB>logger<TAB>message`. */
async function notStarted(what: string, logFile: string): Promise<TrinoUnavailableError> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const errors = text.split('\n').filter((line) => /\tERROR\t|^Error|^\d+\) /.test(line));
  return new TrinoUnavailableError(
    `Trino ${TRINO_VERSION} did not start. ${what}\n${errors.slice(0, 5).join('\n') || text.trim().split('\n').slice(-5).join('\n')}`,
  );
}

/** A worker that is listed may still be unknown to what hands out work: a table that it has written tells that it is not. */
const FIRST_WRITE = [
  'CREATE SCHEMA IF NOT EXISTS unload.files',
  'CREATE TABLE IF NOT EXISTS unload.files.first AS SELECT 1 AS one',
  'DROP TABLE IF EXISTS unload.files.first',
];

/** A server answers before it has taken itself in as a worker: until then a query over a table has no node to run on. */
async function isReady(url: string, hasLake: boolean): Promise<boolean> {
  try {
    const info = (await (await fetch(`${url}/v1/info`)).json()) as { starting: boolean };
    if (info.starting) return false;
    const { rows } = await ask(url, "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'");
    if (rows[0]?.[0] === 0) return false;
    if (hasLake) for (const sql of FIRST_WRITE) await ask(url, sql);
    return true;
  } catch (cause) {
    if (
      cause instanceof TrinoError ||
      cause instanceof TrinoLostError ||
      cause instanceof TypeError ||
      cause instanceof SyntaxError
    )
      return false;
    throw cause;
  }
}
