/** Templates of the OLTP design: `ORDER#{order_id}` makes text, `{quantity}` on its own keeps the value's own type. */

/** Values by name that a template may use. */
export type Scope = Readonly<Record<string, unknown>>;

/** A name that a template uses and its scope lacks. */
export class MissingValue extends Error {
  override readonly name = 'MissingValue';
  readonly member: string;

  constructor(member: string, template: string) {
    super(`'${template}' needs '${member}', which has no value`);
    this.member = member;
  }
}

const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Names between braces, in order. */
export const namesIn = (template: string): string[] =>
  [...template.matchAll(placeholder)].map((match) => match[1] as string);

/**
 * Fills a template. A template that is one placeholder gives the value itself, undefined included.
 * @throws MissingValue when a text would be made of an absent value: a key with a hole in it would be a wrong key.
 */
export function fill(template: unknown, scope: Scope): unknown {
  if (typeof template !== 'string') return template;
  const whole = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(template);
  if (whole) return scope[whole[1] as string];
  return template.replace(placeholder, (_, name: string) => {
    const value = scope[name];
    if (value === undefined || value === null || value === '') throw new MissingValue(name, template);
    return String(value);
  });
}

/** Fills a template that must give a text, as keys do. */
export function fillText(template: string, scope: Scope): string {
  const value = fill(template, scope);
  if (value === undefined || value === null || value === '')
    throw new MissingValue(namesIn(template)[0] ?? '', template);
  return String(value);
}
