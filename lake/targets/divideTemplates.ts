/** Divides a cloud assembly between two endpoints: the services that have an endpoint of their own, and all others. */

/** A service that can have an endpoint of its own, as in `AWS_ENDPOINT_URL_<SERVICE>`, and what CloudFormation calls it. */
const SERVICES = {
  ATHENA: 'AWS::Athena::',
  DYNAMODB: 'AWS::DynamoDB::',
  GLUE: 'AWS::Glue::',
  SFN: 'AWS::StepFunctions::',
} as const;
export type ApartService = keyof typeof SERVICES;
export const apartServices = Object.keys(SERVICES) as readonly ApartService[];

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}

export interface StackTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

export interface NamedTemplate {
  readonly stackName: string;
  readonly template: StackTemplate;
}

/** A resource that neither endpoint can have: it needs a value that only the other endpoint knows. */
export interface LeftOut {
  readonly stackName: string;
  readonly type: string;
  /** E.g. `the StreamArn of Store1D2A845B`. */
  readonly needs: string;
}

export interface Divided {
  /** For the endpoint of all other services. */
  readonly main: readonly NamedTemplate[];
  /** For the endpoint of the services apart; stacks without such a resource are not among them. */
  readonly apart: readonly NamedTemplate[];
  readonly leftOut: readonly LeftOut[];
}

/** What a resource of either side may need on its own side: roles, log groups and keys are made at both. */
const MADE_AT_BOTH = ['AWS::IAM::Role', 'AWS::KMS::Key', 'AWS::Logs::LogGroup'];

const arn = (service: string, resource: string, name: unknown) => ({
  'Fn::Join': [
    '',
    [
      ...['arn:', { Ref: 'AWS::Partition' }, `:${service}:`, { Ref: 'AWS::Region' }, ':'],
      ...[{ Ref: 'AWS::AccountId' }, `:${resource}`, name],
    ],
  ],
});

type Values = Readonly<Record<string, unknown>>;

/** What `Ref` and `Fn::GetAtt` give of a resource that is named by its template, wherever it is. */
const KNOWN: Readonly<Record<string, (properties: Values) => Values>> = {
  'AWS::Athena::WorkGroup': ({ Name }) => ({ Ref: Name }),
  'AWS::DynamoDB::Table': ({ TableName }) => ({ Ref: TableName, Arn: arn('dynamodb', 'table/', TableName) }),
  'AWS::Glue::Job': ({ Name }) => ({ Ref: Name }),
  'AWS::Lambda::Function': ({ FunctionName }) => ({
    Ref: FunctionName,
    Arn: arn('lambda', 'function:', FunctionName),
  }),
  'AWS::StepFunctions::StateMachine': ({ StateMachineName }) => ({
    Ref: arn('states', 'stateMachine:', StateMachineName),
    Arn: arn('states', 'stateMachine:', StateMachineName),
    Name: StateMachineName,
  }),
};

export function divideTemplates(
  stacks: readonly NamedTemplate[],
  services: readonly ApartService[],
): Divided {
  const isApart = ({ Type }: Resource) => services.some((service) => Type.startsWith(SERVICES[service]));
  const leftOut: LeftOut[] = [];
  const gone = new Set<string>();
  const main = stacks.map(({ stackName, template }) => ({
    stackName,
    template: withoutApart(stackName, template, isApart, gone, leftOut),
  }));
  return { main, apart: apartOf(stacks, isApart), leftOut };
}

/** A reference to a value that only the other endpoint knows. */
class UnknownValueError extends Error {}

/** @param gone names of exports that have no value; those of this stack are added */
function withoutApart(
  stackName: string,
  template: StackTemplate,
  isApart: (resource: Resource) => boolean,
  gone: Set<string>,
  leftOut: LeftOut[],
): StackTemplate {
  const stays = new Set(
    Object.entries(template.Resources).flatMap(([id, resource]) => (isApart(resource) ? [] : [id])),
  );
  const Resources: Record<string, Resource> = {};
  for (const id of stays) {
    const resource = template.Resources[id]!;
    const filled = attempt(() => fill(resource, template, stays, gone));
    if (filled instanceof UnknownValueError)
      leftOut.push({ stackName, type: resource.Type, needs: filled.message });
    else Resources[id] = filled;
  }
  const Outputs: Record<string, Output> = {};
  for (const [id, output] of Object.entries(template.Outputs ?? {})) {
    const filled = attempt(() => fill(output, template, stays, gone));
    if (filled instanceof UnknownValueError) gone.add(String(output.Export?.Name));
    else Outputs[id] = filled;
  }
  return { ...template, Resources, ...(template.Outputs && { Outputs }) };
}

