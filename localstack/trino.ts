/** The package's entry for Trino behind Athena: installing it, starting it, asking it. */
export type { TrinoResult } from './services/athena/trino/client.ts';
export type { TrinoStarter } from './services/athena/trino/engine.ts';
export { TrinoError } from './services/athena/trino/errors.ts';
export {
  type Installed,
  installTrino,
  TRINO_VERSION,
  trinoReadiness,
} from './services/athena/trino/install.ts';
export { startTrino, type Trino, type TrinoLake } from './services/athena/trino/server.ts';
