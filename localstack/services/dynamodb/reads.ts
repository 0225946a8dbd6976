/** Single-item reads that GetItem, BatchGetItem and TransactGetItems share. */

import { bindingOf, type Placeholders } from './expressions/binding.ts';
import { type Path, project } from './expressions/paths.ts';
import { parseProjection } from './expressions/projection.ts';
import { checkedKey, positionOf } from './keys.ts';
import type { Database } from './state.ts';
import type { Table } from './table.ts';
import type { Item } from './values.ts';
import { assertKeysWhole } from './writes.ts';

export interface ProjectionInput extends Placeholders {
  readonly ProjectionExpression?: string;
}

/** The paths a read returns; undefined for the whole item. */
export function parsedProjection(table: Table, input: ProjectionInput): readonly Path[] | undefined {
  const binding = bindingOf(input, [input.ProjectionExpression]);
  const paths =
    input.ProjectionExpression === undefined
      ? undefined
      : parseProjection(input.ProjectionExpression, binding);
  binding.assertAllUsed();
  if (paths) assertKeysWhole(table, paths);
  return paths;
}

/** The item (or its projected parts) under a key, and its whole size in bytes; size 0 when it is not there. */
export function readItem(
  database: Database,
  table: Table,
  key: Item | undefined,
  paths: readonly Path[] | undefined,
): { item: Item | undefined; size: number } {
  const position = positionOf(table.keySchema, checkedKey(table, key))!;
  const stored = database.store.item(table.id, position);
  if (!stored) return { item: undefined, size: 0 };
  return { item: paths ? project(stored.item, paths) : stored.item, size: stored.size };
}
