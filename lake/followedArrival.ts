/** What is known of a record's arrival besides its line: the file that it came in, and the live views that took it. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { compileViews } from '../lib/model/live/fold.ts';
import { paneOf } from '../lib/model/live/items.ts';
import { type FileEntry, fileKey } from '../lib/model/run/ledger.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import type { JourneyEvidence } from './journey.ts';

/** The file of a record, from the registry of files. */
export async function landedFile(
  { target }: LakeContext,
  study: Study,
  source: string,
  digest: string,
): Promise<JourneyEvidence['file']> {
  // A record's shard is the beginning of the file's id.
  const { Items = [] } = await target.clients.dynamodb.send(
    new QueryCommand({
      TableName: target.names.ledger,
      KeyConditionExpression: 'pk = :pk and begins_with(sk, :id)',
      ExpressionAttributeValues: { ':pk': fileKey(study.name, source, '').pk, ':id': digest },
    }),
  );
  const [entry] = Items as FileEntry[];
  if (!entry) return undefined;
  const { key, rows } = entry;
  try {
    const head = await target.clients.s3.send(
      new HeadObjectCommand({ Bucket: target.names.landingBucket(study.name), Key: key }),
    );
    return {
      key,
      rows,
      ...(head.ContentLength !== undefined && { bytes: head.ContentLength }),
      ...(head.LastModified && { landedAt: head.LastModified.toISOString() }),
    };
  } catch (error) {
    // The file may have been removed since.
    if ((error as Error).name !== 'NotFound') throw error;
    return { key, rows };
  }
}

/** The windows that live views put the record into, by their own code. */
export function liveWindows(
  study: Study,
  line: Readonly<Record<string, string | undefined>>,
): JourneyEvidence['live'] {
  if (line.verdict !== 'valid' || line.data === undefined) return [];
  const { views, take } = compileViews(study);
  const {
    event_id: id,
    event_source: source,
    event_type: type,
    event_time: time,
    event_subject: subject,
  } = line;
  const envelope = { specversion: '1.0', id, source, type, time, subject };
  const text = `${JSON.stringify(envelope).slice(0, -1)},"data":${line.data}}`;
  const taken = take(
    {
      bytes: Buffer.from(text),
      arrivedAtMs: Date.parse(line.arrived_at!),
      sequence: line.sequence_number!,
    },
    line.shard!,
  );
  return taken.flatMap(([at, one]) => {
    const view = views[at]!;
    if (one.kind !== 'event') return [];
    const window = new Date(paneOf(view, one.atMs)).toISOString().slice(0, 19).replace('T', ' ');
    return [{ view: view.name, window, key: one.key.map(String).join(', ') }];
  });
}
