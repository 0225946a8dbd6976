/** Saving what the page shows: rows as CSV, and files by the browser. */

const FORMULA = /^[=+\-@\t\r]/;

/** One field of CSV (RFC 4180); NULL is an empty field, an empty text is quoted. */
function field(value: string | null): string {
  if (value === null) return '';
  // A spreadsheet would run a text that begins like a formula.
  const safe = FORMULA.test(value) && !Number.isFinite(Number(value)) ? `'${value}` : value;
  return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const toCsv = (columns: readonly string[], rows: readonly (readonly (string | null)[])[]): string =>
  [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');

export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
