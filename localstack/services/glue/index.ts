/** The Glue Data Catalog: what tables there are, where their bytes lie, and which version of each is the newest. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { databaseActions } from './actions/databases.ts';
import { definitionActions } from './actions/definitions.ts';
import { partitionActions } from './actions/partitions.ts';
import { statisticsActions } from './actions/statistics.ts';
import { type IcebergTableMaker, tableActions } from './actions/tables.ts';
import { glueResources } from './resources.ts';
import { openCatalogStore } from './store.ts';

export type * from './records.ts';

export interface GlueOptions {
  /**
   * Writes the first metadata of a table that is created with `OpenTableFormatInput`.
   * @default - such tables are refused by name
   */
  readonly makeIcebergTable?: IcebergTableMaker;
}

const refuseIcebergTable: IcebergTableMaker = () => {
  throw new NotEmulatedError('Glue', 'CreateTable with OpenTableFormatInput');
};

export function createGlue(context: CloudContext, options: GlueOptions = {}): Service {
  const store = openCatalogStore(context.stateDir);
  return {
    name: 'glue',
    actions: {
      ...databaseActions(context, store),
      ...tableActions(context, store, options.makeIcebergTable ?? refuseIcebergTable),
      ...partitionActions(context, store),
      ...statisticsActions(context, store),
      ...definitionActions(context, store),
    },
    resources: glueResources(context, store),
    async stop() {
      store.close();
    },
  };
}
