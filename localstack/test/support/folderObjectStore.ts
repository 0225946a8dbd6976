/** An object store in a folder, `<root>/<bucket>/<key>`, for tests of what builds on one; other engines can be pointed at it. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AwsError } from '../../core/errors.ts';
import type { ObjectStore, StoredObject } from '../../core/objectStore.ts';

export function folderObjectStore(root: string): ObjectStore {
  const temporary = join(root, '.tmp');
  let count = 0;
  const pathOf = (bucket: string, key: string) => join(root, bucket, key);
  const place = async (bucket: string, key: string) => {
    const path = pathOf(bucket, key);
    await mkdir(dirname(path), { recursive: true });
    return path;
  };
  const etagOf = (body: Buffer) => createHash('md5').update(body).digest('hex');
  const missing = (key: string) => (cause: unknown) => {
    throw new AwsError('NoSuchKey', `The specified key does not exist: ${key}`, { status: 404, cause });
  };
  return {
    async *list(bucket, prefix) {
      const base = join(root, bucket);
      const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(() => []);
      const found: StoredObject[] = [];
      for (const entry of entries) {
        const path = join(entry.parentPath, entry.name);
        const key = path.slice(base.length + 1);
        if (!entry.isFile() || !key.startsWith(prefix)) continue;
        const { size, mtime } = await stat(path);
        found.push({ key, size, etag: '', lastModified: mtime });
      }
      yield* found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    },
    get: (bucket, key) => readFile(pathOf(bucket, key)).catch(missing(key)),
    async put(bucket, key, body, options = {}) {
      await writeFile(await place(bucket, key), body, options.ifNoneMatch ? { flag: 'wx' } : {});
      return { etag: etagOf(body) };
    },
    async putFile(bucket, key, path) {
      await rename(path, await place(bucket, key));
      return { etag: '' };
    },
    async delete(bucket, keys) {
      for (const key of keys) await rm(pathOf(bucket, key), { force: true });
    },
    async localPath(bucket, key) {
      const path = pathOf(bucket, key);
      await stat(path).catch(missing(key));
      return path;
    },
    tempFile(suffix) {
      mkdirSync(temporary, { recursive: true });
      return join(temporary, `${process.pid}-${count++}${suffix}`);
    },
  };
}
