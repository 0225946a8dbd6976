/** One file of a source: the contract it is read by, the values its rows get from elsewhere, and the identity it has. */

import { createHash } from 'node:crypto';
import { type CoercedRow, fileEventId } from './coerce.ts';
import type { Contract } from './contract.ts';
import type { FileSettings } from './fileSettings.ts';
import { valuesOfPath } from './pathPattern.ts';

export interface FileOfSource {
  /** The source's contract with the settings of this delivery. */
  readonly contract: Contract & { readonly given: readonly string[] };
  /** Members that every row gets: constants of the delivery and values from the path. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Hex, 64 digits: two deliveries with one identity are the same rows. */
  readonly id: string;
}

/**
 * @param file its digest (sha256, hex) and its path, in which a zip's member follows the zip.
 * @throws RangeError when the path does not fit the patterns that the source declares.
 */
export function fileOfSource(
  contract: Contract,
  file: { readonly sha256: string; readonly path: string },
  settings: FileSettings = {},
): FileOfSource {
  const fromPath = contract.path ? valuesOfPath(contract.path, file.path) : {};
  if (!fromPath)
    throw new RangeError(
      `the path "${file.path}" does not fit ${contract.path!.map((text) => `"${text}"`).join(' or ')}, from which the source ${contract.name} takes values`,
    );
  const { members: _which, constants, ...written } = settings;
  const values = { ...constants, ...fromPath };
  return {
    contract: { ...contract, ...settings, given: Object.keys(values) },
    values,
    id: fileId(file.sha256, { ...written, ...(Object.keys(values).length > 0 && { values }) }),
  };
}

/** The same bytes read in another way, or with other values around them, are other rows. */
function fileId(sha256: string, read: Readonly<Record<string, unknown>>): string {
  if (Object.keys(read).length === 0) return sha256;
  const sorted = Object.fromEntries(Object.entries(read).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256')
    .update(`${sha256}\n${JSON.stringify(sorted)}`)
    .digest('hex');
}

/** `event_id` of a row: by its columns, or by its place where the source says so. */
export const rowEventId = (contract: Contract, row: CoercedRow, fileId: string, rowNumber: number): string =>
  contract.identityIsPosition ? `${fileId}:${rowNumber}` : fileEventId(contract, row);

const DIGEST = 'sha256=';

/** Key in the landing bucket: `<study>/<source>/sha256=<digest>/<path>`; the digest is optional. */
export const landingKey = (study: string, source: string, digest: string, path: string): string =>
  `${study}/${source}/${DIGEST}${digest.slice(0, 16)}/${path}`;

/** The path of a landed file, whose patterns give values: the key after the source, without a digest. */
export const landedPath = (study: string, source: string, key: string): string =>
  key.slice(`${study}/${source}/`.length).replace(new RegExp(`^${DIGEST}[0-9a-f]+/`), '');
