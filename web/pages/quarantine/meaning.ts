/** What a rule means, and how to send what it refuses so that it is taken. */
import type { QuarantineGroup } from './contract.ts';

interface Meaning {
  readonly meaning: string;
  readonly remedy: string;
}

const CORRECT =
  'Correct the value at its producer, or change what the contract allows, and send the record again.';

const MEANINGS: Readonly<Record<string, Meaning>> = {
  undecodable: {
    meaning: 'the bytes are not one JSON object in UTF-8',
    remedy:
      'Send the whole event as one JSON object. The raw bytes are kept, so what can be read of it is not lost.',
  },
  envelope: {
    meaning: 'an attribute of CloudEvents is missing or wrong',
    remedy:
      'Send the event with the attributes that CloudEvents 1.0 asks for: specversion, id, source, type and data.',
  },
  'unknown-type': {
    meaning: 'no source of the study has this event type',
    remedy: 'Send a type that a source declares, or add a source that declares this one.',
  },
  required: {
    meaning: 'a required value is missing',
    remedy: 'Send the value, or make the column optional in the contract.',
  },
  type: {
    meaning: 'the value has another type than its column',
    remedy: 'Send a value of the column’s type, or change the type in the contract.',
  },
  enum: {
    meaning: 'the value is not one of those allowed',
    remedy: 'Send one of the allowed values, or add this one to the contract.',
  },
  pattern: { meaning: 'the text does not match its pattern', remedy: CORRECT },
  format: { meaning: 'the text is not of its format', remedy: CORRECT },
  duplicate: {
    meaning: 'a member is there twice',
    remedy: 'Send each member once: readers of JSON differ in which of the two they take.',
  },
  digits: { meaning: 'the number cannot be kept with all its digits', remedy: CORRECT },
  columns: {
    meaning: 'the row has other columns than its header',
    remedy:
      'Deliver the file with as many cells in each row as its header has; quote cells that hold the separator.',
  },
  quote: { meaning: 'a quote is not closed', remedy: 'Close the quote, or double the quotes inside a cell.' },
  limit: {
    meaning: 'the row or a value is too large',
    remedy: 'Store the large value as an object of its own and send its key.',
  },
  file: {
    meaning: 'a delivered file could not be read',
    remedy: 'Deliver the file again in the format that its source declares.',
  },
  unreadable: {
    meaning: 'it was in a damaged object and cannot be read',
    remedy: 'Send the record again; the damaged object is kept next to it.',
  },
  'set-aside': {
    meaning: 'a person moved it here, so that it blocks no run',
    remedy: 'Correct what blocked the run and send the record again.',
  },
};

const BOUND = /^(exclusive)?(minimum|maximum)$|^(min|max)/i;

export function meaningOf({ kind, rule }: Pick<QuarantineGroup, 'kind' | 'rule'>): Meaning {
  const known = MEANINGS[rule];
  if (known) return known;
  if (kind === 'row')
    return {
      meaning: 'a row of the model breaks its rule',
      remedy: 'Correct the model’s SQL or its rule, and run again.',
    };
  if (BOUND.test(rule)) return { meaning: 'the value is outside its bounds', remedy: CORRECT };
  return { meaning: 'the value breaks a rule of its contract', remedy: CORRECT };
}
