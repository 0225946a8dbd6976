/** A feed is one input of a world, told once: which files landed, how many records were sent, and what gold must show. */
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { physicalNames } from './names.ts';
import type { World } from './world.ts';

export interface Feed {
  /** Names the input and its parameters; the producer's run in the receipts. */
  readonly id: string;
  readonly title: string;
  /**
   * `sending` until everything was acknowledged: an interrupted feed is sent again, as duplicates. `sent` until a run
   * has balanced its books.
   */
  readonly state: 'sending' | 'sent' | 'accounted';
  /** The end of the simulated span, ISO 8601: the same feed has the same events whenever it is sent. */
  readonly now: string;
  /** When the first record of it was sent, by the cloud's clock, ISO 8601. */
  readonly sentFrom: string;
  readonly files: number;
  readonly records: number;
  /** Sent per label of the simulator's faults. */
  readonly labels?: Readonly<Record<string, number>>;
}

const keyOf = (study: string, id: string) => `feeds/study=${study}/${id}.json`;

/** Ids of everything that was ever fed to this world's study. */
export async function listFeeds(world: World, study: string): Promise<string[]> {
  const { Contents = [] } = await world.clients.s3.send(
    new ListObjectsV2Command({
      Bucket: physicalNames.bucket('lake'),
      Prefix: keyOf(study, '').replace('.json', ''),
    }),
  );
  return Contents.map(({ Key }) => Key!.replace(/^.*\/|\.json$/g, ''));
}

export async function readFeed(world: World, study: string, id: string): Promise<Feed | undefined> {
  try {
    const { Body } = await world.clients.s3.send(
      new GetObjectCommand({ Bucket: physicalNames.bucket('lake'), Key: keyOf(study, id) }),
    );
    return JSON.parse(await Body!.transformToString()) as Feed;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

export async function writeFeed(world: World, study: string, feed: Feed): Promise<void> {
  await world.clients.s3.send(
    new PutObjectCommand({
      Bucket: physicalNames.bucket('lake'),
      Key: keyOf(study, feed.id),
      Body: JSON.stringify(feed, undefined, 2),
    }),
  );
}
