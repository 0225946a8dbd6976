/** Failures of the engine as a failed query's reason. */
import { engineError } from '../../sql/index.ts';
import { QueryFailure } from './failures.ts';

/**
 * Marks an error that the SQL of a table's relation raises on purpose: `error('HW:CODE:message')`. It is where the
 * engine's own text begins: further on it is a value of the user's that an error quotes.
 */
const raised = /^Invalid Input Error: HW:([A-Z_]+):([\s\S]*)/;

/** What reading a table's files may meet; the rest is the statement's own and is the translation's to say. */
const readingFailures: readonly { readonly test: RegExp; readonly code: string; readonly say: string }[] = [
  { test: /Malformed JSON[\s\S]*/, code: 'HIVE_BAD_DATA', say: 'Error Parsing a row: ' },
  { test: /JSON transform error[\s\S]*/, code: 'HIVE_BAD_DATA', say: 'Error Parsing a row: ' },
  {
    test: /File .* too small to be a Parquet file|No magic bytes found[\s\S]*/,
    code: 'HIVE_BAD_DATA',
    say: 'Not valid Parquet file: ',
  },
  {
    test: /Invalid regular expression[\s\S]*|invalid repetition size[\s\S]*/,
    code: 'INVALID_FUNCTION_ARGUMENT',
    say: '',
  },
  { test: /Expected [A-Z]+, but got [\s\S]*/, code: 'HIVE_BAD_DATA', say: 'Error Parsing a row: ' },
  {
    test: /Out of Memory Error[\s\S]*/,
    code: 'EXCEEDED_LOCAL_MEMORY_LIMIT',
    say: 'Query exceeded the local memory limit: ',
  },
];

const firstLine = (text: string) => text.split('\n')[0]!.trim();

/** An error of the engine, or of this program, as a failed query's reason. */
export function engineFailure(error: unknown): QueryFailure {
  if (error instanceof RangeError && error.message.startsWith('Maximum call stack'))
    return new QueryFailure('STACK_OVERFLOW', 'statement is too large (stack overflow during analysis)', {
      cause: error,
    });
  const message = error instanceof Error ? error.message : String(error);
  const own = raised.exec(message);
  if (own) return new QueryFailure(own[1]!, firstLine(own[2]!), { cause: error });
  for (const { test, code, say } of readingFailures) {
    const found = test.exec(message);
    if (found) return new QueryFailure(code, `${say}${firstLine(found[0])}`, { cause: error });
  }
  const { code, message: said } = engineError(error);
  return new QueryFailure(code === 'GENERIC_ENGINE_ERROR' ? 'GENERIC_INTERNAL_ERROR' : code, said, {
    cause: error,
  });
}
