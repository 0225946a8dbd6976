/** The JSON paths of json_extract and its kin: `$.a.b[0]["c"]`. */

export interface JsonPath {
  readonly text: string;
  /** In DuckDB's syntax, every key quoted. */
  readonly duck: string;
  readonly steps: readonly (string | number)[];
  /** DuckDB paths of what each index is taken of: Trino also lets `[0]` name the key "0" of an object. */
  readonly indexed: readonly string[];
  /** The last step, when it is a key of letters, digits and underscores. */
  readonly lastKey?: string;
}

/** Undefined for what is not verified: wildcards, `..`, negative indices, filters. */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  let rest = text.slice(1);
  while (rest !== '') {
    const step = /^\.([\p{L}_][\p{L}\p{Nd}_:]*)|^\[(\d+)\]|^\["([^"\\*]+)"\]/u.exec(rest);
    if (!step) return undefined;
    steps.push(step[2] === undefined ? (step[1] ?? step[3])! : Number(step[2]));
    rest = rest.slice(step[0].length);
  }
  const last = steps.at(-1);
  const duckPath = (count: number) =>
    `$${steps
      .slice(0, count)
      .map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`))
      .join('')}`;
  return {
    text,
    duck: duckPath(steps.length),
    steps,
    indexed: steps.flatMap((step, index) => (typeof step === 'number' ? [duckPath(index)] : [])),
    lastKey: typeof last === 'string' && /^\w+$/.test(last) ? last : undefined,
  };
}
