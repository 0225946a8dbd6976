/** UpdateItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html */
import { consumedCapacity } from '../capacity.ts';
import { type Path, project } from '../expressions/paths.ts';
import type { Database, Write, Written } from '../state.ts';
import type { Item } from '../values.ts';
import { parseUpdateWrite, type WriteInput } from '../writes.ts';

export const updateItem = (database: Database) => (input: WriteInput) => {
  const update = parseUpdateWrite(database, input);
  const written = database.commit((write) => write(update));
  return {
    Attributes: returned(input.ReturnValues, update, written),
    ConsumedCapacity: consumedCapacity(update.table, written.consumption, input.ReturnConsumedCapacity),
  };
};

function returned(wanted: string | undefined, update: Write, { before, after }: Written): Item | undefined {
  const paths: readonly Path[] =
    update.action.kind === 'update' ? update.action.changes.map((change) => change.path) : [];
  const updated = (item: Item | undefined) => {
    const parts = item && project(item, paths);
    return parts && Object.keys(parts).length > 0 ? parts : undefined;
  };
  switch (wanted) {
    case 'ALL_NEW':
      return after;
    case 'ALL_OLD':
      return before;
    case 'UPDATED_NEW':
      return updated(after);
    case 'UPDATED_OLD':
      return updated(before);
    default:
      return undefined;
  }
}
