/** The scope in which a stack's template is resolved: parameters, conditions, resources, other stacks' exports. */
import type { CloudContext } from '../../core/service.ts';
import { resolve, type Scope, TemplateError } from './intrinsics.ts';
import type { StackOutput, StackStore } from './store.ts';
import type { Template } from './template.ts';

/** The version of CDK's bootstrap stack that templates ask for through SSM; any current template accepts it. */
const BOOTSTRAP_VERSION = '30';
const NO_ECHO = '****';

/** The value of each parameter that a template declares: as given, else its default. Throws `TemplateError`. */
export function parameterValues(
  template: Template,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const declared = template.Parameters ?? {};
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0)
    throw new TemplateError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing = Object.keys(declared).filter(
    (name) => given[name] === undefined && declared[name]?.Default === undefined,
  );
  if (missing.length > 0) throw new TemplateError(`Parameters: [${missing.join(', ')}] must have values`);
  const values: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(declared)) {
    const value = String(given[name] ?? parameter.Default);
    if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(value)) {
      throw new TemplateError(
        `Parameter '${name}' must be one of AllowedValues [${parameter.AllowedValues.join(', ')}], not ${value}.`,
      );
    }
    values[name] = value;
  }
  return values;
}

/** Parameters as they may be shown: those with `NoEcho` are masked. */
export function shownParameters(
  template: Template,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      String(template.Parameters?.[name]?.NoEcho) === 'true' ? NO_ECHO : value,
    ]),
  );
}

/** Types other than plain text: SSM look-ups, of which only CDK's bootstrap version has an answer here, and lists. */
function typedParameter(name: string, type: string, value: string): string | string[] {
  if (type.startsWith('AWS::SSM::Parameter::Value')) {
    if (/^\/cdk-bootstrap\/[^/]+\/version$/.test(value)) return BOOTSTRAP_VERSION;
    throw new TemplateError(`The local cloud does not emulate the SSM parameter ${value} (${name}).`);
  }
  return type === 'CommaDelimitedList' || type.startsWith('List<')
    ? value.split(',').map((item) => item.trim())
    : value;
}

const typedParameters = (template: Template, values: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typedParameter(name, template.Parameters?.[name]?.Type ?? 'String', value),
    ]),
  );

export interface StackScope {
  readonly context: CloudContext;
  readonly store: StackStore;
  readonly stack: { readonly id: string; readonly name: string };
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  /** A resource that is deployed, by its logical id. */
  readonly resource: Scope['resource'];
  /** Is called with the name of each export that is asked for. */
  readonly imports?: Set<string>;
}

export function scopeOf(given: StackScope): Scope {
  const { context, stack, template, parameters, resource } = given;
  const conditions = new Map<string, boolean>();
  const scope: Scope = {
    parameters: typedParameters(template, parameters),
    pseudo: {
      'AWS::AccountId': context.accountId,
      'AWS::NotificationARNs': [],
      'AWS::Partition': 'aws',
      'AWS::Region': context.region,
      'AWS::StackId': stack.id,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    mappings: template.Mappings ?? {},
    condition(name) {
      const known = conditions.get(name);
      if (known !== undefined) return known;
      const definition = template.Conditions?.[name];
      if (definition === undefined) throw new TemplateError(`The template has no condition ${name}.`);
      const value = resolve(definition, scope) === true;
      conditions.set(name, value);
      return value;
    },
    resource,
    ...otherStacks(given),
  };
  return scope;
}

/** Exports and outputs of the account's stacks, each read once. */
function otherStacks({ store, imports }: StackScope): Pick<Scope, 'exported' | 'stackOutput'> {
  let exports: Map<string | undefined, string> | undefined;
  const outputs = new Map<string, StackOutput[]>();
  return {
    exported(name) {
      imports?.add(name);
      exports ??= new Map(
        store
          .stacks()
          .flatMap((stack) => stack.outputs.map(({ ExportName, OutputValue }) => [ExportName, OutputValue])),
      );
      return exports.get(name);
    },
    stackOutput(stackName, outputName) {
      const known = outputs.get(stackName) ?? store.stack(stackName)?.outputs ?? [];
      outputs.set(stackName, known);
      return known.find(({ OutputKey }) => OutputKey === outputName)?.OutputValue;
    },
  };
}

/** Throws `TemplateError` for an assertion of the template's rules that does not hold. */
export function checkRules(template: Template, scope: Scope): void {
  for (const [name, rule] of Object.entries(template.Rules ?? {})) {
    if (rule.RuleCondition !== undefined && resolve(rule.RuleCondition, scope) !== true) continue;
    for (const assertion of rule.Assertions) {
      if (resolve(assertion.Assert, scope) !== true) {
        throw new TemplateError(
          `Rule ${name} does not hold: ${assertion.AssertDescription ?? 'no reason given'}`,
        );
      }
    }
  }
}

export function resolveOutputs(template: Template, scope: Scope): StackOutput[] {
  return Object.entries(template.Outputs ?? {})
    .filter(([, output]) => output.Condition === undefined || scope.condition(output.Condition))
    .map(([OutputKey, output]) => ({
      OutputKey,
      OutputValue: String(resolve(output.Value, scope)),
      Description: output.Description,
      ExportName: output.Export ? String(resolve(output.Export.Name, scope)) : undefined,
    }));
}
