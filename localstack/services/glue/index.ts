/** The Glue Data Catalog: what tables there are, where their bytes lie, and which version of each is the newest. */
import { embeddedObjectStore, type ObjectStore } from '../../core/objectStore.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { databaseActions } from './actions/databases.ts';
import { definitionActions } from './actions/definitions.ts';
import { functionActions } from './actions/functions.ts';
import { partitionActions } from './actions/partitions.ts';
import { statisticsActions } from './actions/statistics.ts';
import { tableActions } from './actions/tables.ts';
import { icebergTableMaker } from './icebergTable.ts';
import { glueResources } from './resources.ts';
import { openCatalogStore } from './store.ts';
import { validated } from './validation.ts';

export {
  icebergColumns,
  icebergTableInput,
  isIceberg,
  metadataLocation,
  previousMetadataLocation,
} from './icebergTable.ts';
export type * from './records.ts';

export interface GlueOptions {
  /** Where the metadata of Iceberg tables that Glue itself makes is written. @default the S3 of the same cloud */
  readonly objectStore?: ObjectStore;
}

export function createGlue(context: CloudContext, options: GlueOptions = {}): Service {
  const store = openCatalogStore(context.stateDir);
  const objects = options.objectStore ?? embeddedObjectStore(context);
  return {
    name: 'glue',
    actions: validated({
      ...databaseActions(context, store),
      ...tableActions(context, store, icebergTableMaker(objects, context.clock.now)),
      ...partitionActions(context, store),
      ...statisticsActions(context, store),
      ...functionActions(context, store),
      ...definitionActions(context, store),
    }),
    resources: glueResources(context, store),
    async stop() {
      store.close();
    },
  };
}
