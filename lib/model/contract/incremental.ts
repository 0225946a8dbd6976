/**
 * How the rows of a merge table follow from rows of silver, as its contract declares it in `incremental`: from this a run
 * knows which partitions its records change, and which partitions of silver it must read for them.
 */

/** Columns of a joined table and of the table that it is joined to, in pairs. */
export interface Join {
  readonly table: string;
  readonly on: readonly (readonly [own: string, other: string])[];
  readonly to: string;
}

export interface Incremental {
  /** The silver table one of whose rows gives a row's partition, or the gold table whose partitions this one shares. */
  readonly from: string;
  /** A row depends on all rows of `from` that share these columns. @default - only on rows of its own partition */
  readonly by?: readonly string[];
  /** Tables whose rows change a row too, and by which columns they are found. */
  readonly with: readonly Join[];
  /** Tables that the SELECT reads, by whatever way, and whose new rows never change a row. */
  readonly unaffectedBy: readonly string[];
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** `order_id`, or `customer_id = buyer_id` where the two tables name it differently. */
function readPair(text: string): readonly [string, string] {
  const [own = '', other = own] = text.split('=').map((part) => part.trim());
  return [own, other];
}

/**
 * Reads the custom property.
 * @returns the declaration, or what is wrong with it, in words.
 */
export function readIncremental(value: unknown): Incremental | string {
  const shape =
    'incremental is {from: table, by: [columns], with: [{table, on: [columns], to: table}], unaffectedBy: [tables]}; from is required';
  if (!isMapping(value) || typeof value.from !== 'string') return shape;
  const { from, by, with: joins = [], unaffectedBy = [], ...rest } = value;
  if (Object.keys(rest).length > 0) return `${shape}; it has no member ${Object.keys(rest).join(', ')}`;
  if (by !== undefined && (!isTexts(by) || by.length === 0)) return shape;
  if (!Array.isArray(joins) || !isTexts(unaffectedBy)) return shape;
  const read: Join[] = [];
  for (const join of joins as unknown[]) {
    if (!isMapping(join) || typeof join.table !== 'string' || !isTexts(join.on) || join.on.length === 0)
      return shape;
    const to = join.to ?? from;
    if (to !== from && !read.some(({ table }) => table === to))
      return `incremental.with joins '${join.table}' to '${String(to)}', which is neither from nor a table listed before`;
    read.push({ table: join.table, on: join.on.map(readPair), to: to as string });
  }
  return { from, ...(by && { by }), with: read, unaffectedBy };
}
