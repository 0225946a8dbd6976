/** The checksums that S3 verifies and keeps, computed piece by piece. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
/** Known to S3 as well, and refused here by name. */
export const OTHER_CHECKSUM_ALGORITHMS = ['SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Base64 of the big-endian checksum, as in `x-amz-checksum-…`. */
  digest(): string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  switch (algorithm) {
    case 'CRC32': {
      let value = 0;
      return {
        update(bytes) {
          value = crc32(bytes, value);
        },
        digest: () => base64OfWords(value),
      };
    }
    case 'CRC32C': {
      let value = 0xffffffff;
      return {
        update(bytes) {
          for (const byte of bytes)
            value = ((CRC32C_TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8)) >>> 0;
        },
        digest: () => base64OfWords((value ^ 0xffffffff) >>> 0),
      };
    }
    case 'CRC64NVME': {
      let high = 0xffffffff;
      let low = 0xffffffff;
      return {
        update(bytes) {
          for (const byte of bytes) {
            const index = ((low ^ byte) & 0xff) * 2;
            low = (((low >>> 8) | (high << 24)) ^ (CRC64NVME_TABLE[index + 1] as number)) >>> 0;
            high = ((high >>> 8) ^ (CRC64NVME_TABLE[index] as number)) >>> 0;
          }
        },
        digest: () => base64OfWords((high ^ 0xffffffff) >>> 0, (low ^ 0xffffffff) >>> 0),
      };
    }
    default: {
      const hash = createHash(algorithm);
      return {
        update(bytes) {
          hash.update(bytes);
        },
        digest: () => hash.digest('base64'),
      };
    }
  }
}

function base64OfWords(...words: number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes.toString('base64');
}

/** Castagnoli's polynomial, reflected (RFC 3720, 12.1). */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** The NVM Express polynomial, reflected (NVM Command Set Specification 1.0, figure 118); high word, low word by turns. */
const CRC64NVME_TABLE = (() => {
  const table = new Uint32Array(512);
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    table[index * 2] = Number(value >> 32n);
    table[index * 2 + 1] = Number(value & 0xffffffffn);
  }
  return table;
})();
