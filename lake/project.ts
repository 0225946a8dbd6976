/** Where this project is on disk, and what its commands share there. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The studies that come with the project: one folder each. */
export const builtInStudies = join(root, 'sql');

/** Java, Trino and the judges of `npm run parity`: fetched once, shared by all state folders. */
export const downloadsDir = join(root, '.headwaters', 'parity');
