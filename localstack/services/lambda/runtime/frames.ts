/** How the local cloud and a function's process talk over one pipe: a small JSON header and raw bytes, never JSON in JSON. */

/** `[header length u32][body length u32][header as JSON][body]`, big-endian. */
export function writeFrame(write: (bytes: Uint8Array) => void, header: object, body?: Uint8Array): void {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.allocUnsafe(8);
  lengths.writeUInt32BE(text.length, 0);
  lengths.writeUInt32BE(body?.length ?? 0, 4);
  write(Buffer.concat([lengths, text]));
  if (body && body.length > 0) write(body);
}

/** Puts chunks of a pipe together into frames; `onFrame` gets each in order. */
export function frameReader<Header>(onFrame: (header: Header, body: Buffer) => void) {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = 8;
  return (chunk: Buffer): void => {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= needed) {
      const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, held);
      const headerEnd = 8 + bytes.readUInt32BE(0);
      const end = headerEnd + bytes.readUInt32BE(4);
      if (bytes.length < end) {
        chunks = [bytes];
        needed = end;
        return;
      }
      const rest = bytes.subarray(end);
      chunks = rest.length > 0 ? [rest] : [];
      held = rest.length;
      needed = 8;
      onFrame(JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Header, bytes.subarray(headerEnd, end));
    }
  };
}

/** From the cloud to a function's process: one invocation; the body is the event as JSON text. */
export interface InvokeHeader {
  readonly requestId: string;
  readonly functionArn: string;
  readonly traceId: string;
  /** Milliseconds since the epoch on the machine's clock. */
  readonly deadlineMs: number;
  /** How far the cloud's clock is ahead of the machine's. */
  readonly clockOffsetMs: number;
  readonly clientContext?: unknown;
}

/** From a function's process to the cloud. */
export type ProcessHeader =
  | { readonly kind: 'ready' }
  /** The body is an error as JSON: the function's module could not be loaded. */
  | { readonly kind: 'initError' }
  /** The body is one chunk of output. */
  | { readonly kind: 'log' }
  /** The body is the result or, with `failed`, the error as JSON. */
  | { readonly kind: 'result'; readonly failed: boolean; readonly maxMemoryMb: number };
