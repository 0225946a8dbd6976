/** Athena: SQL over the lake, on DuckDB or on Trino, with Glue's catalog and results in S3. */
import { join } from 'node:path';
import { embeddedObjectStore, type ObjectStore } from '../../core/objectStore.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { createIceberg } from '../../iceberg/index.ts';
import { catalogActions } from './actions/catalogs.ts';
import { namedQueryActions } from './actions/namedQueries.ts';
import { preparedStatementActions } from './actions/preparedStatements.ts';
import { queryExecutionActions } from './actions/queryExecutions.ts';
import { createTableMaintenance } from './actions/tableMaintenance.ts';
import { workGroupActions } from './actions/workGroups.ts';
import { glueCatalog, icebergCatalog } from './catalog.ts';
import { type Engine, openEngine } from './engine.ts';
import { createExecutor } from './execution.ts';
import { createFileMemory } from './hive/fileMemory.ts';
import { inputs } from './inputs.ts';
import { violated } from './paging.ts';
import { athenaResources } from './resources.ts';
import type { Lake } from './session.ts';
import { readOnTrino, readStatement } from './statements/reading.ts';
import { openAthenaStore } from './store.ts';
import { createTrinoEngine, type TrinoEngine, type TrinoStarter } from './trino/engine.ts';
import type { TrinoLake } from './trino/server.ts';

export interface AthenaOptions {
  /** Where the lake's objects are. @default the S3 of the same cloud */
  readonly objectStore?: ObjectStore;
  /** Puts Trino in DuckDB's place; it starts with the cloud. */
  readonly trino?: TrinoStarter | undefined;
  /** How long a function that runs in JavaScript may work on one batch of rows. @default 60 seconds */
  readonly functionDeadlineMs?: number | undefined;
  /** The S3 that Trino reads and writes. @default the S3 of the same cloud */
  readonly s3?: () => Promise<Omit<TrinoLake, 'glueEndpoint'>>;
}

export function createAthena(context: CloudContext, options: AthenaOptions = {}): Service {
  const store = openAthenaStore(context.stateDir);
  const objects = options.objectStore ?? embeddedObjectStore(context);
  const trino = options.trino && trinoOver(context, options.trino, options.s3);
  const lake: Lake = {
    store: objects,
    iceberg: createIceberg({
      store: objects,
      catalog: icebergCatalog(context),
      // Trino goes by the machine's clock, and changes no table whose last change is ahead of it.
      now: trino ? Date.now : context.clock.now,
    }),
    files: createFileMemory(join(context.stateDir, 'athena', 'scratch', 'text')),
  };
  let opened: Promise<Engine> | undefined;
  const engine = () => (opened ??= openEngine(context.stateDir, options));
  const executor = createExecutor({ context, store, lake, engine, trino });
  const maintenance = createTableMaintenance({ iceberg: lake.iceberg, store, engine });
  return {
    name: 'athena',
    inputs,
    violated,
    actions: {
      ...workGroupActions(context, store),
      ...namedQueryActions(store),
      ...preparedStatementActions(context, store),
      ...catalogActions(context),
      ...queryExecutionActions(context, store, objects, executor, trino ? readOnTrino(trino) : readStatement),
      ...maintenance.actions,
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
      await makeDefaultDatabase(context);
      await trino?.start();
    },
    async stop() {
      await maintenance.stop();
      await executor.drain();
      await trino?.stop();
      if (opened) (await opened).close();
      store.close();
    },
  };
}

/**
 * The database of requests that name none. An account has it that uses Athena. Source: PyAthena, tests/pyathena/conftest.py, which
 * connects to it before it makes any
 */
async function makeDefaultDatabase(context: CloudContext): Promise<void> {
  const glue = glueCatalog(context);
  if (!(await glue.database('default')))
    await glue.createDatabase({ Name: 'default', Description: 'Default Hive database' });
}

/** Its server finds the catalog at this cloud's own endpoint, and the objects there too unless they are elsewhere. */
function trinoOver(
  context: CloudContext,
  start: TrinoStarter,
  s3: AthenaOptions['s3'] = async () => ({ s3Endpoint: context.endpoint(), region: context.region }),
): TrinoEngine {
  return createTrinoEngine(
    start,
    async () => ({ ...(await s3()), glueEndpoint: context.endpoint() }),
    join(context.stateDir, 'athena', 'trino'),
  );
}
