/** Guesses the encoding of bytes: for a refusal's advice, never for reading a file. */
import { TextDecoder } from '@exodus/bytes/encoding.js';
import { analyse } from 'chardet';

export interface EncodingGuess {
  /** A label of the WHATWG Encoding Standard. */
  readonly encoding: string;
  /** A word of the sample as this encoding reads it. */
  readonly word: string;
}

const westEuropean = 'àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÿ';
const central = 'ąćęłńóśźżáčďéěíňřšťúůýžäöüßőűăâîşţđľĺŕô';
const cyrillic = 'абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўђјљњћџ';
const greek = 'αβγδεζηθικλμνξοπρστυφχψωάέήίόύώϊϋΐΰς';

/** The letters beyond ASCII that texts in an encoding are mostly made of, in the order in which equals are preferred. */
const alphabets: readonly (readonly [encoding: string, letters: string])[] = [
  ['windows-1252', westEuropean],
  ['windows-1250', central],
  // Before Cyrillic: Hebrew has no upper case, so that a text with capitals fits Cyrillic better.
  ['windows-1255', 'אבגדהוזחטיךכלםמןנסעףפץצקרשת'],
  ['windows-1251', cyrillic],
  ['windows-1254', 'çğıöşüâîûéİ'],
  ['windows-1257', 'āčēģīķļņšūžąęėįųõäöüéó'],
  ['windows-1253', greek],
  ['windows-1256', 'ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ'],
  ['windows-874', 'กขคฆงจฉชซญฎฏฐณดตถทธนบปผฝพฟภมยรลวศษสหอฮะาำิีึืุูเแโใไ่้๊๋์็ั'],
  ['windows-1258', 'àáâãăèéêìíòóôõơùúưđ'],
  ['iso-8859-2', central],
  ['koi8-r', cyrillic],
  ['koi8-u', cyrillic],
  ['ibm866', cyrillic],
  ['iso-8859-5', cyrillic],
  ['x-mac-cyrillic', cyrillic],
  ['macintosh', westEuropean],
];

const latin = /\p{Script=Latin}/u;
const letter = /[\p{L}\p{M}]/u;
/** Signs that texts hold between their words. */
const usual = /[\u00a0§©®°±²³«»¿¡€–—‘’‚“”„•…™№½¼¾×]/;
const broken = /[\p{Cc}\p{Cn}\p{Co}]/u;
/** Two bytes a character: chardet knows the frequent ones of each language. */
const multibyte = new Set(['big5', 'euc-jp', 'euc-kr', 'gb18030', 'iso-2022-jp', 'shift_jis']);
/** chardet's confidence (0 to 100) in chance findings is 10. */
const CONFIDENT = 30;
/** Of 1: every character beyond ASCII is a letter of its language, where a letter may be. */
const READABLE = 0.8;

/** The likeliest encoding other than UTF-8; undefined when the bytes are ASCII or none reads them. */
export function guessEncoding(sample: Uint8Array): EncodingGuess | undefined {
  const wide = guessUtf16(sample);
  if (wide) return guessed(wide, sample);
  const best = bestAlphabet(sample);
  const found = analyse(sample).find(({ name }) => multibyte.has(name.toLowerCase()));
  const encoding = found?.name.toLowerCase();
  const confident = encoding && found!.confidence >= CONFIDENT && (best?.score ?? 0) < READABLE;
  if (confident && decoded(encoding, sample, false) !== undefined) return guessed(encoding, sample);
  return best && guessed(best.encoding, sample);
}

/** UTF-16 without a byte order mark, which is valid UTF-8 where the text is ASCII: every other byte is NUL. */
export function guessUtf16(sample: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const nuls = [0, 0];
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) nuls[at % 2]!++;
  const encoding = nuls[1]! > nuls[0]! ? 'utf-16le' : 'utf-16be';
  if (Math.max(...nuls) < 2 || Math.max(...nuls) * 20 < sample.length) return undefined;
  const text = decoded(encoding, sample.subarray(0, sample.length - (sample.length % 2)), false);
  return text !== undefined && !/[^\P{Cc}\t\r\n]|\p{Cn}/u.test(text) ? encoding : undefined;
}

/** A sample may end within a character. */
function decoded(encoding: string, sample: Uint8Array, whole: boolean): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(sample, { stream: !whole });
  } catch {
    return undefined;
  }
}

function guessed(encoding: string, sample: Uint8Array): EncodingGuess {
  const text = new TextDecoder(encoding).decode(sample);
  const word = /[\p{L}\p{M}]*[^\p{ASCII}][\p{L}\p{M}]*/u.exec(text)?.[0] ?? text.slice(0, 20).trim();
  return { encoding, word: word.slice(0, 20) };
}

function bestAlphabet(sample: Uint8Array): { encoding: string; score: number } | undefined {
  let best: { encoding: string; score: number } | undefined;
  for (const [encoding, letters] of alphabets) {
    const text = decoded(encoding, sample, true);
    const score = text === undefined ? undefined : readability(text, letters);
    if (score !== undefined && score > (best?.score ?? 0)) best = { encoding, score };
  }
  return best;
}

/** From -1 to 1: how far the characters beyond ASCII are this alphabet's letters, next to letters of their own kind. */
function readability(text: string, letters: string): number | undefined {
  const own = new Set([...letters, ...letters.toUpperCase()]);
  const isLatin = latin.test(letters[0]!);
  const characters = [...text];
  let sum = 0;
  let count = 0;
  for (const [at, character] of characters.entries()) {
    if (character <= '\x7f') continue;
    count++;
    sum += own.has(character)
      ? fits(characters, at, isLatin)
      : broken.test(character)
        ? -3
        : usual.test(character) && !(isAsciiLetter(characters[at - 1]) && isAsciiLetter(characters[at + 1]))
          ? 0.5
          : -1;
  }
  return count === 0 ? undefined : sum / count;
}

const isAsciiLetter = (character = '') => /^[A-Za-z]$/.test(character);
const isLetter = (character = '') => character > '\x7f' && letter.test(character);
const isLower = (character = '') => character !== character.toUpperCase();

function fits(characters: readonly string[], at: number, isLatin: boolean): number {
  const [before, character, after] = [characters[at - 1], characters[at]!, characters[at + 1]];
  // `иВАН` is Cyrillic read with upper and lower case exchanged.
  if (isLower(before) && character !== character.toLowerCase()) return -1;
  if (isLatin) return isLetter(before) && isLetter(after) ? -0.5 : 1;
  return isAsciiLetter(before) || isAsciiLetter(after) ? -1 : 1;
}
