#!/usr/bin/env node
/** The entry for any Node ≥ 20: readies the clone, then hands over to the command line proper on Node 24. */
import { fileURLToPath } from 'node:url';
import { runReady } from './setup.js';

runReady(
  'node',
  [
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(new URL('./headwaters.ts', import.meta.url)),
    ...process.argv.slice(2),
  ],
  { withTools: false },
);
