/**
 * Regular expressions that callers give, matched in time linear in the text: JavaScript's own engine takes exponential time for
 * some of them, and this thread would do nothing else meanwhile. https://swtch.com/~rsc/regexp/regexp1.html
 */

/** The expression uses what is not taken here, e.g. a back reference or a look-around. */
export class PatternNotTakenError extends Error {
  override readonly name = 'PatternNotTakenError';
}

type CharacterTest = (character: string) => boolean;

type Node =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeated'; readonly part: Node; readonly least: number; readonly most: number };

/** A state consumes a character and goes on, or splits without one. The last one has neither. */
interface State {
  test?: CharacterTest;
  next: number[];
}

const MOST_STATES = 10_000;

const CLASSES: Readonly<Record<string, CharacterTest>> = {
  d: (c) => /^[0-9]$/.test(c),
  D: (c) => !/^[0-9]$/.test(c),
  w: (c) => /^\w$/.test(c),
  W: (c) => !/^\w$/.test(c),
  s: (c) => /^[ \t\n\v\f\r]$/.test(c),
  S: (c) => !/^[ \t\n\v\f\r]$/.test(c),
};

/**
 * A test of whole texts: literals, `.`, classes, `\d`, `\w`, `\s`, groups, `|`, `*`, `+`, `?`, `{2,3}`, and `^` and `$` at the ends.
 * @param source an expression that JavaScript can compile
 * @throws PatternNotTakenError
 */
export function linearPattern(
  source: string,
  options: { readonly ignoreCase?: boolean } = {},
): (text: string) => boolean {
  const body = source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  const states = compile(parse(body, options.ignoreCase ?? false));
  return (text) => matches(states, [...text]);
}

function parse(source: string, ignoreCase: boolean): Node {
  const characters = [...source];
  let at = 0;
  const refuse = (what: string): never => {
    throw new PatternNotTakenError(`${what} in the pattern '${source}' is not taken`);
  };

  /** In another case, the character is tested as well. */
  const inAnyCase = (test: CharacterTest): CharacterTest =>
    ignoreCase ? (c) => test(c) || test(c.toLowerCase()) || test(c.toUpperCase()) : test;

  function choice(): Node {
    const parts = [sequence()];
    while (characters[at] === '|') {
      at++;
      parts.push(sequence());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  function sequence(): Node {
    const parts: Node[] = [];
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')') parts.push(repeated());
    return { kind: 'sequence', parts };
  }

  function repeated(): Node {
    let part = atom();
    for (;;) {
      const [times] = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(characters.slice(at, at + 20).join('')) ?? [];
      if (times === undefined) return part;
      at += times.length;
      if (characters[at] === '+') refuse('a possessive repetition');
      // A whole text matches the same, whether little or much is tried first.
      if (characters[at] === '?') at++;
      const [least = 0, most = least] = times.startsWith('{')
        ? times
            .slice(1, -1)
            .split(',')
            .map((count) => (count === '' ? Number.POSITIVE_INFINITY : Number(count)))
        : { '*': [0, Number.POSITIVE_INFINITY], '+': [1, Number.POSITIVE_INFINITY], '?': [0, 1] }[times]!;
      part = { kind: 'repeated', part, least, most };
    }
  }

  function atom(): Node {
    const character = characters[at++]!;
    if (character === '(') {
      if (characters[at] === '?') {
        if (characters[at + 1] !== ':') refuse('a group that begins with (?');
        at += 2;
      }
      const inner = choice();
      at++;
      return inner;
    }
    if (character === '[') return { kind: 'character', test: characterClass() };
    if (character === '.') return { kind: 'character', test: (c) => c !== '\n' && c !== '\r' };
    if (character === '\\') return { kind: 'character', test: escaped() };
    if (character === '^' || character === '$') refuse(`${character} within`);
    return { kind: 'character', test: inAnyCase((c) => c === character) };
  }

  function escaped(): CharacterTest {
    const character = characters[at++] ?? '';
    const known = CLASSES[character];
    if (known) return known;
    if (/[A-Za-z0-9]/.test(character)) refuse(`\\${character}`);
    return (c) => c === character;
  }

  function characterClass(): CharacterTest {
    const isNegated = characters[at] === '^';
    if (isNegated) at++;
    const tests: CharacterTest[] = [];
    while (characters[at] !== ']') {
      if (characters[at] === '[' || characters[at] === '&') refuse('a nested class');
      if (characters[at] === '\\') {
        at++;
        tests.push(escaped());
        continue;
      }
      const from = characters[at++]!;
      if (characters[at] === '-' && characters[at + 1] !== ']') {
        const to = characters[at + 1]!;
        if (to === '\\') refuse('a range up to an escape');
        at += 2;
        tests.push(inAnyCase((c) => c >= from && c <= to));
      } else tests.push(inAnyCase((c) => c === from));
    }
    at++;
    return (c) => tests.some((test) => test(c)) !== isNegated;
  }

  return choice();
}

function compile(node: Node): State[] {
  const states: State[] = [];
  const add = (state: State): number => {
    if (states.push(state) > MOST_STATES) throw new PatternNotTakenError('The pattern is too large');
    return states.length - 1;
  };
  /** Adds what leads to `next`, and gives the state that it begins with. */
  const build = (part: Node, next: number): number => {
    switch (part.kind) {
      case 'character':
        return add({ test: part.test, next: [next] });
      case 'sequence':
        return part.parts.reduceRight((after, inner) => build(inner, after), next);
      case 'choice':
        return add({ next: part.parts.map((inner) => build(inner, next)) });
      case 'repeated': {
        let start = next;
        if (part.most === Number.POSITIVE_INFINITY) {
          start = add({ next: [next] });
          states[start]!.next.push(build(part.part, start));
        } else
          for (let optional = part.least; optional < part.most; optional++)
            start = add({ next: [next, build(part.part, start)] });
        for (let required = 0; required < part.least; required++) start = build(part.part, start);
        return start;
      }
    }
  };
  const end = add({ next: [] });
  add({ next: [build(node, end)] });
  return states;
}

/** Follows all ways at once. */
function matches(states: readonly State[], characters: readonly string[]): boolean {
  const reach = (starts: readonly number[]): Set<number> => {
    const reached = new Set<number>();
    const open = [...starts];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const state = states[index]!;
      if (!state.test) open.push(...state.next);
    }
    return reached;
  };
  let current = reach([states.length - 1]);
  for (const character of characters) {
    if (current.size === 0) return false;
    current = reach(
      [...current].flatMap((index) => {
        const { test, next } = states[index]!;
        return test?.(character) ? next : [];
      }),
    );
  }
  return current.has(0);
}
