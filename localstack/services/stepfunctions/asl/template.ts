/** Payload templates: JSON in which members named `x.$` are computed from the input. */
import { runtimeFailure, StateFailure } from './failure.ts';
import { parseExpression, type Scope, valueOfExpression } from './intrinsics.ts';
import { isArray, isObject, type Json } from './json.ts';
import { MissingPathError } from './jsonPath.ts';

/** Every expression of a template with the name of its member; parsing them is the template's check. */
export function templateExpressions(template: Json): { member: string; source: string }[] {
  if (isArray(template)) return template.flatMap(templateExpressions);
  if (!isObject(template)) return [];
  return Object.entries(template).flatMap(([name, value]) =>
    name.endsWith('.$') ? [{ member: name, source: String(value) }] : templateExpressions(value),
  );
}

/** The template with its expressions replaced by their values. Throws `StateFailure`. */
export function filled(template: Json, scope: Scope): Json {
  if (isArray(template)) return template.map((item) => filled(item, scope));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), computed(name, value as string, scope)]
        : [name, filled(value, scope)],
    ),
  );
}

function computed(member: string, source: string, scope: Scope): Json {
  try {
    return valueOfExpression(parseExpression(source), scope);
  } catch (error) {
    if (error instanceof StateFailure) throw error;
    if (error instanceof MissingPathError) {
      throw runtimeFailure(
        `The JSONPath '${source}' specified for the field '${member}' could not be found in the input '${JSON.stringify(scope.input)}'`,
      );
    }
    throw error;
  }
}
