/** A few numbers in a file of their own that are replaced thousands of times a second: two slots, written in turn, so that one is whole whenever the process is killed. */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

export interface SlotFile {
  /** What was written last; undefined when nothing that was written can be read. */
  readonly values: readonly number[] | undefined;
  /** Nothing was ever written. */
  readonly isNew: boolean;
  /** Survives a kill of the process; with `durably`, a loss of power too. */
  write(values: readonly number[], durably?: boolean): void;
  close(): void;
}

/**
 * Opens the file for `count` numbers, and makes it where it is missing. A slot is the number of the write, the values, all
 * as doubles, and their CRC-32.
 */
export function openSlotFile(path: string, count: number): SlotFile {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  const isNew = fstatSync(fd).size === 0;
  const summed = (count + 1) * 8;
  const buffer = Buffer.alloc(summed + 8);

  function readSlot(slot: number): number[] | undefined {
    if (readSync(fd, buffer, 0, buffer.length, slot * buffer.length) < buffer.length) return undefined;
    if (buffer.readUInt32LE(summed) !== crc32(buffer.subarray(0, summed))) return undefined;
    const values = Array.from({ length: count + 1 }, (_, index) => buffer.readDoubleLE(index * 8));
    return values[0] === 0 ? undefined : values;
  }

  const kept = [0, 1].map(readSlot).filter((slot) => slot !== undefined);
  const [newest] = kept.sort(([a], [b]) => b! - a!);
  let turn = newest?.[0] ?? 0;
  return {
    values: newest?.slice(1),
    isNew,
    write(values, durably = false) {
      turn++;
      buffer.writeDoubleLE(turn, 0);
      for (let index = 0; index < count; index++) buffer.writeDoubleLE(values[index]!, (index + 1) * 8);
      buffer.writeUInt32LE(crc32(buffer.subarray(0, summed)), summed);
      writeSync(fd, buffer, 0, buffer.length, (turn % 2) * buffer.length);
      if (durably) fsyncSync(fd);
    },
    close: () => closeSync(fd),
  };
}
