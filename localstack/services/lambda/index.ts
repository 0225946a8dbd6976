/** AWS Lambda: functions in warm processes of this machine, invoked by callers, by events and by streams. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { functionActions } from './actions/functions.ts';
import { invokeActions } from './actions/invoke.ts';
import { mappingActions } from './actions/mappings.ts';
import { settingActions } from './actions/settings.ts';
import { createAsyncEvents } from './asyncEvents.ts';
import { createDestinations } from './destinations.ts';
import { createFunctions } from './functions.ts';
import { inputs } from './inputs.ts';
import { createInvoker } from './invoker.ts';
import { createMappings } from './mappings/index.ts';
import { lambdaResources } from './resources.ts';
import { routes } from './routes.ts';
import type { Lambda } from './state.ts';
import { openLambdaStore } from './store.ts';

export function createLambda(context: CloudContext): Service {
  const store = openLambdaStore(context.stateDir);
  const invoker = createInvoker(context);
  const destinations = createDestinations(context);
  const asyncEvents = createAsyncEvents(context, store, invoker, destinations);
  const mappings = createMappings(context, store, invoker, destinations);
  const functions = createFunctions(context, store, invoker, mappings);
  const lambda: Lambda = { context, store, functions, mappings, invoker, asyncEvents };
  return {
    name: 'lambda',
    inputs,
    actions: {
      ...functionActions(lambda),
      ...invokeActions(lambda),
      ...settingActions(lambda),
      ...mappingActions(lambda),
    },
    routes,
    resources: lambdaResources(context, store, functions, mappings),
    async start() {
      // Processes of a cloud that was killed have ended with it; their temporary files have not.
      rmSync(join(context.stateDir, 'lambda', 'scratch'), { recursive: true, force: true });
      asyncEvents.start();
      mappings.start();
    },
    async stop() {
      asyncEvents.stop();
      await Promise.all([mappings.stop(), invoker.stop()]);
      store.close();
    },
  };
}
