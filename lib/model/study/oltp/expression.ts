/** Writes DynamoDB expressions with every name and value behind a placeholder: no reserved word, no injection. */

import { fill, type Scope } from './template.ts';

export interface Placeholders {
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

const keywords = new Set(['and', 'or', 'not', 'between', 'in']);
const functions = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);

const token =
  /\{(?<value>[A-Za-z_][A-Za-z0-9_]*)\}|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<number>-?\d+(?:\.\d+)?)|'(?<text>[^']*)'|(?<other><>|<=|>=|[=<>(),.]|\s+)/y;

/** Placeholder of an attribute's name. */
export function namePlaceholder(attribute: string, placeholders: Placeholders): string {
  placeholders.names[`#${attribute}`] = attribute;
  return `#${attribute}`;
}

/** Placeholder of a value; equal values share one. */
export function valuePlaceholder(value: unknown, placeholders: Placeholders): string {
  const known = Object.entries(placeholders.values).find(([, other]) => Object.is(other, value));
  if (known) return known[0];
  const name = `:v${Object.keys(placeholders.values).length}`;
  placeholders.values[name] = value;
  return name;
}

/**
 * A condition such as `on_hand >= {quantity} and attribute_exists(pk)` as DynamoDB takes it.
 * @throws RangeError at a character that the grammar does not know.
 */
export function writeCondition(condition: string, scope: Scope, placeholders: Placeholders): string {
  let result = '';
  let at = 0;
  while (at < condition.length) {
    token.lastIndex = at;
    const match = token.exec(condition);
    if (!match?.groups)
      throw new RangeError(
        `condition '${condition}': '${condition[at]}' is not understood at character ${at + 1}`,
      );
    const { value, word, number, text, other } = match.groups;
    if (value !== undefined) result += valuePlaceholder(fill(`{${value}}`, scope), placeholders);
    else if (number !== undefined) result += valuePlaceholder(Number(number), placeholders);
    else if (text !== undefined) result += valuePlaceholder(text, placeholders);
    else if (word !== undefined)
      result +=
        keywords.has(word.toLowerCase()) || functions.has(word) ? word : namePlaceholder(word, placeholders);
    else result += other;
    at = token.lastIndex;
  }
  return result;
}
