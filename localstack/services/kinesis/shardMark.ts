/**
 * How far a shard was acknowledged, kept apart from its log: this distinguishes what a kill left unfinished at a log's end
 * from an end that was lost, and no position is ever given out twice.
 */
import { openSlotFile } from '../../core/slotFile.ts';

export interface Mark {
  /** First position of the oldest segment that is kept; 0 before there is one. */
  readonly oldest: number;
  /** First position of the newest segment that holds acknowledged records; 0 before there is one. */
  readonly newest: number;
  /** Bytes of that segment up to the end of its last acknowledged record. */
  readonly end: number;
  /** Position of the last acknowledged record; 0 before there is one. */
  readonly last: number;
  /** No position above this one was ever given out. */
  readonly reserved: number;
  /** Whether the log was closed in good order, so that the position after `last` is free. */
  readonly closed: boolean;
}

export interface MarkFile {
  /** The newest mark; undefined when nothing that was written can be read. */
  readonly mark: Mark | undefined;
  /** Nothing was ever written. */
  readonly isNew: boolean;
  /** Survives a kill of the process; with `durably`, a loss of power too. */
  write(mark: Mark, durably?: boolean): void;
  close(): void;
}

/** Opens the file, and makes it where it is missing. */
export function openMarkFile(path: string): MarkFile {
  const file = openSlotFile(path, 6);
  return {
    mark: file.values && asMark(file.values),
    isNew: file.isNew,
    write: ({ oldest, newest, end, last, reserved, closed }, durably) =>
      file.write([oldest, newest, end, last, reserved, closed ? 1 : 0], durably),
    close: file.close,
  };
}

function asMark(values: readonly number[]): Mark {
  const [oldest, newest, end, last, reserved, closed] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { oldest, newest, end, last, reserved, closed: closed === 1 };
}
