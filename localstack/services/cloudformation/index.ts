/** AWS CloudFormation: deploys templates and whole CDK assemblies onto the services of this cloud. */
import { validationError } from '../../core/inputs/check.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { changeSetActions } from './actions/changeSets.ts';
import {
  resourceDescriptionActions,
  stackDescriptionActions,
  templateActions,
} from './actions/descriptions.ts';
import { stackActions } from './actions/stacks.ts';
import { type AssemblyOptions, createAssemblyDeployer } from './assembly.ts';
import { inputs } from './inputs.ts';
import { openCloudFormation } from './state.ts';

export function createCloudFormation(context: CloudContext): Service {
  const state = openCloudFormation(context);
  const { store } = state;
  const deployAssembly = createAssemblyDeployer(context, state.engine, state.providers);
  return {
    name: 'cloudformation',
    inputs,
    violated: validationError('ValidationError'),
    actions: {
      ...stackActions(state),
      ...changeSetActions(state),
      ...stackDescriptionActions(state),
      ...resourceDescriptionActions(state),
      ...templateActions(state),
      /** In process only: deploys the cloud assembly in a folder of this machine and gives an `AssemblyDeployment`. */
      _DeployAssembly: ({ folder, ...options }: { folder: string } & AssemblyOptions) =>
        deployAssembly(folder, options),
    },
    async start() {
      for (const stack of store.stacks().filter(({ status }) => /(?<!REVIEW)_IN_PROGRESS$/.test(status))) {
        stack.status = stack.status.replace('_IN_PROGRESS', '_FAILED');
        stack.reason = 'The local cloud was stopped during the deploy; deploy again to go on.';
        store.saveStack(stack);
      }
    },
    async stop() {
      await state.settled();
      store.close();
    },
  };
}
