/** The allow-list: every function that was verified against Trino, by page of the documentation. */
import { AGGREGATE_FUNCTIONS } from './aggregate.ts';
import { ARRAY_FUNCTIONS } from './array.ts';
import { BINARY_FUNCTIONS } from './binary.ts';
import { DATETIME_FUNCTIONS } from './datetime.ts';
import type { FunctionEntry } from './entry.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { MAP_FUNCTIONS } from './map.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { REGEXP_FUNCTIONS } from './regexp.ts';
import { STRING_FUNCTIONS } from './string.ts';
import { WINDOW_FUNCTIONS } from './window.ts';

export const FUNCTION_PAGES: Readonly<Record<string, readonly FunctionEntry[]>> = {
  Strings: STRING_FUNCTIONS,
  'Regular expressions': REGEXP_FUNCTIONS,
  Numbers: MATH_FUNCTIONS,
  'Dates and times': DATETIME_FUNCTIONS,
  JSON: JSON_FUNCTIONS,
  Arrays: ARRAY_FUNCTIONS,
  Maps: MAP_FUNCTIONS,
  'Binary and URLs': BINARY_FUNCTIONS,
  Aggregates: AGGREGATE_FUNCTIONS,
  Windows: WINDOW_FUNCTIONS,
};

const byName = Map.groupBy(Object.values(FUNCTION_PAGES).flat(), (entry) => entry.signature.name);

/** The verified signatures of a function, empty when there is none. */
export const functionsNamed = (name: string): readonly FunctionEntry[] => byName.get(name) ?? [];
