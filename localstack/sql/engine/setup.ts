/** Makes a DuckDB connection ready for translated SQL, and shuts what SQL could reach beyond it. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { registerScalarFunctions } from '../../core/scalarFunctions.ts';
import { quoteText } from '../types.ts';
import { MACRO_STATEMENTS } from './macros.ts';
import { SCALAR_FUNCTIONS } from './scalarFunctions.ts';

const SETTINGS = [
  "SET TimeZone = 'UTC'",
  'SET scalar_subquery_error_on_multiple_rows = true',
  'SET ieee_floating_point_ops = true',
  'SET preserve_insertion_order = true',
  // It takes what occurs twice out of the later arguments of a coalesce: then every row is charged with what a few need, and
  // fails where it fails.
  "SET disabled_optimizers = 'common_subexpressions'",
];

/**
 * Defines the macros and functions that translated SQL calls. Once for each database instance.
 * @param register gives the connection functions of the names and types of `SCALAR_FUNCTIONS`. @default these themselves
 */
export async function setupConnection(
  connection: DuckDBConnection,
  register = () => registerScalarFunctions(connection, SCALAR_FUNCTIONS),
): Promise<void> {
  for (const setting of SETTINGS) await connection.run(setting);
  register();
  for (const macro of MACRO_STATEMENTS) await connection.run(macro);
}

/**
 * Defence in depth behind the allow-list: from here on DuckDB opens no file outside these folders, installs and loads
 * nothing, and takes no further settings. What it must still read and write belongs in `allowedDirectories`.
 */
export async function lockDown(
  connection: DuckDBConnection,
  options: { readonly allowedDirectories: readonly string[] },
): Promise<void> {
  const folders = options.allowedDirectories.map((folder) =>
    quoteText(folder.endsWith('/') ? folder : `${folder}/`),
  );
  await connection.run(`SET allowed_directories = [${folders.join(', ')}]`);
  await connection.run('SET autoinstall_known_extensions = false');
  await connection.run('SET autoload_known_extensions = false');
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}