function attempt<Value>(work: () => Value): Value | UnknownValueError {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnknownValueError) return error;
    throw error;
  }
}

/** The same part of a template, with values where it refers to resources that do not stay in it. */
function fill<Part>(
  part: Part,
  { Resources }: StackTemplate,
  stays: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): Part {
  const knownValue = (id: string, attribute: string) => {
    const { Type, Properties = {} } = Resources[id]!;
    const value = KNOWN[Type]?.(Properties)[attribute];
    if (value === undefined) throw new UnknownValueError(`the ${attribute} of ${id}`);
    return value;
  };
  const isElsewhere = (id: unknown): id is string =>
    typeof id === 'string' && id in Resources && !stays.has(id);
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const { Ref, 'Fn::GetAtt': got, 'Fn::ImportValue': imported } = node as Record<string, unknown>;
    if (isElsewhere(Ref)) return knownValue(Ref, 'Ref');
    if (Array.isArray(got) && isElsewhere(got[0])) return knownValue(got[0], String(got[1]));
    if (typeof imported === 'string' && gone.has(imported)) throw new UnknownValueError(imported);
    return Object.fromEntries(
      Object.entries(node).map(([name, value]) => [
        name,
        name === 'DependsOn' ? [value].flat().filter((id) => !isElsewhere(id)) : visit(value),
      ]),
    );
  };
  return visit(part) as Part;
}

/** The resources apart and what they need: by reference in the same stack, and by exports of others. */
function apartOf(
  stacks: readonly NamedTemplate[],
  isApart: (resource: Resource) => boolean,
): NamedTemplate[] {
  const found: NamedTemplate[] = [];
  const imported = new Set<string>();
  // Those that import come after those that export.
  for (const { stackName, template } of stacks.toReversed()) {
    const { Resources, Outputs = {} } = template;
    const stays = new Set(Object.keys(Resources).filter((id) => isApart(Resources[id]!)));
    const outputs = Object.entries(Outputs).filter(([, { Export }]) => imported.has(String(Export?.Name)));
    const needs = (part: unknown) => {
      for (const id of referencesOf(part))
        if (!stays.has(id) && MADE_AT_BOTH.includes(Resources[id]?.Type ?? '')) {
          stays.add(id);
          needs(Resources[id]);
        }
    };
    for (const id of [...stays]) needs(Resources[id]);
    needs(outputs);
    if (stays.size === 0) continue;
    for (const name of importsOf([...stays].map((id) => Resources[id]))) imported.add(name);
    const kept = {
      Resources: Object.fromEntries([...stays].map((id) => [id, Resources[id]!])),
      ...(outputs.length > 0 && { Outputs: Object.fromEntries(outputs) }),
    };
    found.push({
      stackName,
      template: fill(kept, template, stays, new Set()),
    });
  }
  return found.reverse();
}

function* objectsIn(node: unknown): Generator<Record<string, unknown>> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield node as Record<string, unknown>;
  for (const value of Object.values(node)) yield* objectsIn(value);
}

function* referencesOf(part: unknown): Generator<string> {
  for (const { Ref, 'Fn::GetAtt': got, DependsOn } of objectsIn(part)) {
    if (typeof Ref === 'string') yield Ref;
    if (Array.isArray(got)) yield String(got[0]);
    for (const id of [DependsOn].flat()) if (typeof id === 'string') yield id;
  }
}

function* importsOf(part: unknown): Generator<string> {
  for (const { 'Fn::ImportValue': name } of objectsIn(part)) if (typeof name === 'string') yield name;
}
