/** The shell's own commands, after psql's: names, arguments and what they do. */

export interface CommandHelp {
  readonly name: string;
  readonly takes: string;
  readonly does: string;
}

export const COMMANDS: readonly CommandHelp[] = [
  { name: '?', takes: '', does: 'this list' },
  { name: 'd', takes: '[table]', does: "every table, or a table's columns" },
  { name: 'l', takes: '', does: 'the databases' },
  { name: 'c', takes: '[database]', does: 'the database of names without one' },
  { name: 'i', takes: 'file', does: 'run the statements of a file' },
  { name: 'o', takes: 'file', does: 'write the last result to .csv, .json, .parquet or .xlsx' },
  { name: 'x', takes: '[on|off|auto]', does: 'a line for each value; auto: where a table does not fit' },
  { name: 'timing', takes: '[on|off]', does: 'time and scanned bytes of each statement' },
  { name: 'pager', takes: '[on|off]', does: 'long results through $PAGER' },
  { name: 'q', takes: '', does: 'leave (or Ctrl-D)' },
];

export const HELP = [
  'A statement ends with a semicolon and may take several lines; Tab completes names, Ctrl-C drops what is typed or stops',
  'what runs.',
  ...COMMANDS.map(({ name, takes, does }) => `  ${`\\${name} ${takes}`.padEnd(18)} ${does}`),
].join('\n');
