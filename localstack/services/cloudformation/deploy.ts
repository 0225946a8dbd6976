/** Brings one stack to its template: creates, changes, skips and removes resources through their services' providers. */
import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { resolve, type Scope, TemplateError } from './intrinsics.ts';
import { deployOrder } from './order.ts';
import type { ResourceRecord, StackOutput, StackRecord, StackStore } from './store.ts';
import type { Provider } from './support.ts';
import type { Template, TemplateResource } from './template.ts';

export type AssetFinder = (bucket: string, key: string) => string | undefined;

export interface StackInput {
  readonly stackName: string;
  readonly template: Template;
  readonly templateText: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly asset: AssetFinder;
}

export interface StackDeployment {
  readonly stackName: string;
  readonly stackId: string;
  readonly status: string;
  readonly created: string[];
  readonly updated: string[];
  readonly unchanged: number;
  readonly removed: string[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** A deploy that stopped: what is deployed stays, the next deploy goes on from there. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly stackName: string;
  readonly logicalId?: string;
  readonly type?: string;

  constructor(stackName: string, resource: { logicalId: string; type: string } | undefined, cause: unknown) {
    const where = resource ? `${stackName}/${resource.logicalId} (${resource.type})` : stackName;
    super(`Deploying ${where} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.stackName = stackName;
    this.logicalId = resource?.logicalId;
    this.type = resource?.type;
  }
}

/** The version of CDK's bootstrap stack that templates ask for through SSM; any current template accepts it. */
const BOOTSTRAP_VERSION = '30';
const NO_ECHO = '****';

export interface StackEngine {
  /**
   * Creates or updates a stack. Nothing is rolled back on failure: the stack is left `CREATE_FAILED` or
   * `UPDATE_FAILED` with the reason, as with AWS's `--disable-rollback`, and a `DeploymentError` is thrown.
   */
  deploy(input: StackInput): Promise<StackDeployment>;
  /** Removes a stack's resources in reverse order, those with DeletionPolicy Retain excepted. */
  remove(stackName: string): Promise<void>;
  /** Creates the record that CreateStack answers with, before the work begins. */
  open(stackName: string, templateText: string): StackRecord;
  parameterValues(template: Template, given: Readonly<Record<string, string>>): Record<string, string>;
}

export function createStackEngine(
  context: CloudContext,
  store: StackStore,
  providers: () => ReadonlyMap<string, Provider>,
): StackEngine {
  const arn = (stackName: string) =>
    `arn:aws:cloudformation:${context.region}:${context.accountId}:stack/${stackName}/${randomUUID()}`;

  const record = (
    stack: StackRecord,
    subject: { logicalId: string; physicalId: string; type: string },
    status: string,
    reason?: string,
  ) =>
    store.addEvent({
      id: randomUUID(),
      stackId: stack.id,
      stack: stack.name,
      ...subject,
      status,
      reason,
      atMs: context.clock.now(),
    });

  const setStatus = (stack: StackRecord, status: string, reason?: string) => {
    stack.status = status;
    stack.reason = reason;
    stack.updatedAtMs = context.clock.now();
    store.saveStack(stack);
    const subject = { logicalId: stack.name, physicalId: stack.id, type: 'AWS::CloudFormation::Stack' };
    record(stack, subject, status, reason);
  };

  function open(stackName: string, templateText: string): StackRecord {
    const existing = store.stack(stackName);
    if (existing) return existing;
    const stack: StackRecord = {
      name: stackName,
      id: arn(stackName),
      status: 'REVIEW_IN_PROGRESS',
      template: templateText,
      parameters: {},
      outputs: [],
      createdAtMs: context.clock.now(),
    };
    store.saveStack(stack);
    return stack;
  }

  function parameterValues(template: Template, given: Readonly<Record<string, string>>) {
    const values: Record<string, string> = {};
    const declared = template.Parameters ?? {};
    for (const name of Object.keys(given)) {
      if (!(name in declared)) throw new TemplateError(`The template has no parameter ${name}.`);
    }
    for (const [name, parameter] of Object.entries(declared)) {
      const value = given[name] ?? parameter.Default;
      if (value === undefined) throw new TemplateError(`Parameters: [${name}] must have values`);
      if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(String(value))) {
        throw new TemplateError(
          `Parameter ${name} is ${value}; it may be ${parameter.AllowedValues.join(', ')}.`,
        );
      }
      values[name] = String(value);
    }
    return values;
  }

  /** Types beside plain text: SSM look-ups, of which only CDK's bootstrap version has an answer here, and lists. */
  function typedParameter(name: string, type: string, value: string): string | string[] {
    if (type.startsWith('AWS::SSM::Parameter::Value')) {
      if (/^\/cdk-bootstrap\/[^/]+\/version$/.test(value)) return BOOTSTRAP_VERSION;
      throw new TemplateError(`The local cloud does not emulate the SSM parameter ${value} (${name}).`);
    }
    return type === 'CommaDelimitedList' || type.startsWith('List<')
      ? value.split(',').map((item) => item.trim())
      : value;
  }

  function scopeOf(
    stack: StackRecord,
    template: Template,
    parameters: Record<string, string>,
    deployed: Map<string, ResourceRecord>,
  ): Scope {
    const conditions = new Map<string, boolean>();
    let exports: Map<string | undefined, string> | undefined;
    const outputs = new Map<string, StackOutput[]>();
    const outputsOf = (stackName: string) => {
      const known = outputs.get(stackName) ?? store.stack(stackName)?.outputs ?? [];
      outputs.set(stackName, known);
      return known;
    };
    const scope: Scope = {
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [
          name,
          typedParameter(name, template.Parameters?.[name]?.Type ?? 'String', value),
        ]),
      ),
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
      resource: (logicalId) => deployed.get(logicalId),
      exported(name) {
        exports ??= new Map(
          store
            .stacks()
            .flatMap(({ outputs }) =>
              outputs.map(({ ExportName, OutputValue }) => [ExportName, OutputValue]),
            ),
        );
        return exports.get(name);
      },
      stackOutput: (stackName, outputName) =>
        outputsOf(stackName).find(({ OutputKey }) => OutputKey === outputName)?.OutputValue,
    };
    return scope;
  }

  function checkRules(template: Template, scope: Scope) {
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

  function resolveOutputs(template: Template, scope: Scope): StackOutput[] {
    return Object.entries(template.Outputs ?? {})
      .filter(([, output]) => output.Condition === undefined || scope.condition(output.Condition))
      .map(([OutputKey, output]) => ({
        OutputKey,
        OutputValue: String(resolve(output.Value, scope)),
        Description: output.Description,
        ExportName: output.Export ? String(resolve(output.Export.Name, scope)) : undefined,
      }));
  }

  /** An export may neither change nor go while another stack imports it. */
  function checkExports(stack: StackRecord, outputs: StackOutput[]) {
    const others = store.stacks().filter(({ name }) => name !== stack.name);
    for (const { ExportName, OutputValue } of stack.outputs) {
      if (ExportName === undefined) continue;
      if (outputs.some((output) => output.ExportName === ExportName && output.OutputValue === OutputValue))
        continue;
      const user = others.find(({ template }) => importsOf(template).has(ExportName));
      if (user) {
        throw new TemplateError(
          `Export ${ExportName} cannot be updated or removed as it is in use by ${user.name}`,
        );
      }
    }
    for (const { ExportName } of outputs) {
      const owner = others.find(({ outputs: theirs }) =>
        theirs.some((output) => ExportName !== undefined && output.ExportName === ExportName),
      );
      if (owner)
        throw new TemplateError(`Export with name ${ExportName} is already exported by stack ${owner.name}.`);
    }
  }

  async function deployResource(
    stack: StackRecord,
    logicalId: string,
    resource: TemplateResource,
    known: ResourceRecord | undefined,
    position: number,
    scope: Scope,
    asset: AssetFinder,
  ): Promise<{ record: ResourceRecord; outcome: 'created' | 'updated' | 'unchanged' }> {
    const { Type: type } = resource;
    const provider = providers().get(type);
    if (!provider) throw new TemplateError(`The local cloud does not emulate ${type}.`);
    const properties = resolve(resource.Properties ?? {}, scope) as Record<string, unknown>;
    const digest = createHash('sha256')
      .update(JSON.stringify([type, properties]))
      .digest('hex');
    const existing = known?.type === type ? known : undefined;
    const settings = { position, deletionPolicy: resource.DeletionPolicy };
    if (existing?.digest === digest && existing.status.endsWith('_COMPLETE')) {
      const kept = { ...existing, ...settings };
      if (kept.position !== existing.position || kept.deletionPolicy !== existing.deletionPolicy) {
        store.saveResource(kept);
      }
      return { record: kept, outcome: 'unchanged' };
    }

    const verb = existing?.physicalId ? 'UPDATE' : 'CREATE';
    const save = (change: Partial<ResourceRecord>, status: string, reason?: string): ResourceRecord => {
      const saved: ResourceRecord = {
        stack: stack.name,
        logicalId,
        type,
        physicalId: existing?.physicalId ?? '',
        attributes: existing?.attributes ?? {},
        properties: existing?.properties ?? {},
        digest: '',
        ...settings,
        ...change,
        status,
        reason,
        updatedAtMs: context.clock.now(),
      };
      store.saveResource(saved);
      record(stack, { logicalId, physicalId: saved.physicalId, type }, status, reason);
      return saved;
    };

    save({}, `${verb}_IN_PROGRESS`);
    try {
      const done = await provider.deploy({
        stackName: stack.name,
        logicalId,
        properties,
        physicalId: existing?.physicalId || undefined,
        asset,
      });
      const left =
        known?.physicalId && (known.physicalId !== done.physicalId || !existing) ? known : undefined;
      if (left && !keeps(resource.UpdateReplacePolicy)) store.saveReplaced(left);
      return {
        record: save(
          { physicalId: done.physicalId, attributes: done.attributes, properties, digest },
          `${verb}_COMPLETE`,
        ),
        outcome: verb === 'CREATE' ? 'created' : 'updated',
      };
    } catch (error) {
      save({}, `${verb}_FAILED`, (error as Error).message);
      throw error;
    }
  }

  async function removeResource(stack: StackRecord, resource: ResourceRecord) {
    const subject = { logicalId: resource.logicalId, physicalId: resource.physicalId, type: resource.type };
    if (keeps(resource.deletionPolicy)) {
      record(stack, subject, 'DELETE_SKIPPED');
      return;
    }
    record(stack, subject, 'DELETE_IN_PROGRESS');
    try {
      if (resource.physicalId) {
        await providers().get(resource.type)?.remove?.(resource.physicalId, resource.properties);
      }
    } catch (error) {
      record(stack, subject, 'DELETE_FAILED', (error as Error).message);
      throw new DeploymentError(stack.name, subject, error);
    }
    record(stack, subject, 'DELETE_COMPLETE');
  }

  async function deploy(input: StackInput): Promise<StackDeployment> {
    const stack = open(input.stackName, input.templateText);
    const verb =
      stack.status === 'REVIEW_IN_PROGRESS' || stack.status.startsWith('CREATE_F') ? 'CREATE' : 'UPDATE';
    const created: string[] = [];
    const updated: string[] = [];
    const removed: string[] = [];
    let unchanged = 0;
    let current: { logicalId: string; type: string } | undefined;
    try {
      const parameters = parameterValues(input.template, input.parameters);
      const before = new Map(store.resources(stack.name).map((known) => [known.logicalId, known]));
      const deployed = new Map<string, ResourceRecord>();
      const scope = scopeOf(stack, input.template, parameters, deployed);
      checkRules(input.template, scope);
      const order = deployOrder(input.template, scope.condition);
      stack.template = input.templateText;
      stack.parameters = maskSecrets(input.template, parameters);
      if (stack.status !== `${verb}_IN_PROGRESS`) setStatus(stack, `${verb}_IN_PROGRESS`);

      for (const [position, [logicalId, resource]] of order.entries()) {
        current = { logicalId, type: resource.Type };
        const result = await deployResource(
          stack,
          logicalId,
          resource,
          before.get(logicalId),
          position,
          scope,
          input.asset,
        );
        deployed.set(logicalId, result.record);
        if (result.outcome === 'created') created.push(logicalId);
        else if (result.outcome === 'updated') updated.push(logicalId);
        else unchanged += 1;
      }
      current = undefined;

      const outputs = resolveOutputs(input.template, scope);
      checkExports(stack, outputs);
      const dropped = [...before.values()].filter(({ logicalId }) => !deployed.has(logicalId));
      for (const resource of dropped.reverse()) {
        await removeResource(stack, resource);
        store.dropResource(stack.name, resource.logicalId);
        removed.push(resource.logicalId);
      }
      for (const resource of store.replaced(stack.name)) {
        await removeResource(stack, { ...resource, deletionPolicy: undefined });
        store.dropReplaced(stack.name, resource.logicalId, resource.physicalId);
      }
      stack.outputs = outputs;
      setStatus(stack, `${verb}_COMPLETE`);
      return {
        stackName: stack.name,
        stackId: stack.id,
        status: stack.status,
        created,
        updated,
        unchanged,
        removed,
        outputs: Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      };
    } catch (error) {
      const failure =
        error instanceof DeploymentError ? error : new DeploymentError(stack.name, current, error);
      setStatus(stack, `${verb}_FAILED`, failure.message);
      throw failure;
    }
  }

  async function remove(stackName: string): Promise<void> {
    const stack = store.stack(stackName);
    if (!stack) return;
    for (const { ExportName } of stack.outputs) {
      if (ExportName === undefined) continue;
      const user = store
        .stacks()
        .find(({ name, template }) => name !== stack.name && importsOf(template).has(ExportName));
      if (user) {
        throw new AwsError(
          'ValidationError',
          `Delete canceled. Cannot delete export ${ExportName} as it is in use by ${user.name}.`,
        );
      }
    }
    setStatus(stack, 'DELETE_IN_PROGRESS');
    try {
      for (const resource of store.resources(stack.name).reverse()) {
        await removeResource(stack, resource);
        store.dropResource(stack.name, resource.logicalId);
      }
    } catch (error) {
      setStatus(stack, 'DELETE_FAILED', (error as Error).message);
      throw error;
    }
    setStatus(stack, 'DELETE_COMPLETE');
    store.dropStack(stack.name);
  }

  return { deploy, remove, open, parameterValues };
}

const keeps = (policy: string | undefined) => policy === 'Retain' || policy === 'RetainExceptOnCreate';

function maskSecrets(template: Template, parameters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      String(template.Parameters?.[name]?.NoEcho) === 'true' ? NO_ECHO : value,
    ]),
  );
}

/** Literal names that a template imports; CDK writes no other kind. */
function importsOf(templateText: string): Set<string> {
  return new Set(
    [...templateText.matchAll(/"?Fn::ImportValue"?\s*:\s*"([^"]+)"/g)].map((match) => match[1] as string),
  );
}
