/** Cells of tables that list columns. */

/** A column's name with its type below. */
export const ColumnName = ({ name, type }: { name: string; type: string }) => (
  <>
    {name}
    <br />
    <code class="small muted">{type}</code>
  </>
);

/** A bound as far as a cell has room, with the whole in its title: of an instant its minute. */
const BOUND_LENGTH = 16;
export function Bound({ children: text }: { children: string | undefined }) {
  if (text === undefined) return null;
  const shown = text.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ').slice(0, BOUND_LENGTH);
  return (
    <span class="small nowrap" title={text}>
      {shown}
    </span>
  );
}
