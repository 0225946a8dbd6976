/** How a Parquet file's columns are laid out, and the SQL that projects them onto a table's schema by field id, at every depth. */
import type { SqlConnection } from '../core/sqlConnection.ts';
import { avroName } from './avro.ts';
import { invalidMetadata } from './errors.ts';
import {
  duckdbType,
  type Field,
  type IcebergType,
  isList,
  isMap,
  isStruct,
  type StructType,
} from './schema.ts';
import { quoteIdentifier, quotePath, quoteText } from './sqlText.ts';

/** A column or nested field of a file. */
export interface LayoutNode {
  name: string;
  id?: number;
  kind: 'primitive' | 'struct' | 'list' | 'map';
  /** Of a struct its fields, of a list its element, of a map key and value. */
  children: LayoutNode[];
}

export interface ParquetLayout {
  columns: LayoutNode[];
  /** Equal for files whose columns are laid out alike. */
  signature: string;
}

const layoutOf = (columns: LayoutNode[]): ParquetLayout => ({
  columns,
  signature: JSON.stringify(columns, ['name', 'id', 'kind', 'children']),
});

/** The layout of the files that this library writes for a schema. */
export function writtenLayout(struct: StructType): ParquetLayout {
  const node = (name: string, id: number, type: IcebergType): LayoutNode => {
    if (isStruct(type)) return { name, id, kind: 'struct', children: type.fields.map(fieldNode) };
    if (isList(type))
      return { name, id, kind: 'list', children: [node('element', type['element-id'], type.element)] };
    if (isMap(type))
      return {
        name,
        id,
        kind: 'map',
        children: [node('key', type['key-id'], type.key), node('value', type['value-id'], type.value)],
      };
    return { name, id, kind: 'primitive', children: [] };
  };
  const fieldNode = (field: Field): LayoutNode => node(avroName(field.name), field.id, field.type);
  return layoutOf(struct.fields.map(fieldNode));
}

interface SchemaRow {
  file_name: string;
  name: string;
  num_children: number | null;
  field_id: number | null;
  repetition_type: string | null;
  converted_type: string | null;
  logical_type: string | null;
}

/** Reads the layouts of local Parquet files from their footers, in one statement. */
export async function readLayouts(
  connection: SqlConnection,
  paths: readonly string[],
): Promise<Map<string, ParquetLayout>> {
  const reader = await connection.runAndReadAll(
    `SELECT file_name, name, num_children::INTEGER AS num_children, field_id::INTEGER AS field_id, repetition_type,
      converted_type, logical_type::VARCHAR AS logical_type FROM parquet_schema([${paths.map(quotePath).join(', ')}])`,
  );
  const rows = reader.getRowObjectsJS() as unknown as SchemaRow[];
  return new Map(
    [...Map.groupBy(rows, (row) => row.file_name)].map(([path, ofFile]) => [path, layoutFromRows(ofFile)]),
  );
}

/** The footer lists the schema depth first; the first row is the root. */
function layoutFromRows(rows: readonly SchemaRow[]): ParquetLayout {
  let at = 0;
  interface RawNode {
    row: SchemaRow;
    children: RawNode[];
  }
  const read = (): RawNode => {
    const row = rows[at++]!;
    return { row, children: Array.from({ length: row.num_children ?? 0 }, read) };
  };
  const logical = ({ row }: RawNode, kind: 'LIST' | 'MAP') =>
    row.converted_type === kind ||
    (kind === 'MAP' && row.converted_type === 'MAP_KEY_VALUE') ||
    (row.logical_type ?? '').toUpperCase().startsWith(kind);
  const place = (raw: RawNode): LayoutNode => {
    const { row, children } = raw;
    const head = { name: row.name, ...(row.field_id === null ? {} : { id: row.field_id }) };
    const repeated = children[0];
    if (children.length === 1 && repeated && logical(raw, 'MAP'))
      return { ...head, kind: 'map', children: repeated.children.map(place) };
    if (children.length === 1 && repeated && logical(raw, 'LIST')) {
      const threeLevels = repeated.children.length === 1 && !/^(array|.*_tuple)$/.test(repeated.row.name);
      return { ...head, kind: 'list', children: [place(threeLevels ? repeated.children[0]! : repeated)] };
    }
    return { ...head, kind: children.length > 0 ? 'struct' : 'primitive', children: children.map(place) };
  };
  return layoutOf(read().children.map(place));
}

/** A table's name mapping, for files without field ids. https://iceberg.apache.org/spec/#name-mapping-serialization */
interface MappedField {
  'field-id'?: number;
  names: string[];
  fields?: MappedField[];
}

