/** The parts of a landed file, itself or the members of a zip, and the registry's entry of each. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Contract } from '../../lib/model/contract/contract.ts';
import { fileOfSource } from '../../lib/model/contract/deliveredFile.ts';
import type { FileSettings } from '../../lib/model/contract/fileSettings.ts';
import { type FileEntry, fileKey } from '../../lib/model/run/ledger.ts';
import type { Target } from '../targets/target.ts';
import { describeFile, partsOf } from './inputFiles.ts';

/** A file that is to be landed. */
export interface LandedFile {
  /** Of the source whose rows it has. */
  readonly contract: Contract;
  /** Its path, as the source's patterns see it. */
  readonly name: string;
  readonly content: { readonly path: string } | { readonly body: string | Uint8Array };
  /** How it is written, in place of what the contract says. */
  readonly settings: FileSettings;
}

export interface LandedPart {
  /** Of a zip's member: its name there. */
  readonly member?: string;
  /** The identity under which the file loader registers it. */
  readonly id: string;
}

export const bytesOf = (content: LandedFile['content']): Readable =>
  'path' in content ? createReadStream(content.path) : Readable.from([Buffer.from(content.body)]);

/** A zip is unpacked under the scratch folder for as long as this takes. */
export async function partsOfLanded(
  { contract, name, content, settings }: LandedFile,
  scratchDir: string,
): Promise<LandedPart[]> {
  if (!('path' in content && /\.zip$/i.test(name))) {
    const hash = createHash('sha256');
    for await (const piece of bytesOf(content)) hash.update(piece as Buffer);
    return [{ id: idOf(contract, hash.digest('hex'), name, settings) }];
  }
  const parts: LandedPart[] = [];
  const file = await describeFile(content.path);
  for await (const { member, sha256 } of partsOf(file, contract, settings, scratchDir)) {
    const path = member === undefined ? name : `${name}/${member}`;
    const id = idOf(contract, sha256, path, settings);
    parts.push({ id, ...(member !== undefined && { member }) });
  }
  return parts;
}

/** A file whose path fits no pattern of its source is refused under its digest. */
function idOf(contract: Contract, sha256: string, path: string, settings: FileSettings): string {
  try {
    return fileOfSource(contract, { sha256, path }, settings).id;
  } catch (error) {
    if (error instanceof RangeError) return sha256;
    throw error;
  }
}

/** What the registry has for each file, by its identity. */
export const registered = (
  { clients, names }: Pick<Target, 'clients' | 'names'>,
  study: string,
  files: readonly { readonly source: string; readonly id: string }[],
): Promise<(FileEntry | undefined)[]> =>
  Promise.all(
    files.map(async ({ source, id }) => {
      const { Item } = await clients.dynamodb.send(
        new GetCommand({ TableName: names.ledger, Key: fileKey(study, source, id) }),
      );
      return Item as FileEntry | undefined;
    }),
  );
