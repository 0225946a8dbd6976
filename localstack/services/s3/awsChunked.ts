/** Takes the `aws-chunked` encoding off an upload: chunk headers, signatures and trailing checksums are never stored. */
import { AwsError } from '../../core/errors.ts';

export interface DecodedBody {
  readonly bytes: AsyncIterable<Buffer>;
  /** What followed the last chunk, names in lower case; complete once `bytes` has been read. */
  readonly trailers: Readonly<Record<string, string>>;
}

/** The longest chunk header or trailer line: a size, and a signature of 64 hex digits. */
const LONGEST_LINE = 8192;

/**
 * Decodes `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n[name:value\r\n]…\r\n`.
 * Throws `IncompleteBody` when the encoding breaks off and `InvalidRequest` when it is malformed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function decodeAwsChunked(source: AsyncIterable<Buffer>): DecodedBody {
  const trailers: Record<string, string> = {};
  return { bytes: decode(source, trailers), trailers };
}

async function* decode(
  source: AsyncIterable<Buffer>,
  trailers: Record<string, string>,
): AsyncIterable<Buffer> {
  const input = source[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);

  const more = async (): Promise<void> => {
    const next = await input.next();
    if (next.done)
      throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly', { status: 400 });
    pending = pending.length === 0 ? next.value : Buffer.concat([pending, next.value]);
  };
  const line = async (): Promise<string> => {
    for (;;) {
      const end = pending.indexOf('\r\n');
      if (end >= 0) {
        const text = pending.toString('latin1', 0, end);
        pending = pending.subarray(end + 2);
        return text;
      }
      if (pending.length > LONGEST_LINE)
        throw new AwsError('InvalidRequest', 'A chunk of the aws-chunked body has no end of line.');
      await more();
    }
  };

  for (;;) {
    const header = await line();
    const size = /^([0-9a-fA-F]+)(;|$)/.exec(header)?.[1];
    if (size === undefined)
      throw new AwsError(
        'InvalidRequest',
        `A chunk of the aws-chunked body begins with "${header.slice(0, 80)}".`,
      );
    let left = Number.parseInt(size, 16);
    if (left === 0) break;
    while (left > 0) {
      if (pending.length === 0) await more();
      const part = pending.subarray(0, left);
      pending = pending.subarray(part.length);
      left -= part.length;
      yield part;
    }
    if ((await line()) !== '')
      throw new AwsError('InvalidRequest', 'A chunk of the aws-chunked body is longer than its header says.');
  }
  for (let trailer = await line(); trailer !== ''; trailer = await line()) {
    const colon = trailer.indexOf(':');
    trailers[trailer.slice(0, colon).trim().toLowerCase()] = trailer.slice(colon + 1).trim();
  }
}