/**
 * The layout with ids from the table's `schema.name-mapping.default`, for a file that carries none.
 * Throws ICEBERG_INVALID_METADATA when there is no mapping either: nothing then says which column is which.
 */
export function withMappedIds(
  layout: ParquetLayout,
  mapping: string | undefined,
  path: string,
): ParquetLayout {
  const hasIds = (node: LayoutNode): boolean => node.id !== undefined || node.children.some(hasIds);
  if (layout.columns.some(hasIds)) return layout;
  if (mapping === undefined)
    throw invalidMetadata(
      `Data file ${path} has no field ids and the table has no property schema.name-mapping.default`,
    );
  const assign = (nodes: LayoutNode[], fields: readonly MappedField[]): LayoutNode[] =>
    nodes.map((node) => {
      const mapped = fields.find((field) => field.names.includes(node.name));
      const id = mapped?.['field-id'];
      return {
        ...node,
        ...(id === undefined ? {} : { id }),
        children: assign(node.children, mapped?.fields ?? []),
      };
    });
  return layoutOf(assign(layout.columns, JSON.parse(mapping) as MappedField[]));
}

/**
 * Names for a file's own columns: they hide no virtual column of DuckDB's (`filename`, `file_row_number`), whatever the
 * file calls them.
 */
export const columnAliases = (layout: ParquetLayout): string =>
  layout.columns.map((_column, index) => aliasOf(index)).join(', ');

const aliasOf = (index: number): string => `column${index}`;

/**
 * The select list that gives a struct's fields, in order and under their own names, from a relation named `data` with
 * `columnAliases`. `absent` gives the SQL of a top-level column that the file lacks, NULL unless it says otherwise.
 */
export function projectColumns(
  struct: StructType,
  layout: ParquetLayout,
  absent: (field: Field) => string | undefined = () => undefined,
): string {
  return struct.fields
    .map((field) => {
      const index = layout.columns.findIndex((column) => column.id === field.id);
      const node = layout.columns[index];
      const sql = node
        ? project(`data.${aliasOf(index)}`, field.type, node, 0)
        : (absent(field) ?? `NULL::${duckdbType(field.type)}`);
      return `${sql} AS ${quoteIdentifier(field.name)}`;
    })
    .join(', ');
}

/** Whether DuckDB's own cast takes the file's value to the type: fields of the same ids and names, in the same order. */
function liesAlike(type: IcebergType, node: LayoutNode): boolean {
  if (isStruct(type))
    return (
      node.kind === 'struct' &&
      type.fields.length === node.children.length &&
      type.fields.every((field, index) => {
        const child = node.children[index]!;
        return field.id === child.id && field.name === child.name && liesAlike(field.type, child);
      })
    );
  if (isList(type)) return node.kind === 'list' && liesAlike(type.element, node.children[0]!);
  if (isMap(type))
    return (
      node.kind === 'map' &&
      liesAlike(type.key, node.children[0]!) &&
      liesAlike(type.value, node.children[1]!)
    );
  return node.kind === 'primitive';
}

function project(sql: string, type: IcebergType, node: LayoutNode, depth: number): string {
  if (liesAlike(type, node)) return `CAST(${sql} AS ${duckdbType(type)})`;
  const item = `item${depth}`;
  if (isStruct(type) && node.kind === 'struct') {
    const fields = type.fields.map((field) => {
      const child = node.children.find((candidate) => candidate.id === field.id);
      const value = child
        ? project(`struct_extract(${sql}, ${quoteText(child.name)})`, field.type, child, depth)
        : `NULL::${duckdbType(field.type)}`;
      return `${quoteIdentifier(field.name)} := ${value}`;
    });
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
  }
  if (isList(type) && node.kind === 'list')
    return `list_transform(${sql}, lambda ${item}: ${project(item, type.element, node.children[0]!, depth + 1)})`;
  if (isMap(type) && node.kind === 'map') {
    const key = project(`struct_extract(${item}, 'key')`, type.key, node.children[0]!, depth + 1);
    const value = project(`struct_extract(${item}, 'value')`, type.value, node.children[1]!, depth + 1);
    return `map_from_entries(list_transform(map_entries(${sql}), lambda ${item}: struct_pack(k := ${key}, v := ${value})))`;
  }
  throw invalidMetadata(
    `Field ${node.id} is a ${node.kind} named '${node.name}' in a data file, and ${duckdbType(type)} in the table`,
  );
}
