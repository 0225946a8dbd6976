/** Changing a table without rewriting its data: columns, properties and partitioning. https://iceberg.apache.org/spec/#schema-evolution */
import { commit } from './commit.ts';
import { IcebergError } from './errors.ts';
import { type Iceberg, type LoadedTable, loadTable, type TableRef } from './lake.ts';
import { currentSchema, currentSpec, type TableMetadata } from './metadata.ts';
import { parseType } from './parseType.ts';
import { newSpec } from './partition.ts';
import {
  checkNames,
  decimalOf,
  type Field,
  fieldsById,
  findField,
  type IcebergType,
  idsAfter,
  isList,
  isMap,
  isStruct,
  type Schema,
  type StructType,
  sameType,
  withFreshIds,
} from './schema.ts';

/** A nested column is named with dots; a list's element is `element`, a map's value `value`. */
export type SchemaChange =
  | { change: 'add'; name: string; type: string; comment?: string; after?: string; first?: boolean }
  | { change: 'drop' | 'optional'; name: string }
  | { change: 'rename'; name: string; to: string }
  | { change: 'widen'; name: string; type: string }
  | { change: 'comment'; name: string; comment: string }
  | { change: 'move'; name: string; after?: string; first?: boolean };

/** Applies changes in order, in one commit. Throws COLUMN_NOT_FOUND, COLUMN_ALREADY_EXISTS or NOT_SUPPORTED. */
export async function evolve(
  lake: Iceberg,
  ref: TableRef,
  changes: readonly SchemaChange[],
): Promise<LoadedTable> {
  return commit(lake, await loadTable(lake, ref), async (current) => evolved(current, changes));
}

/** The metadata with the changes applied; undefined when they change nothing. */
export function evolved(
  metadata: TableMetadata,
  changes: readonly SchemaChange[],
): TableMetadata | undefined {
  const before = currentSchema(metadata);
  const ids = idsAfter(metadata['last-column-id']);
  let struct: StructType = { type: 'struct', fields: structuredClone(before.fields) };
  for (const change of changes) struct = applied(metadata, struct, change, ids.next);
  checkNames(struct, 'the table');
  if (sameType(struct, before) && sameDocs(struct, before)) return undefined;
  const same = metadata.schemas.find((schema) => sameType(schema, struct) && sameDocs(schema, struct));
  const schema: Schema = same ?? {
    'schema-id': Math.max(...metadata.schemas.map((known) => known['schema-id'])) + 1,
    ...struct,
    ...(before['identifier-field-ids'] ? { 'identifier-field-ids': before['identifier-field-ids'] } : {}),
  };
  return {
    ...metadata,
    'last-column-id': ids.last(),
    'current-schema-id': schema['schema-id'],
    schemas: same ? metadata.schemas : [...metadata.schemas, schema],
  };
}

const sameDocs = (left: StructType, right: StructType): boolean =>
  JSON.stringify(left.fields) === JSON.stringify(right.fields);

function applied(
  metadata: TableMetadata,
  struct: StructType,
  change: SchemaChange,
  nextId: () => number,
): StructType {
  if (change.change === 'add') {
    const parts = change.name.split('.');
    const name = parts.pop()!;
    const type = withFreshNested(change.type, nextId);
    const field: Field = {
      ...type,
      name,
      required: false,
      ...(change.comment ? { doc: change.comment } : {}),
    };
    return withFields(struct, parts, (fields) => placed([...fields, field], field, change));
  }
  const { path, id } = findField(struct, change.name);
  const name = path.at(-1)!;
  const parent = path.slice(0, -1);
  const replace = (to: (field: Field) => Field) =>
    withFields(struct, parent, (fields) => fields.map((field) => (field.id === id ? to(field) : field)));
  switch (change.change) {
    case 'drop': {
      refuseDrop(metadata, struct, id, change.name);
      return withFields(struct, parent, (fields) => fields.filter((field) => field.id !== id));
    }
    case 'rename':
      return replace((field) => ({ ...field, name: change.to }));
    case 'optional':
      return replace((field) => ({ ...field, required: false }));
    case 'comment':
      return replace(({ doc: _old, ...field }) =>
        change.comment ? { ...field, doc: change.comment } : field,
      );
    case 'widen': {
      const type = parseType(change.type);
      return replace((field) => ({ ...field, type: widened(field.type, type, change.name) }));
    }
    case 'move':
      return withFields(struct, parent, (fields) =>
        placed(fields, fields.find((field) => field.name === name)!, change),
      );
  }
}

/** A new field's id and type: its own id before those nested in it. */
function withFreshNested(text: string, nextId: () => number): { id: number; type: IcebergType } {
  const parsed = parseType(text);
  const id = nextId();
  return { id, type: withFreshIds(parsed, nextId) };
}

