/** The Glue Data Catalog: what tables there are, where their bytes are, and which version of each is the newest. */
import { NotEmulatedError } from '../../core/errors.ts';
import { embeddedObjectStore, type ObjectStore } from '../../core/objectStore.ts';
import type { Action, CloudContext, Service } from '../../core/service.ts';
import { databaseActions } from './actions/databases.ts';
import { definitionActions } from './actions/definitions.ts';
import { functionActions } from './actions/functions.ts';
import { jobActions } from './actions/jobs.ts';
import { partitionActions } from './actions/partitions.ts';
import { statisticsActions } from './actions/statistics.ts';
import { tableOptimizerActions } from './actions/tableOptimizers.ts';
import { tableActions } from './actions/tables.ts';
import { tableVersionActions } from './actions/tableVersions.ts';
import { tagActions } from './actions/tags.ts';
import { icebergTableMaker } from './icebergTable.ts';
import { inputs } from './inputs.ts';
import { createJobRuns } from './jobRuns.ts';
import { createOptimizerRuns } from './optimizerRuns.ts';
import { glueResources } from './resources.ts';
import { openCatalogStore } from './store.ts';

export {
  icebergColumns,
  icebergTableInput,
  isIceberg,
  metadataLocation,
  previousMetadataLocation,
} from './icebergTable.ts';
export type * from './records.ts';

/** The catalog of this account is the only one; a request may name it. */
const ofThisAccount = (context: CloudContext, actions: Record<string, Action>): Record<string, Action> =>
  Object.fromEntries(
    Object.entries(actions).map(([name, action]): [string, Action] => [
      name,
      (input, call) => {
        const { CatalogId: catalog = context.accountId } = input;
        if (catalog !== context.accountId) throw new NotEmulatedError('Glue', `the catalog ${catalog}`);
        return action(input, call);
      },
    ]),
  );

export interface GlueOptions {
  /** Where the metadata of Iceberg tables that Glue itself makes is written. @default the S3 of the same cloud */
  readonly objectStore?: ObjectStore;
  /** The folder in which the Spark of jobs is looked for. @default no job can run */
  readonly sparkDir?: string | undefined;
}

export function createGlue(context: CloudContext, options: GlueOptions = {}): Service {
  const store = openCatalogStore(context.stateDir);
  const runs = createJobRuns(context, store, options.sparkDir);
  const optimizers = createOptimizerRuns(context, store);
  const objects = options.objectStore ?? embeddedObjectStore(context);
  return {
    name: 'glue',
    inputs,
    actions: ofThisAccount(context, {
      ...databaseActions(context, store),
      ...tableActions(context, store, icebergTableMaker(objects, context.clock.now)),
      ...tableVersionActions(store),
      ...partitionActions(context, store),
      ...statisticsActions(context, store),
      ...functionActions(context, store),
      ...definitionActions(context, store),
      ...jobActions(context, store, runs),
      ...tableOptimizerActions(context, store, optimizers),
      ...tagActions(store),
    }),
    resources: glueResources(context, store),
    async start() {
      runs.recover();
      optimizers.start();
    },
    async stop() {
      await optimizers.stop();
      await runs.close();
      store.close();
    },
  };
}
