/** A statement in Trino's words, and the way back from a place in it to the place in the statement as it was sent. */
import type { Passage } from '../../../sql/index.ts';
import type { TrinoError } from './errors.ts';

type Place = NonNullable<TrinoError['position']>;

export interface Rewritten {
  readonly sql: string;
  /** Undefined for a place in words that are ours. */
  placeOf(place: Place): Place | undefined;
}

/** A passage of the statement between words of ours; it begins a line, so that its places can be told from ours. */
export function around(before: string, passage: Passage, after = ''): Rewritten {
  const linesBefore = before === '' ? 0 : before.split('\n').length;
  const lines = passage.text.split('\n').length;
  return {
    sql: `${before}${before && '\n'}${passage.text}${after && `\n${after}`}`,
    placeOf({ line, column }) {
      const within = line - linesBefore;
      if (within < 1 || within > lines) return undefined;
      return {
        line: passage.position.line + within - 1,
        column: within === 1 ? passage.position.column + column - 1 : column,
      };
    },
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The statement with values for its `?`: Trino itself puts them in, and tells places within the inner statement. */
export function withParameters(statement: Rewritten, parameters: readonly string[]): Rewritten {
  if (parameters.length === 0) return statement;
  return {
    ...statement,
    sql: `EXECUTE IMMEDIATE ${quoted(statement.sql)} USING ${parameters.join(', ')}`,
  };
}

/** The statement for which another one stands as a whole: a fault of all of it, which Trino sees at its beginning, is one of all of that. */
export function standingFor(statement: Rewritten): Rewritten {
  return {
    ...statement,
    placeOf: (place) =>
      place.line === start.line && place.column === start.column ? start : statement.placeOf(place),
  };
}

const start: Place = { line: 1, column: 1 };

/** Only Trino's parser is asked whether it can read the passage. */
export const parsing = (passage: Passage): Rewritten => standingFor(around('PREPARE parsed FROM', passage));
