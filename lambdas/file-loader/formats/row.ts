/** What every format gives: rows as the file has them, or the refusal of a row that cannot be read as one. */
import type { Contract } from '../../../lib/model/contract.ts';
import type { Refusal } from '../../../lib/model/envelope.ts';

export type RawRow =
  | { readonly row: Readonly<Record<string, unknown>> }
  /** `text` is the row as it stands in the file. */
  | { readonly refusal: Refusal; readonly text: string };

/** Reads a file on local disk, already unpacked from gzip or zip. Throws FileRefusedError when the file is no such file. */
export type RowReader = (path: string, contract: Contract) => AsyncIterable<RawRow>;

/** A whole file cannot be loaded; the reason is kept in the registry and in quarantine. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError';
}

/** @throws FileRefusedError when required columns of the contract are not among the file's. */
export function checkColumns(found: readonly string[], contract: Contract): void {
  const names = new Set(found);
  const missing = contract.columns
    .filter(
      ({ required, name, physicalName }) => required && !names.has(name) && !names.has(physicalName ?? name),
    )
    .map(({ name }) => name);
  if (missing.length === 0) return;
  throw new FileRefusedError(
    `the file has no column ${missing.join(', ')}, which the contract ${contract.name} requires; its columns: ${found.slice(0, 50).join(', ')}`,
  );
}
