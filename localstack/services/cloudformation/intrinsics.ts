/** CloudFormation's intrinsic functions, resolved against what a deploy knows so far. */
import { AwsError } from '../../core/errors.ts';

/**
 * What intrinsic functions may look at. `resource` answers once the resource is deployed.
 * Source: AWS CloudFormation Template Reference, "Intrinsic function reference".
 */
export interface Scope {
  readonly parameters: Readonly<Record<string, string | string[]>>;
  readonly pseudo: Readonly<Record<string, string | string[]>>;
  readonly mappings: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
  condition(name: string): boolean;
  resource(
    logicalId: string,
  ): { type: string; physicalId: string; attributes: Record<string, string> } | undefined;
  exported(name: string): string | undefined;
  /** An output of another stack of this account and region. */
  stackOutput(stackName: string, outputName: string): string | undefined;
}

/** A template that cannot be resolved: the message names the function and what it was given. */
export class TemplateError extends AwsError {
  constructor(message: string) {
    super('ValidationError', message);
  }
}

/** `AWS::NoValue`: the property or list element that holds it disappears. */
const noValue = Symbol('AWS::NoValue');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The intrinsic that `value` is: its one key and argument; undefined for plain data. */
function intrinsicOf(value: unknown): { name: string; argument: unknown } | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  const name = keys[0];
  if (keys.length !== 1 || name === undefined) return undefined;
  return name === 'Ref' || name === 'Condition' || name.startsWith('Fn::')
    ? { name, argument: value[name] }
    : undefined;
}

/** Resolves every intrinsic in `value`. Throws `TemplateError` for what refers to nothing. */
export function resolve(value: unknown, scope: Scope): unknown {
  const result = evaluate(value, scope);
  return result === noValue ? undefined : result;
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== noValue);
  }
  if (typeof value === 'string') return refuseDynamicReference(value);
  if (!isObject(value)) return value;
  const intrinsic = intrinsicOf(value);
  // A policy document's `{"Condition": {…}}` is plain data; only a named condition is an intrinsic.
  if (intrinsic && !(intrinsic.name === 'Condition' && typeof intrinsic.argument !== 'string')) {
    const implementation = functions[intrinsic.name];
    if (!implementation) throw new TemplateError(`The local cloud does not emulate ${intrinsic.name}.`);
    return implementation(intrinsic.argument, scope);
  }
  const resolved: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const result = evaluate(member, scope);
    if (result !== noValue) resolved[key] = result;
  }
  return resolved;
}

function refuseDynamicReference(text: string): string {
  const reference = /\{\{resolve:[^}]*\}\}/.exec(text);
  if (reference) {
    throw new TemplateError(`The local cloud does not emulate the dynamic reference ${reference[0]}.`);
  }
  return text;
}

function reference(name: string, scope: Scope): unknown {
  if (name === 'AWS::NoValue') return noValue;
  const known = scope.pseudo[name] ?? scope.parameters[name] ?? scope.resource(name)?.physicalId;
  if (known === undefined) {
    throw new TemplateError(`Ref ${name} names no parameter, pseudo parameter or deployed resource.`);
  }
  return known;
}

function attribute(logicalId: string, name: string, scope: Scope): string {
  const resource = scope.resource(logicalId);
  if (!resource) throw new TemplateError(`Fn::GetAtt ${logicalId}.${name} names no deployed resource.`);
  const value = resource.attributes[name];
  if (value === undefined) {
    const known = Object.keys(resource.attributes).join(', ') || 'none';
    throw new TemplateError(
      `The local cloud gives no attribute ${name} of ${resource.type} (${logicalId}); it gives ${known}.`,
    );
  }
  return value;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`${what} takes a list, not ${JSON.stringify(value)}.`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new TemplateError(
    `${what} takes text, not ${value === noValue ? 'AWS::NoValue' : JSON.stringify(value)}.`,
  );
}

function truth(value: unknown, scope: Scope): boolean {
  const result = evaluate(value, scope);
  if (typeof result === 'boolean') return result;
  if (result === 'true' || result === 'false') return result === 'true';
  throw new TemplateError(`A condition is true or false, not ${JSON.stringify(result)}.`);
}

/** Replaces `${name}`, `${resource.attribute}` and `${!literal}` in a template text. */
function substitute(template: string, variables: Record<string, unknown>, scope: Scope): string {
  return template.replace(/\$\{([^}]*)\}/g, (_match, inner: string) => {
    if (inner.startsWith('!')) return `\${${inner.slice(1)}}`;
    const name = inner.trim();
    if (name in variables) return text(evaluate(variables[name], scope), `Fn::Sub variable ${name}`);
    const dot = name.indexOf('.');
    return dot < 0
      ? text(reference(name, scope), `Fn::Sub variable ${name}`)
      : attribute(name.slice(0, dot), name.slice(dot + 1), scope);
  });
}

