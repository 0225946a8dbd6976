/** AWS::StepFunctions::StateMachine, its definition given as text, as an object, or as an asset of the assembly. */
import { readFileSync } from 'node:fs';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext, DeployRequest, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Store } from './store.ts';

const MAX_NAME_LENGTH = 80;

function definitionOf(request: DeployRequest): string {
  const { DefinitionString: text, Definition: object, DefinitionS3Location: location } = request.properties;
  if (text !== undefined) return substituted(text, request.properties.DefinitionSubstitutions);
  if (object !== undefined) {
    return substituted(JSON.stringify(object), request.properties.DefinitionSubstitutions);
  }
  const path = location && request.asset(location.Bucket, location.Key);
  if (!path) {
    throw new AwsError(
      'ValidationError',
      `${request.logicalId}: the definition must be in DefinitionString, Definition, or an asset named by ` +
        `DefinitionS3Location (${JSON.stringify(location)} is none of the assembly's).`,
    );
  }
  return substituted(readFileSync(path, 'utf8'), request.properties.DefinitionSubstitutions);
}

/** Puts the values in the place of `${Name}`, escaped as inside JSON strings. */
function substituted(text: string, substitutions: Readonly<Record<string, unknown>> = {}): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) =>
    Object.hasOwn(substitutions, name) ? JSON.stringify(String(substitutions[name])).slice(1, -1) : whole,
  );
}

export function createResources(context: CloudContext, store: Store): Record<string, ResourceProvider> {
  const call = (action: string, input: object) => context.call('stepfunctions', action, input);
  return {
    'AWS::StepFunctions::StateMachine': {
      properties: [
        'StateMachineName',
        'StateMachineType',
        'RoleArn',
        'Definition',
        'DefinitionString',
        'DefinitionS3Location',
        'DefinitionSubstitutions',
      ],
      notEmulated: ['LoggingConfiguration', 'TracingConfiguration', 'EncryptionConfiguration', 'Tags'],
      nameProperty: 'StateMachineName',
      replacedBy: ['StateMachineName', 'StateMachineType'],
      async deploy(request) {
        const { RoleArn: roleArn, StateMachineType: type } = request.properties;
        const name =
          request.properties.StateMachineName ??
          request.physicalId?.split(':').at(-1) ??
          physicalName(request, MAX_NAME_LENGTH);
        const definition = definitionOf(request);
        const arn = `arn:aws:states:${context.region}:${context.accountId}:stateMachine:${name}`;
        if (store.machine(arn))
          await call('UpdateStateMachine', { stateMachineArn: arn, definition, roleArn });
        else await call('CreateStateMachine', { name, definition, roleArn, type });
        const { revisionId } = store.machine(arn)!;
        return {
          physicalId: arn,
          attributes: { Arn: arn, Name: name, StateMachineRevisionId: revisionId },
        };
      },
      async remove(physicalId) {
        await call('DeleteStateMachine', { stateMachineArn: physicalId });
      },
    },
  };
}
