/** Puts a batch file into the landing bucket, where the file loader finds it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { landingKey } from '../../lib/model/contract/deliveredFile.ts';
import { toMetadata } from '../../lib/model/contract/fileSettings.ts';
import type { Target } from '../targets/target.ts';
import { bytesOf, type LandedFile } from './landedFiles.ts';

/**
 * Lands a file for its source. The digest in its key keeps files of one name apart, so that none takes the place of
 * another before it was loaded; the settings of this delivery are the object's metadata.
 */
export async function landFile(
  { clients, names }: Pick<Target, 'clients' | 'names'>,
  study: string,
  { contract, name, content, settings }: LandedFile,
): Promise<string> {
  const metadata = toMetadata(settings);
  const digest = createHash('sha256').update(JSON.stringify(metadata));
  for await (const piece of bytesOf(content)) digest.update(piece as Buffer);
  const key = landingKey(study, contract.name, digest.digest('hex'), name);
  await clients.s3.send(
    new PutObjectCommand({
      Bucket: names.landingBucket(study),
      Key: key,
      Metadata: metadata,
      Body: 'path' in content ? createReadStream(content.path) : content.body,
      ...('path' in content ? {} : { ContentLength: Buffer.byteLength(content.body) }),
    }),
  );
  return key;
}
