/** Bounds what is unpacked: a small file may not become a huge one. */
import { Transform } from 'node:stream';
import { limits, sizeText } from './limits.ts';
import { FileRefusedError } from './row.ts';

export const isZlibError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

/** Passes on what is unpacked from `packedBytes`, and no more than the limits allow. */
export function bounded(packedBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      size += piece.length;
      done(expansionFault(size, packedBytes), piece);
    },
  });
}

/** Why so many bytes may not come from so few; null when they may. */
export function expansionFault(bytes: number, packedBytes: number): FileRefusedError | null {
  if (bytes > limits.fileBytes)
    return new FileRefusedError(`it unpacks to more than ${sizeText(limits.fileBytes)}`);
  if (bytes > limits.ratioFromBytes && bytes > packedBytes * limits.ratio)
    return new FileRefusedError(
      `${sizeText(packedBytes)} unpack to more than ${sizeText(bytes)}; allowed are ${limits.ratio} bytes for one`,
    );
  return null;
}
