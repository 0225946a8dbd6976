/** Why a statement was refused, with what to do about it. */
import { type AskOptions, ask, QueryFailedError, type QueryResult } from './ask.ts';
import { catalog } from './catalog.ts';
import type { LakeContext } from './context.ts';
import { namesSomethingUnknown, suggestion } from './suggestion.ts';

/**
 * Runs one statement as `ask` does; the `QueryFailedError` that it throws for a statement that Athena does not take says also
 * what was probably meant.
 */
export async function askExplained(
  lake: LakeContext,
  sql: string,
  options: AskOptions = {},
): Promise<QueryResult> {
  try {
    return await ask(lake, sql, options);
  } catch (error) {
    // A statement that cannot be read is refused when it is sent.
    if (!(error instanceof Error) || !/^(QueryFailedError|InvalidRequestException)$/.test(error.name))
      throw error;
    const help = await helpFor(lake, sql, error.message, options.database);
    throw new QueryFailedError(sql, help ? `${error.message}\n${help}` : error.message);
  }
}

async function helpFor(lake: LakeContext, sql: string, message: string, database: string | undefined) {
  // An empty lake has no workgroup and no tables.
  if (/WorkGroup is not found/i.test(message))
    return `Nothing is deployed yet. Run: ${lake.command('run <study> --once')}; studies: ${lake.studies.names.join(', ')}`;
  const tables = namesSomethingUnknown(message) ? await catalog(lake) : [];
  return suggestion({ sql, message, database, catalog: tables });
}
