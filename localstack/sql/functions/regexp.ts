/** Regular expressions: Trino runs Joni with Java's syntax, DuckDB RE2. Only patterns that mean the same in both are taken. */
import { failWith } from '../translate/failure.ts';
import { quoteText, VARCHAR, varchar } from '../types.ts';
import { type Emission, scalar, unlessNull } from './entry.ts';

/** What of Java's syntax RE2 reads alike; anything else is refused. */
const ELEMENT =
  /\\[dDwWsSbtnr.\\/\-+*?()[\]{}|^$"'&,:;=<>@#%~!_ ]|\[\^?(?:\\[dDwWsS.\\/\-+*?()[\]{}|^$tnr]|[^\][\\&])+\]|\(\?:|\((?!\?)|\)|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\^$.|]|[^\\()[\]{}*+?^$.|]/gsu;

interface Pattern {
  readonly text: string;
  readonly groups: readonly { readonly source: string; readonly optional: boolean }[];
  readonly canBeEmpty: boolean;
  readonly endsAtEnd: boolean;
}

function readPattern(call: Emission, index = 1): Pattern {
  const text = call.constant(index);
  const body = text.replace(/^\(\?i\)/, '');
  const elements: readonly string[] = body.match(ELEMENT) ?? [];
  const possessive = elements.some(
    (element, at) => /^[*+?{]/.test(element) && /^[*+?{]/.test(elements[at + 1] ?? ''),
  );
  if (elements.join('') !== body || possessive) call.refuse(`the regular expression '${text}'`);
  return {
    text,
    groups: groupsOf(elements),
    canBeEmpty: new RegExp(body, 'u').test(''),
    endsAtEnd: elements.includes('$'),
  };
}

/** The capturing groups, and whether a match may leave them out. */
function groupsOf(elements: readonly string[]): Pattern['groups'] {
  const open: { start: number; group?: number; hasChoice: boolean }[] = [];
  const groups: { source: string; optional: boolean; start: number; end: number }[] = [];
  const chosen = elements.includes('|');
  for (const [at, element] of elements.entries())
    if (element === '(')
      open.push({
        start: at,
        group: groups.push({ source: '', optional: chosen, start: at, end: at }) - 1,
        hasChoice: false,
      });
    else if (element === '(?:') open.push({ start: at, hasChoice: false });
    else if (element === ')') {
      const { start, group } = open.pop() ?? { start: at };
      const repeatable = /^(?:[*?]|\{0)/.test(elements[at + 1] ?? '');
      if (group !== undefined)
        Object.assign(groups[group]!, { source: elements.slice(start + 1, at).join(''), end: at });
      if (repeatable)
        for (const inner of groups) if (inner.start >= start && inner.end <= at) inner.optional = true;
    }
  return groups;
}

/** Java's `$` also stands before a last line feed, RE2's does not. */
function guardEnd(pattern: Pattern, text: string, sql: string): string {
  if (!pattern.endsAtEnd) return sql;
  const refusal = failWith(
    'a regular expression with $ on text that ends with a line feed is not in the verified list (docs/athena-sql.md)',
  );
  return `CASE WHEN ends_with(${text}, chr(10)) THEN ${refusal} ELSE ${sql} END`;
}

function extract(call: Emission, text: string, group: number): string {
  const pattern = readPattern(call);
  const captured = group === 0 ? undefined : pattern.groups[group - 1];
  if (group > pattern.groups.length) call.refuse(`regexp_extract of group ${group}`);
  const canBeEmpty = captured !== undefined && new RegExp(captured.source, 'u').test('');
  if (captured?.optional && canBeEmpty)
    call.refuse(`regexp_extract of an optional group in '${pattern.text}'`);
  const found = `regexp_extract(${text}, ${quoteText(pattern.text)}, ${group})`;
  const value = captured?.optional ? `nullif(${found}, '')` : found;
  return guardEnd(
    pattern,
    text,
    `CASE WHEN regexp_matches(${text}, ${quoteText(pattern.text)}) THEN ${value} END`,
  );
}

/** Where matches follow each other, the engines differ on empty ones. */
function neverEmpty(call: Emission): Pattern {
  const pattern = readPattern(call);
  if (pattern.canBeEmpty) call.refuse(`${call.name} with '${pattern.text}', which matches the empty string,`);
  return pattern;
}

function groupNumber(call: Emission): number {
  const { literal } = call.arguments[2]!;
  return literal?.kind === 'number' ? Number(literal.text) : call.refuse('a group that is not a literal');
}

/** `$1` in Java is `\1` in RE2. */
function replacement(call: Emission): string {
  const text = call.constant(2);
  const parts = text.match(/\\[$\\]|\$\d|[^$\\]/gs) ?? [];
  if (parts.join('') !== text) call.refuse(`the replacement '${text}'`);
  const translated = parts.map((part) =>
    part === '\\$' ? '$' : part === '\\\\' ? '\\\\' : part.startsWith('$') ? `\\${part[1]}` : part,
  );
  return quoteText(translated.join(''));
}

const replaceAll = (call: Emission, text: string, to: string) => {
  const pattern = neverEmpty(call);
  return guardEnd(pattern, text, `regexp_replace(${text}, ${quoteText(pattern.text)}, ${to}, 'g')`);
};

const extractAll = (call: Emission, text: string, group: number) => {
  const pattern = neverEmpty(call);
  if (group > pattern.groups.length || pattern.groups[group - 1]?.optional)
    call.refuse('regexp_extract_all of an optional group');
  return guardEnd(
    pattern,
    text,
    unlessNull([text], `regexp_extract_all(${text}, ${quoteText(pattern.text)}, ${group})`),
  );
};

export const REGEXP_FUNCTIONS = [
  scalar('regexp_like(varchar(x), varchar(y)) -> boolean', ([text], call) => {
    const pattern = readPattern(call);
    return guardEnd(pattern, text!, `regexp_matches(${text}, ${quoteText(pattern.text)})`);
  }),
  scalar('regexp_extract(varchar(x), varchar(y)) -> varchar(x)', ([text], call) => extract(call, text!, 0)),
  scalar('regexp_extract(varchar(x), varchar(y), bigint) -> varchar(x)', ([text], call) =>
    extract(call, text!, groupNumber(call)),
  ),
  scalar('regexp_extract_all(varchar(x), varchar(y)) -> array(varchar(x))', ([text], call) =>
    extractAll(call, text!, 0),
  ),
  scalar('regexp_extract_all(varchar(x), varchar(y), bigint) -> array(varchar(x))', ([text], call) =>
    extractAll(call, text!, groupNumber(call)),
  ),
  scalar('regexp_replace(varchar(x), varchar(y)) -> varchar(x)', ([text], call) =>
    replaceAll(call, text!, "''"),
  ),
  scalar(
    'regexp_replace(varchar(x), varchar(y), varchar(z)) -> varchar(x)',
    ([text], call) => replaceAll(call, text!, replacement(call)),
    // The bound that io.trino.operator.scalar.JoniRegexpFunctions declares.
    ([text, , to]) => {
      const [x, y] = [text!.type, to!.type].map((type) =>
        type.kind === 'varchar' ? type.length : undefined,
      );
      if (x === undefined || y === undefined) return VARCHAR;
      return varchar(Math.min(2_147_483_647, x + Math.max(Math.floor((x * y) / 2), y) * (x + 1)));
    },
  ),
  scalar('regexp_count(varchar(x), varchar(y)) -> bigint', ([text], call) => {
    const pattern = neverEmpty(call);
    return guardEnd(
      pattern,
      text!,
      unlessNull([text!], `CAST(len(regexp_extract_all(${text}, ${quoteText(pattern.text)})) AS BIGINT)`),
    );
  }),
  scalar('regexp_split(varchar(x), varchar(y)) -> array(varchar(x))', ([text], call) => {
    const pattern = neverEmpty(call);
    return guardEnd(pattern, text!, `regexp_split_to_array(${text}, ${quoteText(pattern.text)})`);
  }),
];
