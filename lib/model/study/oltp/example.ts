/** Finds parameters of an access pattern with which it reads something that is in the table. */
import type { AccessPattern } from './design.ts';

type Item = Readonly<Record<string, unknown>>;

/** `CUSTOMER#{customer_id}` as a regular expression with a group for each parameter, of the whole text or of its beginning. */
function matcher(template: string, isPrefix: boolean): RegExp {
  const parts = template.split(/\{([^}]+)\}/);
  const source = parts.map((part, index) =>
    index % 2 === 1 ? `(?<${part}>[^#]+)` : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source.join('')}${isPrefix ? '' : '$'}`);
}

/** Parameter → value, read from the keys of the first item that the pattern finds; undefined where it finds none. */
export function exampleOf(
  { index = '', pk, sk, parameters }: AccessPattern,
  items: readonly Item[],
): Record<string, string> | undefined {
  const partition = matcher(pk, false);
  const sort = sk && ('equals' in sk ? matcher(sk.equals, false) : matcher(sk.beginsWith, true));
  for (const item of items) {
    const found = partition.exec(String(item[`${index}pk`] ?? ''));
    const sorted = sort?.exec(String(item[`${index}sk`] ?? ''));
    if (!found || (sort && !sorted)) continue;
    const values: Record<string, string | undefined> = { ...sorted?.groups, ...found.groups };
    if (parameters.every((name) => values[name]))
      return Object.fromEntries(parameters.map((name) => [name, values[name]!]));
  }
  return undefined;
}
