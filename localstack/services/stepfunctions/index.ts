/**
 * Step Functions: standard state machines in JSONPath. Not done, and refused by name: JSONata, variables, distributed
 * maps, activities and callbacks, express machines, versions and aliases, redrive.
 */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { executionActions } from './actions/executions.ts';
import { machineActions } from './actions/machines.ts';
import { createExecutions } from './executions.ts';
import { inputs } from './inputs.ts';
import { createResources } from './resources.ts';
import type { StepFunctions } from './state.ts';
import { openStore } from './store.ts';
import { createTaskRunner } from './tasks.ts';

/** Emits `states:finished` with `{ executionArn, status }` when an execution ends. */
export function createStepFunctions(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'stepfunctions'));
  const tasks = createTaskRunner(context);
  const executions = createExecutions(context, store, tasks);
  const state: StepFunctions = { context, store, executions, tasks };
  return {
    name: 'stepfunctions',
    inputs,
    actions: { ...machineActions(state), ...executionActions(state) },
    resources: createResources(context, store),
    async start() {
      executions.closeOrphans();
    },
    async stop() {
      await executions.halt();
      store.close();
    },
  };
}
