/** Runs a job's script on PySpark: a Python process that reaches this cloud as the job's role. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { guarded, release } from '../../../core/guardian.ts';
import type { CloudContext } from '../../../core/service.ts';
import type { SparkHome } from './install.ts';

export interface SparkJob {
  readonly runId: string;
  readonly roleArn: string;
  /** The script's file, and what its modules are found in: files, folders, archives. */
  readonly script: string;
  readonly modules: readonly string[];
  /** `--name` → value, as Glue passes them. */
  readonly arguments: Readonly<Record<string, string>>;
}

export interface Ended {
  /** Absent when a signal ended it. */
  readonly code?: number;
  /** What it wrote to its standard error, the last part of it. */
  readonly complaint: string;
}

export interface RunningJob {
  readonly ended: Promise<Ended>;
  stop(): void;
}

const COMPLAINT_LENGTH = 20_000;

/** Where this cloud's services are, in the settings of Spark's readers and of Iceberg's catalogs. */
function sparkDefaults(endpoint: string, jars: readonly string[], scratch: string): string {
  const settings: Readonly<Record<string, string>> = {
    'spark.master': 'local[2]',
    'spark.driver.memory': '2g',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.local.dir': scratch,
    'spark.sql.warehouse.dir': join(scratch, 'warehouse'),
    // A job on one machine has a few thousand rows: two hundred tasks of a shuffle take longer than the rows in them.
    'spark.sql.shuffle.partitions': '2',
    // `als` over the 100,836 ratings of MovieLens ended the JVM in Iceberg 1.7.1's vectorized reader, five times of five; row by row it ends well.
    'spark.sql.iceberg.vectorization.enabled': 'false',
    'spark.jars': jars.join(','),
    'spark.sql.catalog.lake.glue.endpoint': endpoint,
    'spark.sql.catalog.lake.s3.endpoint': endpoint,
    'spark.sql.catalog.lake.s3.path-style-access': 'true',
    'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    'spark.hadoop.fs.s3a.endpoint': endpoint,
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    'spark.hadoop.fs.s3a.connection.ssl.enabled': 'false',
    'spark.hadoop.fs.s3a.aws.credentials.provider':
      'com.amazonaws.auth.EnvironmentVariableCredentialsProvider',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

/** Starts the job in a folder of its own under `scratch`, which goes when it ends. */
export async function startSpark(
  context: CloudContext,
  spark: SparkHome,
  job: SparkJob,
  write: (stream: 'output' | 'error', text: string) => void,
): Promise<RunningJob> {
  const folder = join(context.stateDir, 'glue', 'runs', job.runId);
  await mkdir(join(folder, 'conf'), { recursive: true });
  await writeFile(
    join(folder, 'conf', 'spark-defaults.conf'),
    sparkDefaults(context.endpoint(), spark.jars, folder),
  );
  const credentials = context.principals.issue({ roleArn: job.roleArn, sessionName: 'GlueJobRunnerSession' });
  const args = Object.entries(job.arguments).flat();
  const program = guarded(spark.python, [job.script, ...args], {
    cwd: folder,
    output: 'pipe',
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      JAVA_HOME: spark.javaHome,
      SPARK_CONF_DIR: join(folder, 'conf'),
      PYSPARK_PYTHON: spark.python,
      PYTHONPATH: job.modules.join(delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_REGION: context.region,
      AWS_DEFAULT_REGION: context.region,
      AWS_ACCESS_KEY_ID: credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: credentials.SessionToken,
    },
  });
  return { ended: ending(program, folder, write), stop: () => release(program) };
}

async function ending(
  program: ChildProcess,
  folder: string,
  write: (stream: 'output' | 'error', text: string) => void,
): Promise<Ended> {
  let complaint = '';
  program.stdout?.setEncoding('utf8').on('data', (text: string) => write('output', text));
  program.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_LENGTH);
    write('error', text);
  });
  try {
    const [code] = (await once(program, 'close')) as [number | null];
    return { ...(code !== null && { code }), complaint };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
