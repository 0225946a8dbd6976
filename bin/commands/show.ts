/** `headwaters show`: a table's SQL, its contract, what it reads and what reads it. */
import { describeTable, type TableDescription } from '../../lake/describe.ts';
import { studiesOf } from '../../lake/studies.ts';
import { table } from '../../lake/text.ts';
import { createTerminal, type Terminal } from '../terminal.ts';

export interface ShowOptions {
  readonly studies?: readonly string[];
  readonly json: boolean;
}

export function show(reference: string, options: ShowOptions): void {
  const terminal = createTerminal({ quiet: options.json });
  const found = describeTable(studiesOf(options.studies), reference);
  if (options.json) terminal.line(JSON.stringify(found, undefined, 2));
  else print(terminal, found);
}

function print(terminal: Terminal, found: TableDescription): void {
  const heading = (text: string) => terminal.line(`\n${terminal.style('bold', text)}`);
  const list = (names: readonly string[]) => names.join(', ') || 'nothing';
  terminal.line(terminal.style('bold', found.table));
  terminal.line(`${found.grain} ${found.purpose}`);
  terminal.line(
    found.derivedFrom
      ? `Derived from the contract of the source ${found.derivedFrom} (${found.contract})`
      : `Contract: ${found.contract}`,
  );
  if (found.sql) {
    heading('SQL');
    terminal.line(found.sql);
  }
  heading('Columns');
  terminal.line(
    table(
      ['column', 'type', 'required', 'meaning'],
      found.columns.map(({ name, type, required, primaryKey, description }) => [
        `${name}${primaryKey ? ' (key)' : ''}`,
        type,
        required ? 'yes' : '',
        description.replace(/\s+/g, ' ').trim(),
      ]),
    ),
  );
  if (found.rules.length > 0) {
    heading('Rules');
    terminal.line(
      table(
        ['rule', 'if broken', 'meaning'],
        found.rules.map(({ name, severity, description }) => [
          name,
          severity,
          description.replace(/\s+/g, ' ').trim(),
        ]),
      ),
    );
  }
  heading('Dependencies');
  if (found.reads.length > 0) terminal.line(`Reads ${list(found.reads)}`);
  terminal.line(`Read by ${list(found.readBy)}`);
  if (found.askedBy.length > 0) terminal.line(`Asked by the questions ${list(found.askedBy)}`);
}
