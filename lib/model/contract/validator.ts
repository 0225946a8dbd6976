/** Turns a source's contract into a function that judges one payload, compiled once by ajv and fast ever after. */

import { Ajv, type ErrorObject } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { Contract } from './contract.ts';
import { compileFit } from './fit.ts';
import { compareInstants, type Instant, isDate, isTimestamp, readInstant, startOfDate } from './instant.ts';
import { hasHalfCharacter, isDeeperThan, memberFinder } from './jsonText.ts';
import { payloadSchema, type Schema } from './payloadSchema.ts';

export type Verdict =
  | { readonly valid: true }
  | {
      readonly valid: false;
      /** The JSON Schema keyword that broke: `required`, `type`, `pattern`, `minimum`, `enum`, `format`, … */
      readonly rule: string;
      /** JSON pointer (RFC 6901) into the payload. */
      readonly path: string;
      readonly message: string;
    };

/**
 * Judges one payload.
 * @param data the payload, as JSON.parse reads it
 * @param text its JSON text, for what JSON.parse does not tell
 * @param arrivedAtMs when it arrived, milliseconds since the epoch
 */
export type Validator = (data: unknown, text: string, arrivedAtMs: number) => Verdict;

const accepted: Verdict = { valid: true };

/** Deeper JSON is refused: Athena's reader of JSON goes no further than a thousand levels. */
const deepest = 1000;

/**
 * Compiles a contract. The verdict names the first rule broken: a missing member first, then members in the contract's
 * order, then what silver could not hold of them (`fit.ts`).
 * @throws Error (ajv) when the contract holds a pattern or format that does not compile.
 */
export function compileValidator(contract: Contract): Validator {
  ajv ??= createAjv();
  const check = ajv.compile(withoutForms(payloadSchema(contract)));
  const fits = compileFits(contract);
  return (data, text, arrivedAtMs) => {
    if (hasHalfCharacter(text))
      return refused('unicode', '', 'a text holds half of a character (a lone surrogate)');
    // The schema's own messages print what they found, which a thousand levels would keep from ending.
    if (text.length > 2 * deepest && isDeeperThan(deepest, text))
      return refused('depth', '', `arrays and objects are inside each other more than ${deepest} times`);
    if (!check(data)) return explain(check.errors?.[0] as ErrorObject);
    return fits(data as Readonly<Record<string, unknown>>, text, arrivedAtMs) ?? accepted;
  };
}

/** One compiler for every contract: the first schema of each makes it compile the schema of schemas, which takes longest. */
let ajv: Ajv | undefined;

function createAjv(): Ajv {
  const created = new Ajv({ strict: true, strictTypes: false, multipleOfPrecision: 9, verbose: true });
  ajvFormats.default(created, { keywords: true });
  created.addFormat('iso-date', { type: 'string', validate: isDate, compare: compareTimes(startOfDate) });
  created.addFormat('iso-timestamp', {
    type: 'string',
    validate: isTimestamp,
    compare: compareTimes(boundOf),
  });
  return created;
}

/** The schema without the forms of times that have no bounds: what silver can hold says more of them. */
function withoutForms(schema: Schema): Schema {
  const properties = Object.entries(schema.properties as Record<string, Schema>).map(([name, property]) => {
    const { format, ...rest } = property;
    const bounded = Object.keys(rest).some((key) => key.startsWith('format'));
    return [name, /^iso-/.test(String(format)) && !bounded ? rest : property];
  });
  return { ...schema, properties: Object.fromEntries(properties) as Schema };
}

const refused = (rule: string, path: string, message: string): Verdict => ({
  valid: false,
  rule,
  path,
  message,
});

/** The order of two times that are formatted well. */
const compareTimes = (read: (text: string) => Instant | undefined) => (a: string, b: string) =>
  compareInstants(read(a) as Instant, read(b) as Instant);

/** A bound of a timestamp may be a date. */
const boundOf = (text: string) => startOfDate(text) ?? readInstant(text);

/** Asks of each member what its column can hold; undefined when all fit. */
function compileFits(
  contract: Contract,
): (data: Readonly<Record<string, unknown>>, text: string, arrivedAtMs: number) => Verdict | undefined {
  const names = contract.columns.map((column) => column.name);
  const find = memberFinder(names);
  const fits = contract.columns.map((column) => compileFit(column, contract));
  return (data, text, arrivedAtMs) => {
    const { starts, ends, doubled } = find(text);
    if (doubled >= 0) {
      const path = pointer(names[doubled] as string);
      return refused('duplicate', path, `${path} is there twice: Athena reads the first, others the last`);
    }
    for (let place = 0; place < names.length; place++) {
      const misfitOf = fits[place];
      const start = starts[place] as number;
      if (!misfitOf || start < 0) continue;
      const name = names[place] as string;
      const value = data[name];
      if (value === null) continue;
      const raw = text.slice(start, ends[place]);
      const misfit = misfitOf(raw, value, arrivedAtMs);
      if (!misfit) continue;
      const path = pointer(name) + misfit.path;
      return refused(misfit.rule, path, `${path} is ${cut(raw)}; it ${misfit.must}`);
    }
    return undefined;
  };
}

const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const cut = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

const shown = (value: unknown) => cut(JSON.stringify(value) ?? String(value));

function explain(error: ErrorObject): Verdict {
  const rule = error.keyword.replace(/^formatExclusiveM/, 'exclusiveM').replace(/^formatM/, 'm');
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty);
    const path = error.instancePath + pointer(missing);
    return refused(rule, path, `${path} is missing`);
  }
  const allowed =
    error.keyword === 'enum'
      ? `must be one of ${shown(error.params.allowedValues)}`
      : (error.message ?? `breaks ${rule}`);
  const path = error.instancePath;
  return refused(rule, path, `${path || 'data'} is ${shown(error.data)}; it ${allowed}`);
}
