/** The registry of feeds: which inputs a lake was given, so that the same one is not sent twice. */

import { GetObjectCommand, NoSuchKey, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { studyPrefix } from '../../lib/model/layout.ts';
import { RunFailedError } from '../errors.ts';
import type { Target } from '../targets/target.ts';

export interface Feed {
  /** Of the input and its parameters; the receipts are kept under it. */
  readonly id: string;
  readonly title: string;
  /**
   * `sending` until everything was acknowledged: an interrupted feed is sent again, as duplicates. `sent` until a run
   * has balanced its books.
   */
  readonly state: 'sending' | 'sent' | 'accounted';
  /** The end of the simulated span, ISO 8601: the same feed has the same events whenever it is sent. */
  readonly now: string;
  /** When the first record of it was sent, by the target's clock, ISO 8601. */
  readonly sentFrom: string;
  readonly files: number;
  readonly records: number;
  /** Carried out through the API, into DynamoDB. */
  readonly transactions?: number;
  /** A question with an answer on both sides: in DynamoDB and in Athena. */
  readonly comparable?: { readonly question: string; readonly parameters: Readonly<Record<string, string>> };
  /** Landed files, and members of zips, that the file loader refused: their rows are in no count of a run. */
  readonly refusedFiles?: readonly { readonly file: string; readonly reason: string }[];
  /** Sent per label of the simulator's faults. */
  readonly labels?: Readonly<Record<string, number>>;
}

const folderOf = (study: string) => studyPrefix('feeds', study);
const keyOf = (study: string, id: string) => `${folderOf(study)}${id}.json`;

/** Ids of everything that was ever fed to this lake's study. */
export async function listFeeds({ clients, names }: Target, study: string): Promise<string[]> {
  const ids: string[] = [];
  const listing = { Bucket: names.bucket('lake'), Prefix: folderOf(study) };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, listing))
    ids.push(...Contents.map(({ Key }) => Key!.replace(/^.*\/|\.json$/g, '')));
  return ids;
}

export async function readFeed(
  { clients, names }: Target,
  study: string,
  id: string,
): Promise<Feed | undefined> {
  const place = { Bucket: names.bucket('lake'), Key: keyOf(study, id) };
  let text: string;
  try {
    const { Body } = await clients.s3.send(new GetObjectCommand(place));
    text = await Body!.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
  const feed = parse(text);
  if (feed?.id === id && ['sending', 'sent', 'accounted'].includes(feed.state)) return feed;
  throw new RunFailedError(
    `s3://${place.Bucket}/${place.Key} is not what was written about this feed; delete the object and run again, and ` +
      'the feed is sent once more, as duplicates.',
  );
}

function parse(text: string): Feed | undefined {
  try {
    return JSON.parse(text) as Feed;
  } catch {
    return undefined;
  }
}

export async function writeFeed({ clients, names }: Target, study: string, feed: Feed): Promise<void> {
  await clients.s3.send(
    new PutObjectCommand({
      Bucket: names.bucket('lake'),
      Key: keyOf(study, feed.id),
      Body: JSON.stringify(feed, undefined, 2),
    }),
  );
}