const functions: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (argument, scope) => reference(text(argument, 'Ref'), scope),
  Condition: (argument, scope) => scope.condition(text(argument, 'Condition')),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...path] =
      typeof argument === 'string'
        ? argument.split('.')
        : list(argument, 'Fn::GetAtt').map((part) => text(evaluate(part, scope), 'Fn::GetAtt'));
    return attribute(logicalId ?? '', path.join('.'), scope);
  },
  'Fn::Sub': (argument, scope) => {
    if (typeof argument === 'string') return substitute(argument, {}, scope);
    const [template, variables] = list(argument, 'Fn::Sub');
    return substitute(text(template, 'Fn::Sub'), isObject(variables) ? variables : {}, scope);
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list(argument, 'Fn::Join');
    return list(evaluate(parts, scope), 'Fn::Join')
      .map((part) => text(part, 'Fn::Join'))
      .join(text(separator, 'Fn::Join'));
  },
  'Fn::Split': (argument, scope) => {
    const [separator, whole] = list(argument, 'Fn::Split');
    return text(evaluate(whole, scope), 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::Select': (argument, scope) => {
    const [position, from] = list(argument, 'Fn::Select');
    const index = Number(evaluate(position, scope));
    const items = list(evaluate(from, scope), 'Fn::Select');
    if (!(index in items)) {
      throw new TemplateError(`Fn::Select cannot take item ${index} of a list of ${items.length}.`);
    }
    return items[index];
  },
  'Fn::Base64': (argument, scope) =>
    Buffer.from(text(evaluate(argument, scope), 'Fn::Base64')).toString('base64'),
  'Fn::GetAZs': (argument, scope) => {
    const region = text(evaluate(argument, scope), 'Fn::GetAZs') || String(scope.pseudo['AWS::Region']);
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = list(argument, 'Fn::FindInMap').map((part) =>
      text(evaluate(part, scope), 'Fn::FindInMap'),
    );
    const found = scope.mappings[map ?? '']?.[first ?? '']?.[second ?? ''];
    if (found === undefined) {
      throw new TemplateError(`Fn::FindInMap finds nothing at ${map}.${first}.${second}.`);
    }
    return found;
  },
  'Fn::ImportValue': (argument, scope) => {
    const name = text(evaluate(argument, scope), 'Fn::ImportValue');
    const value = scope.exported(name);
    if (value === undefined) throw new TemplateError(`No export named ${name} found.`);
    return value;
  },
  'Fn::GetStackOutput': (argument, scope) => {
    const given = evaluate(argument, scope) as Record<string, unknown>;
    const [stackName, outputName] = [given.StackName, given.OutputName].map((part) =>
      text(part, 'Fn::GetStackOutput'),
    ) as [string, string];
    const region = String(scope.pseudo['AWS::Region']);
    if ((given.Region ?? region) !== region) {
      throw new TemplateError(
        `Fn::GetStackOutput reads from ${given.Region}; the local cloud is only in ${region}.`,
      );
    }
    if (given.RoleArn !== undefined) {
      throw new TemplateError('The local cloud does not emulate RoleArn of Fn::GetStackOutput.');
    }
    const value = scope.stackOutput(stackName, outputName);
    if (value === undefined) {
      throw new TemplateError(`Fn::GetStackOutput finds no output ${outputName} of a stack ${stackName}.`);
    }
    return value;
  },
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = list(argument, 'Fn::If');
    return evaluate(scope.condition(text(condition, 'Fn::If')) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, 'Fn::Equals').map((side) => evaluate(side, scope));
    return String(left) === String(right);
  },
  'Fn::And': (argument, scope) => list(argument, 'Fn::And').every((item) => truth(item, scope)),
  'Fn::Or': (argument, scope) => list(argument, 'Fn::Or').some((item) => truth(item, scope)),
  'Fn::Not': (argument, scope) => !truth(list(argument, 'Fn::Not')[0], scope),
  'Fn::Contains': (argument, scope) => {
    const [haystack, needle] = list(argument, 'Fn::Contains').map((side) => evaluate(side, scope));
    return list(haystack, 'Fn::Contains').map(String).includes(String(needle));
  },
};

/**
 * The logical ids that `value` refers to through Ref, Fn::GetAtt and Fn::Sub, the branches that Fn::If leaves
 * out excluded. `condition` says which branch is taken.
 */
export function referencesIn(value: unknown, condition: (name: string) => boolean): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    if (!isObject(node)) return;
    const intrinsic = intrinsicOf(node);
    if (intrinsic?.name === 'Ref') found.add(String(intrinsic.argument));
    else if (intrinsic?.name === 'Fn::GetAtt') {
      const { argument } = intrinsic;
      found.add(String(typeof argument === 'string' ? argument.split('.')[0] : (argument as unknown[])[0]));
    } else if (intrinsic?.name === 'Fn::Sub') {
      const [template, variables] = Array.isArray(intrinsic.argument)
        ? intrinsic.argument
        : [intrinsic.argument];
      visit(variables);
      for (const [, name] of String(template).matchAll(/\$\{([^!}][^}]*)\}/g)) {
        if (!isObject(variables) || !(name!.trim() in variables)) found.add(name!.trim().split('.')[0]!);
      }
    } else if (intrinsic?.name === 'Fn::If' && Array.isArray(intrinsic.argument)) {
      const [name, yes, no] = intrinsic.argument;
      visit(condition(String(name)) ? yes : no);
    } else for (const member of Object.values(node)) visit(member);
  };
  visit(value);
  return found;
}
