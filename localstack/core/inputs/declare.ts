/** The words in which a service declares what its actions take: every member of an input is taken, refused, or without effect. */

export type Kind =
  | 'text'
  | 'integer'
  | 'number'
  | 'flag'
  | 'time'
  | 'blob'
  | 'list'
  | 'map'
  | 'structure'
  /** Whatever it is: kept and given back as it came, or not looked at. */
  | 'any';

/** One member of an action's input, or one element of a list or map. */
export interface Member {
  readonly kind: Kind;
  /** Refused by name when it is given, or accepted though it does nothing here. @default taken */
  readonly use?: 'refused' | 'noEffect';
  readonly required?: true;
  /** An enumeration's values that are honoured, in AWS's order. */
  readonly values?: readonly string[];
  /** An enumeration's other values: AWS knows them, and here they are refused by name. */
  readonly refusedValues?: readonly string[];
  /** A regular expression that the whole text must fit, as AWS's messages write it. */
  readonly pattern?: string;
  /** The least and the most of a number, or of the length of a text, a list or a map. */
  readonly least?: number;
  readonly most?: number;
  /** What a list or a map holds. */
  readonly each?: Member;
  readonly members?: Members;
}

export type Members = Readonly<Record<string, Member>>;

/** What each action of a service takes. */
export type Inputs = Readonly<Record<string, Members>>;

const bounds = (least?: number, most?: number) => ({
  ...(least !== undefined && { least }),
  ...(most !== undefined && { most }),
});

export const text = (least?: number, most?: number): Member => ({ kind: 'text', ...bounds(least, most) });
export const matching = (pattern: string, least?: number, most?: number): Member => ({
  ...text(least, most),
  pattern,
});
export const integer = (least?: number, most?: number): Member => ({
  kind: 'integer',
  ...bounds(least, most),
});
export const number = (least?: number, most?: number): Member => ({ kind: 'number', ...bounds(least, most) });
export const flag = (): Member => ({ kind: 'flag' });
/** A point in time: seconds since the epoch in JSON, ISO 8601 in text. */
export const time = (): Member => ({ kind: 'time' });
/** Bytes, in base64. */
export const blob = (least?: number, most?: number): Member => ({ kind: 'blob', ...bounds(least, most) });
export const list = (each: Member, least?: number, most?: number): Member => ({
  kind: 'list',
  each,
  ...bounds(least, most),
});
export const map = (each: Member, least?: number, most?: number): Member => ({
  kind: 'map',
  each,
  ...bounds(least, most),
});
export const structure = (members: Members): Member => ({ kind: 'structure', members });
/** Taken as a whole, whatever is in it: kept and given back as it came, or read by a parser of its own. */
export const whole = (): Member => ({ kind: 'any' });

/** A text that must be one of these; `refused` are AWS's other values, which are refused by name. */
export const oneOf = (values: readonly string[], refused: readonly string[] = []): Member => ({
  kind: 'text',
  values,
  ...(refused.length > 0 && { refusedValues: refused }),
});

/** A whole number that must be one of these. */
export const integerOf = (values: readonly number[]): Member => ({
  kind: 'integer',
  values: values.map(String),
});

export const required = (member: Member): Member => ({ ...member, required: true });
/** Refused by name unless it is absent or neutral (false, 0, empty). */
export const refused = (member: Member = whole()): Member => ({ ...member, use: 'refused' });
/** Accepted, and without effect here; docs/parity.md lists it. */
export const noEffect = (member: Member = whole()): Member => ({ ...member, use: 'noEffect' });
