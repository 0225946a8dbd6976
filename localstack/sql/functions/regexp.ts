/**
 * Regular expressions: Trino runs Joni with Java's syntax, DuckDB RE2. Patterns that mean the same in both go to RE2; what
 * RE2 has not, and patterns that are computed, to JavaScript's with Java's meaning; anything else is refused.
 */
import { refusedPattern } from '../engine/javaRegExp.ts';
import { failWith } from '../translate/failure.ts';
import { quoteText, VARCHAR, varchar } from '../types.ts';
import { type Emission, scalar, unlessNull } from './entry.ts';

/** What of Java's syntax RE2 reads alike; anything else is refused. */
const ELEMENT =
  /\\[dDwWsSbtnr.\\/\-+*?()[\]{}|^$"'&,:;=<>@#%~!_ ]|\[\^?(?:\\[dDwWsS.\\/\-+*?()[\]{}|^$tnr]|[^\][\\&])+\]|\(\?:|\((?!\?)|\)|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\^$.|]|[^\\()[\]{}*+?^$.|]/gsu;

interface Pattern {
  readonly text: string;
  /** As RE2 is given it. */
  readonly duck: string;
  readonly groups: readonly { readonly elements: readonly string[]; readonly optional: boolean }[];
  readonly canBeEmpty: boolean;
  readonly endsAtEnd: boolean;
  readonly hasBoundary: boolean;
}

/** Joni's white space has the vertical tab, RE2's has not. */
const SPACES = '\\t\\n\\v\\f\\r ';
const forDuck = (element: string) =>
  element === '\\s'
    ? `[${SPACES}]`
    : element === '\\S'
      ? `[^${SPACES}]`
      : element.startsWith('[')
        ? element.replace(/\\(.)/gs, (escaped, c: string) => (c === 's' ? SPACES : escaped))
        : element;

/** The pattern as RE2 may have it; undefined for one that goes to JavaScript. */
function readPattern(call: Emission, index = 1): Pattern | undefined {
  const { literal } = call.arguments[index]!;
  if (literal?.kind !== 'string') return undefined;
  const { text } = literal;
  const flag = /^\(\?i\)/.exec(text)?.[0] ?? '';
  const body = text.slice(flag.length);
  const elements: readonly string[] = body.match(ELEMENT) ?? [];
  const possessive = elements.some(
    (element, at) => /^[*+?{]/.test(element) && /^[*+?{]/.test(elements[at + 1] ?? ''),
  );
  const oddClass = elements.some((element) => element.startsWith('[') && /\\S/.test(element));
  if (elements.join('') !== body || possessive || oddClass || isBroken(body)) {
    const reason = refusedPattern(text);
    if (reason !== undefined) call.refuse(`the regular expression '${text}' (${reason})`);
    return undefined;
  }
  return {
    text,
    duck: flag + elements.map(forDuck).join(''),
    groups: groupsOf(elements),
    canBeEmpty: matchesEmpty(elements),
    endsAtEnd: elements.includes('$'),
    hasBoundary: elements.some((element) => element === '\\b' || element === '\\B'),
  };
}

function isBroken(body: string): boolean {
  try {
    return new RegExp(body, 'u').source === '';
  } catch (cause) {
    if (cause instanceof SyntaxError) return true;
    throw cause;
  }
}

/** Whether a pattern of well-formed elements matches the empty text: read off the pattern, as to run it may take for ever. */
function matchesEmpty(elements: readonly string[]): boolean {
  /** For each open group: whether an alternative before this one matches, and this one so far. */
  const open = [{ earlier: false, current: true }];
  for (const [at, element] of elements.entries()) {
    const isOptional = /^(?:[*?]|\{0)/.test(elements[at + 1] ?? '');
    const level = open.at(-1)!;
    if (element.startsWith('(')) open.push({ earlier: false, current: true });
    else if (element === '|') {
      level.earlier ||= level.current;
      level.current = true;
    } else if (element === ')') {
      open.pop();
      open.at(-1)!.current &&= isOptional || level.earlier || level.current;
    } else if (!/^(?:[*+?{^$]|\\B$)/.test(element)) level.current &&= isOptional;
  }
  const [whole] = open;
  return whole!.earlier || whole!.current;
}

const inJavaScript = (name: string, args: readonly string[]) => `hw_js_regexp_${name}(${args.join(', ')})`;
const listInJavaScript = (name: string, args: readonly string[]) =>
  `CAST(CAST(${inJavaScript(name, args)} AS JSON) AS VARCHAR[])`;

/** The capturing groups, and whether a match may leave them out. */
function groupsOf(elements: readonly string[]): Pattern['groups'] {
  const open: { start: number; group?: number; hasChoice: boolean }[] = [];
  const groups: { elements: readonly string[]; optional: boolean; start: number; end: number }[] = [];
  const chosen = elements.includes('|');
  for (const [at, element] of elements.entries())
    if (element === '(')
      open.push({
        start: at,
        group: groups.push({ elements: [], optional: chosen, start: at, end: at }) - 1,
        hasChoice: false,
      });
    else if (element === '(?:') open.push({ start: at, hasChoice: false });
    else if (element === ')') {
      const { start, group } = open.pop() ?? { start: at };
      const repeatable = /^(?:[*?]|\{0)/.test(elements[at + 1] ?? '');
      if (group !== undefined)
        Object.assign(groups[group]!, { elements: elements.slice(start + 1, at), end: at });
      if (repeatable)
        for (const inner of groups) if (inner.start >= start && inner.end <= at) inner.optional = true;
    }
  return groups;
}

/** Java's `$` also matches before a last line feed, and Joni's `\b` knows letters beyond ASCII: such texts go to JavaScript. */
function guardText(pattern: Pattern, text: string, sql: string, exact: string): string {
  const odd = [
    ...(pattern.endsAtEnd ? [`ends_with(${text}, chr(10))`] : []),
    ...(pattern.hasBoundary ? [`strlen(${text}) <> length(${text})`] : []),
  ];
  if (odd.length === 0) return sql;
  const refusal = refusedPattern(pattern.text) === undefined ? exact : unreadable();
  return `CASE WHEN ${odd.join(' OR ')} THEN ${refusal} ELSE ${sql} END`;
}

const unreadable = () =>
  failWith(
    'a regular expression with $ or \\b on text that RE2 reads otherwise is not in the verified list (docs/athena-sql.md)',
  );

function extract(call: Emission, args: readonly string[]): string {
  const [text, patternSql, groupSql = '0'] = args as [string, string, string?];
  const exact = inJavaScript('extract', [text, patternSql, `CAST(${groupSql} AS BIGINT)`]);
  const pattern = readPattern(call);
  const group = args.length < 3 ? 0 : literalGroup(call);
  if (!pattern || group === undefined) return exact;
  if (group > pattern.groups.length) return exact;
  const captured = group === 0 ? undefined : pattern.groups[group - 1];
  if (captured?.optional && matchesEmpty(captured.elements)) {
    if (refusedPattern(pattern.text) !== undefined)
      call.refuse(`regexp_extract of an optional group in '${pattern.text}'`);
    return exact;
  }
  const found = `regexp_extract(${text}, ${quoteText(pattern.duck)}, ${group})`;
  const value = captured?.optional ? `nullif(${found}, '')` : found;
  return guardText(
    pattern,
    text,
    `CASE WHEN regexp_matches(${text}, ${quoteText(pattern.duck)}) THEN ${value} END`,
    exact,
  );
}

/** Where matches follow each other, the engines differ on empty ones. */
function neverEmpty(call: Emission): Pattern | undefined {
  const pattern = readPattern(call);
  if (!pattern?.canBeEmpty) return pattern;
  if (refusedPattern(pattern.text) !== undefined)
    call.refuse(`${call.name} with '${pattern.text}', which matches the empty string,`);
  return undefined;
}

function literalGroup(call: Emission): number | undefined {
  const { literal } = call.arguments[2]!;
  return literal?.kind === 'number' && Number(literal.text) >= 0 ? Number(literal.text) : undefined;
}

/** `$1` in Java is `\\1` in RE2; undefined for what JavaScript must do, or say what is wrong with it. */
function replacement(call: Emission, pattern: Pattern): string | undefined {
  const { literal } = call.arguments[2]!;
  if (literal?.kind !== 'string') return undefined;
  const parts = literal.text.match(/\\[$\\]|\$\d(?!\d)|[^$\\]/gs) ?? [];
  const known = parts.every((part) => !/^\$\d/.test(part) || Number(part[1]) <= pattern.groups.length);
  if (parts.join('') !== literal.text || !known) return undefined;
  const translated = parts.map((part) =>
    part === '\\$' ? '$' : part === '\\\\' ? '\\\\' : part.startsWith('$') ? `\\${part[1]}` : part,
  );
  return quoteText(translated.join(''));
}

function replaceAll(call: Emission, args: readonly string[]): string {
  const [text, patternSql, toSql = "''"] = args as [string, string, string?];
  const exact = inJavaScript('replace', [text, patternSql, toSql]);
  const pattern = neverEmpty(call);
  const to = pattern && (args.length < 3 ? "''" : replacement(call, pattern));
  if (!pattern || to === undefined) return exact;
  return guardText(pattern, text, `regexp_replace(${text}, ${quoteText(pattern.duck)}, ${to}, 'g')`, exact);
}

function extractAll(call: Emission, args: readonly string[]): string {
  const [text, patternSql, groupSql = '0'] = args as [string, string, string?];
  const exact = listInJavaScript('extract_all', [text, patternSql, `CAST(${groupSql} AS BIGINT)`]);
  const pattern = neverEmpty(call);
  const group = args.length < 3 ? 0 : literalGroup(call);
  if (!pattern || group === undefined) return exact;
  if (group > pattern.groups.length || pattern.groups[group - 1]?.optional) {
    if (refusedPattern(pattern.text) !== undefined) call.refuse('regexp_extract_all of an optional group');
    return exact;
  }
  return guardText(
    pattern,
    text,
    unlessNull([text], `regexp_extract_all(${text}, ${quoteText(pattern.duck)}, ${group})`),
    exact,
  );
}

export const REGEXP_FUNCTIONS = [
  scalar('regexp_like(varchar(x), varchar(y)) -> boolean', (args, call) => {
    const pattern = readPattern(call);
    const exact = inJavaScript('like', args);
    return pattern
      ? guardText(pattern, args[0]!, `regexp_matches(${args[0]}, ${quoteText(pattern.duck)})`, exact)
      : exact;
  }),
  scalar('regexp_extract(varchar(x), varchar(y)) -> varchar(x)', (args, call) => extract(call, args)),
  scalar('regexp_extract(varchar(x), varchar(y), bigint) -> varchar(x)', (args, call) => extract(call, args)),
  scalar('regexp_extract_all(varchar(x), varchar(y)) -> array(varchar(x))', (args, call) =>
    extractAll(call, args),
  ),
  scalar('regexp_extract_all(varchar(x), varchar(y), bigint) -> array(varchar(x))', (args, call) =>
    extractAll(call, args),
  ),
  scalar('regexp_replace(varchar(x), varchar(y)) -> varchar(x)', (args, call) => replaceAll(call, args)),
  scalar(
    'regexp_replace(varchar(x), varchar(y), varchar(z)) -> varchar(x)',
    (args, call) => replaceAll(call, args),
    // The bound that io.trino.operator.scalar.JoniRegexpFunctions declares.
    ([text, , to]) => {
      const [x, y] = [text!.type, to!.type].map((type) =>
        type.kind === 'varchar' ? type.length : undefined,
      );
      if (x === undefined || y === undefined) return VARCHAR;
      return varchar(Math.min(2_147_483_647, x + Math.max(Math.floor((x * y) / 2), y) * (x + 1)));
    },
  ),
  scalar('regexp_count(varchar(x), varchar(y)) -> bigint', (args, call) => {
    const pattern = neverEmpty(call);
    const exact = inJavaScript('count', args);
    const [text] = args as [string];
    return pattern
      ? guardText(
          pattern,
          text,
          unlessNull([text], `CAST(len(regexp_extract_all(${text}, ${quoteText(pattern.duck)})) AS BIGINT)`),
          exact,
        )
      : exact;
  }),
  scalar('regexp_split(varchar(x), varchar(y)) -> array(varchar(x))', (args, call) => {
    const pattern = neverEmpty(call);
    const exact = listInJavaScript('split', args);
    return pattern
      ? guardText(pattern, args[0]!, `regexp_split_to_array(${args[0]}, ${quoteText(pattern.duck)})`, exact)
      : exact;
  }),
  ...[
    'varchar(x), varchar(y)',
    'varchar(x), varchar(y), integer',
    'varchar(x), varchar(y), integer, integer',
  ].map((parameters) =>
    scalar(`regexp_position(${parameters}) -> integer`, ([text, pattern, from = '1', nth = '1'], call) => {
      readPattern(call);
      return inJavaScript('position', [
        text!,
        pattern!,
        `CAST(${from} AS INTEGER)`,
        `CAST(${nth} AS INTEGER)`,
      ]);
    }),
  ),
];