function placed(fields: readonly Field[], field: Field, at: { after?: string; first?: boolean }): Field[] {
  if (!at.first && at.after === undefined) return [...fields];
  const others = fields.filter((other) => other.id !== field.id);
  if (at.first) return [field, ...others];
  const index = others.findIndex((other) => other.name.toLowerCase() === at.after!.toLowerCase());
  if (index < 0) throw new IcebergError('COLUMN_NOT_FOUND', `Column '${at.after}' cannot be resolved`);
  return others.toSpliced(index + 1, 0, field);
}

/** The struct with the fields at a path changed; `element` and `value` lead through lists and maps. */
function withFields(
  struct: StructType,
  path: readonly string[],
  change: (fields: readonly Field[]) => Field[],
): StructType {
  const inside = (type: IcebergType, rest: readonly string[]): IcebergType => {
    if (isStruct(type)) return withFields(type, rest, change);
    const [step, ...further] = rest;
    if (isList(type) && step === 'element') return { ...type, element: inside(type.element, further) };
    if (isMap(type) && step === 'value') return { ...type, value: inside(type.value, further) };
    throw new IcebergError('INVALID_ARGUMENTS', `'${path.join('.')}' is not a struct`);
  };
  const [name, ...rest] = path;
  if (name === undefined) return { ...struct, fields: change(struct.fields) };
  const index = struct.fields.findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
  const field = struct.fields[index];
  if (!field) throw new IcebergError('COLUMN_NOT_FOUND', `Column '${path.join('.')}' cannot be resolved`);
  return { ...struct, fields: struct.fields.with(index, { ...field, type: inside(field.type, rest) }) };
}

function refuseDrop(metadata: TableMetadata, struct: StructType, id: number, name: string): void {
  const dropped = fieldsById(struct).get(id)!;
  const within = [...fieldsById(struct).values()].filter((field) =>
    dropped.path.every((part, index) => field.path[index] === part),
  );
  const used = currentSpec(metadata).fields.find(
    (field) => field.transform !== 'void' && within.some((inner) => inner.id === field['source-id']),
  );
  if (used)
    throw new IcebergError(
      'NOT_SUPPORTED',
      `Cannot drop column '${name}': partition field '${used.name}' uses it`,
    );
  if (dropped.path.length === 1 && struct.fields.length === 1)
    throw new IcebergError('NOT_SUPPORTED', `Cannot drop '${name}', the only column of the table`);
}

/** The wider type. Throws NOT_SUPPORTED for a change that old files could not be read with. */
function widened(from: IcebergType, to: IcebergType, name: string): IcebergType {
  const [narrow, wide] = [decimalOf(from), decimalOf(to)];
  const isWider =
    (from === 'int' && to === 'long') ||
    (from === 'float' && to === 'double') ||
    (narrow && wide && narrow.scale === wide.scale && narrow.precision <= wide.precision);
  if (typeof from === 'string' && typeof to === 'string' && (sameType(from, to) || isWider)) return to;
  throw new IcebergError(
    'NOT_SUPPORTED',
    `Cannot change column '${name}' from ${JSON.stringify(from)} to ${JSON.stringify(to)}: allowed are int to bigint, float to double, and a decimal of more digits`,
  );
}

/** Sets and removes table properties in one commit. */
export async function setProperties(
  lake: Iceberg,
  ref: TableRef,
  change: { set?: Record<string, string>; remove?: readonly string[] },
): Promise<LoadedTable> {
  const removed = new Set(change.remove);
  return commit(lake, await loadTable(lake, ref), async (current) => {
    const kept = Object.entries(current.properties).filter(([name]) => !removed.has(name));
    return { ...current, properties: { ...Object.fromEntries(kept), ...change.set } };
  });
}

/** Gives the table another partitioning for what is written from now on; what is there keeps its own. */
export async function repartition(
  lake: Iceberg,
  ref: TableRef,
  partitioning: readonly string[],
): Promise<LoadedTable> {
  return commit(lake, await loadTable(lake, ref), async (current) => {
    const specs = current['partition-specs'];
    const { spec, lastPartitionId } = newSpec(
      partitioning,
      currentSchema(current),
      specs,
      current['last-partition-id'],
    );
    const same = specs.find((known) => JSON.stringify(known.fields) === JSON.stringify(spec.fields));
    if (same && same['spec-id'] === current['default-spec-id']) return undefined;
    return {
      ...current,
      'default-spec-id': (same ?? spec)['spec-id'],
      'partition-specs': same ? specs : [...specs, spec],
      'last-partition-id': lastPartitionId,
    };
  });
}
