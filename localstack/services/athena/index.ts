/** Athena: SQL over the lake, on DuckDB, with Glue's catalog and results in S3. */
import { join } from 'node:path';
import type { ObjectStore } from '../../core/objectStore.ts';
import { embeddedObjectStore } from '../../core/objectStore.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { createIceberg } from '../../iceberg/index.ts';
import { catalogActions } from './actions/catalogs.ts';
import { queryExecutionActions } from './actions/queryExecutions.ts';
import { savedQueryActions } from './actions/savedQueries.ts';
import { workGroupActions } from './actions/workGroups.ts';
import { icebergCatalog } from './catalog.ts';
import { type Engine, openEngine } from './engine.ts';
import { createExecutor } from './execution.ts';
import { createFileMemory } from './hive/fileMemory.ts';
import { athenaResources } from './resources.ts';
import type { Lake } from './session.ts';
import { openAthenaStore } from './store.ts';

export interface AthenaOptions {
  /** Where the lake's objects are. @default the S3 of the same cloud */
  readonly objectStore?: ObjectStore;
}

export function createAthena(context: CloudContext, options: AthenaOptions = {}): Service {
  const store = openAthenaStore(context.stateDir);
  const objects = options.objectStore ?? embeddedObjectStore(context);
  const lake: Lake = {
    store: objects,
    iceberg: createIceberg({ store: objects, catalog: icebergCatalog(context), now: context.clock.now }),
    files: createFileMemory(join(context.stateDir, 'athena', 'scratch', 'text')),
  };
  let engine: Promise<Engine> | undefined;
  const executor = createExecutor({
    context,
    store,
    lake,
    engine: () => (engine ??= openEngine(context.stateDir)),
  });
  return {
    name: 'athena',
    actions: {
      ...workGroupActions(context, store),
      ...savedQueryActions(context, store),
      ...catalogActions(context),
      ...queryExecutionActions(context, store, objects, executor),
    },
    resources: athenaResources(context, store),
    async start() {
      // What ran when the process died did not finish: nobody will move it on.
      for (const execution of store.unfinishedExecutions())
        store.putExecution({
          ...execution,
          state: 'FAILED',
          reason: 'GENERIC_INTERNAL_ERROR: The query was cut off when the local cloud stopped.',
          completedAt: context.clock.now(),
        });
    },
    async stop() {
      await executor.drain();
      if (engine) (await engine).close();
      store.close();
    },
  };
}
