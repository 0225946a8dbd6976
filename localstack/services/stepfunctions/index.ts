/**
 * Step Functions: standard state machines in JSONPath. Not done, and refused by name: JSONata, variables, distributed
 * maps, activities and callbacks, express machines, versions and aliases, redrive.
 */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { createActions } from './actions.ts';
import { createResources } from './cloudformation.ts';
import { createExecutions } from './executions.ts';
import { openStore } from './store.ts';
import { createTaskRunner } from './tasks.ts';

/** Emits `states:finished` with `{ executionArn, status }` when an execution ends. */
export function createStepFunctions(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'stepfunctions'));
  const tasks = createTaskRunner(context);
  const executions = createExecutions(context, store, tasks);
  return {
    name: 'stepfunctions',
    actions: createActions(context, store, executions, tasks),
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
