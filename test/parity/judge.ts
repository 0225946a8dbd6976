/** The one Trino that judges every section: its start and its warming up cost more than most sections do. */
import { type Installed, installTrino, startTrino, type Trino } from '@headwaters/localstack/trino';
import { downloadsDir } from '../../lake/project.ts';
import { freePort } from '../support/freePort.ts';

export interface Judge {
  readonly trino: Trino;
  /** The port at which Trino looks for Glue and S3: a cloud that it shall judge is started there, one at a time. */
  readonly port: number;
}

const log = (line: string) => process.stdout.write(`  ${line}\n`);

/** Fetches Trino where it is missing. */
export const fetchTrino = (): Promise<Installed> => installTrino(downloadsDir, { connectors: true, log });

let appointed: Promise<Judge> | undefined;

export function appointJudge(): Promise<Judge> {
  appointed ??= appoint();
  return appointed;
}

/** Ends the server, if there is one. */
export async function dismissJudge(): Promise<void> {
  const judging = appointed;
  appointed = undefined;
  // A start that failed was reported where it was asked for.
  await judging?.then(
    ({ trino }) => trino.stop(),
    () => undefined,
  );
}

async function appoint(): Promise<Judge> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const trino = await startTrino({
    downloads: downloadsDir,
    lake: { glueEndpoint: endpoint, s3Endpoint: endpoint },
    heapMb: 1_600,
    compiler: 'quick',
    leavesStartCache: true,
    log,
  });
  return { trino, port };
}
