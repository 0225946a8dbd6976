/** Values of an answer, which Athena gives as text, as JSON carries them: numbers keep every digit. */

export const WHOLE = new Set(['tinyint', 'smallint', 'integer', 'int', 'bigint']);
export const FRACTION = new Set(['float', 'real', 'double']);

export const isDecimal = (type: string) => type.startsWith('decimal');

/** Whether values of a type are numbers, by the name that Athena gives it. */
export const isNumeric = (type: string) => WHOLE.has(type) || FRACTION.has(type) || isDecimal(type);

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export function jsonValue(value: string | null, type: string): unknown {
  if (value === null) return null;
  if (type === 'boolean') return value === 'true';
  return isNumeric(type) && JSON_NUMBER.test(value) ? rawJson(value) : value;
}

/** https://github.com/tc39/proposal-json-parse-with-source: a number as it is written, not as a double rounds it. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Two columns may have one name in SQL; in an object and in Parquet each needs its own: `id`, `id_2`. */
export function distinctNames(columns: readonly { readonly name: string }[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
    taken.add(free);
    return free;
  });
}
