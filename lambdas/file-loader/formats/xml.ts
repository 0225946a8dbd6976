/** Rows of XML files: the elements at the contract's record path, or the root's children; attributes and children become columns. */
import { createReadStream } from 'node:fs';
import { SaxesParser } from 'saxes';
import { FileRefusedError, type RawRow, type RowReader } from './row.ts';

interface OpenElement {
  readonly name: string;
  text: string;
  readonly members: Record<string, unknown>;
}

export const readXml: RowReader = async function* (path, contract) {
  const recordPath = contract.recordPath?.split(/[./]/).filter(Boolean);
  const parser = new SaxesParser();
  const open: OpenElement[] = [];
  let finished: RawRow[] = [];

  /** A record path of one name finds it anywhere; a longer one is matched at its end. */
  const isRecord = () =>
    recordPath
      ? recordPath.every((name, at) => open[open.length - recordPath.length + at]?.name === name)
      : open.length === 2;

  parser.on('error', (error) => {
    throw new FileRefusedError(`not XML: ${error.message}`, { cause: error });
  });
  parser.on('opentag', ({ name, attributes }) => {
    open.push({ name, text: '', members: { ...(attributes as Record<string, string>) } });
  });
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const record = isRecord();
    const element = open.pop()!;
    if (record) finished.push({ row: element.members });
    else if (open.length > 0) addMember(open.at(-1)!.members, element);
  });

  for await (const piece of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>) {
    parser.write(piece);
    yield* finished;
    finished = [];
  }
  parser.close();
  yield* finished;
};

/** An element that comes again becomes an array; one with children or attributes an object. */
function addMember(members: Record<string, unknown>, element: OpenElement): void {
  const value = Object.keys(element.members).length > 0 ? element.members : element.text;
  const before = members[element.name];
  if (before === undefined) members[element.name] = value;
  else if (Array.isArray(before)) before.push(value);
  else members[element.name] = [before, value];
}
