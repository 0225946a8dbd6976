/** How a delivered file is written: what a source's contract says, and what a single delivery may say in its place. */

export interface FileSettings {
  /** A label of the WHATWG Encoding Standard; a byte order mark comes first. @default utf-8 */
  readonly encoding?: string;
  /** Of CSV: one ASCII character. @default - by the file's suffix */
  readonly delimiter?: string;
  /** Of CSV: one ASCII character, or `none`. @default " */
  readonly quote?: string;
  /** Of CSV: the ASCII character that makes a quote within quotes a character. @default - the quote itself */
  readonly escape?: string;
  /** Of CSV: blanks at both ends of a cell are left out. @default false */
  readonly trim?: boolean;
  /** Of CSV: false when the first line is already a row. @default true */
  readonly header?: boolean;
  /** Of CSV without a header: what its cells are, by position. @default - the contract's columns in their order */
  readonly fileColumns?: readonly string[];
  /** The element or member that holds one record in XML and JSON files. */
  readonly recordPath?: string;
  /** Of a zip: which of its files are read, as a pattern; the others are passed over. @default - all */
  readonly members?: string;
  /** Members that every row of the file gets. */
  readonly constants?: Readonly<Record<string, unknown>>;
}

/** What is wrong with a value; undefined when it is good. */
type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'must be a text');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

/** Printable, and not what numbers, names and line breaks are made of. */
const isSeparator = (value: unknown) => typeof value === 'string' && /^[\t -/:-@[-`{-~]$/.test(value);

const separator =
  (named: string): Check =>
  (value) =>
    isSeparator(value) || value === named
      ? undefined
      : `must be one ASCII character that is not a letter or digit, or ${named}`;

const encoding: Check = (value) => {
  try {
    if (typeof value === 'string' && new TextDecoder(value)) return undefined;
  } catch {}
  return 'must be a label of https://encoding.spec.whatwg.org/#names-and-labels but replacement, e.g. utf-8, windows-1252, shift_jis, utf-16le';
};

const names: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && one !== '')
    ? undefined
    : 'must be a list of column names';

const members: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? undefined
    : 'must be an object of members';

const checks: Readonly<Record<keyof FileSettings, Check>> = {
  encoding,
  delimiter: separator('tab'),
  quote: separator('none'),
  escape: (value) =>
    isSeparator(value) ? undefined : 'must be one ASCII character that is not a letter or digit',
  trim: flag,
  header: flag,
  fileColumns: names,
  recordPath: text,
  members: text,
  constants: members,
};

export const fileSettingNames = Object.keys(checks) as readonly (keyof FileSettings)[];

/** What is wrong with the value of a setting; undefined when it is good. */
export const fileSettingProblem = (name: keyof FileSettings, value: unknown): string | undefined => {
  const problem = checks[name](value);
  return problem && `${name} is ${JSON.stringify(value)}; it ${problem}`;
};

/** A good value as it is used: a tab may be written as its name. */
export const fileSettingValue = (name: keyof FileSettings, value: unknown): unknown =>
  name === 'delimiter' && value === 'tab' ? '\t' : value;

/**
 * Settings as texts, as an object's user metadata in S3 carries them: texts as they are, other values as JSON, in ASCII.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
 */
export function toMetadata(settings: FileSettings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name.toLowerCase(),
        value === '\t' ? 'tab' : typeof value === 'string' ? value : asciiJson(value),
      ]),
  );
}

const asciiJson = (value: unknown) =>
  JSON.stringify(value).replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * The settings in an object's user metadata; other metadata is the owner's.
 * @throws RangeError with every value that is not allowed.
 */
export function fromMetadata(metadata: Readonly<Record<string, string>>): FileSettings {
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of fileSettingNames) {
    const found = metadata[name.toLowerCase()];
    if (found === undefined) continue;
    const value =
      checks[name] === flag || name === 'fileColumns' || name === 'constants' ? parsed(found) : found;
    const problem = fileSettingProblem(name, value);
    if (problem) problems.push(problem);
    else settings[name] = fileSettingValue(name, value);
  }
  if (problems.length > 0) throw new RangeError(problems.join('; '));
  return settings as FileSettings;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
