/** Problems of a YAML file with their places: what JSON Schema finds, and what is reported by path. */
import { Ajv, type ErrorObject, type SchemaObject } from 'ajv';
import { type Document, isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Problem } from '../contract/problem.ts';

/** Where in a document: keys and indexes from its root. */
export type YamlPlace = readonly (string | number)[];
export type Report = (place: YamlPlace, message: string) => void;

export interface OpenedYaml {
  /** Undefined when the text is not YAML; that is in `problems` then. */
  readonly document: Document.Parsed | undefined;
  /** Adds a problem at the place, or at its nearest parent that exists. */
  readonly report: Report;
}

export function openYaml(file: string, text: string, problems: Problem[]): OpenedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const add = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ file, line, column: col, message });
  };
  for (const error of document.errors) add(error.pos[0], error.message.split('\n')[0] ?? '');
  const report: Report = (place, message) => {
    let node: Node | null = document.contents;
    for (const step of place) {
      const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
      if (!next || typeof next !== 'object') break;
      node = next as Node;
    }
    add(node?.range?.[0] ?? 0, message);
  };
  return { document: document.errors.length === 0 ? document : undefined, report };
}

export interface Fault {
  readonly place: YamlPlace;
  readonly message: string;
}

const ajv = new Ajv({ useDefaults: true, allErrors: true, allowUnionTypes: true, verbose: true });

/** What does not fit the schema; members that are missing get the schema's defaults, in place. */
export function faultsOf(schema: SchemaObject, value: unknown): Fault[] {
  if (ajv.validate(schema, value)) return [];
  const errors = ajv.errors ?? [];
  return errors
    .filter(
      (error) =>
        error.keyword !== 'oneOf' ||
        !errors.some((other) => other.schemaPath.startsWith(`${error.schemaPath}/`)),
    )
    .map((error) => ({ place: placeOf(error), message: wordsOf(error) }));
}

const partsOf = ({ instancePath }: ErrorObject) => instancePath.split('/').slice(1);

const placeOf = (error: ErrorObject) =>
  partsOf(error).map((part) => (/^\d+$/.test(part) ? Number(part) : part));

function wordsOf(error: ErrorObject): string {
  const where = partsOf(error).join('.') || 'the file';
  const { data, parentSchema } = error as { data?: unknown; parentSchema?: { description?: string } };
  switch (error.keyword) {
    case 'additionalProperties':
      return `${where}: '${(error.params as { additionalProperty: string }).additionalProperty}' is not known here; allowed are ${Object.keys((error.parentSchema as SchemaObject).properties as object).join(', ')}`;
    case 'enum':
      return `${where} is ${JSON.stringify(data)}; allowed are ${(error.params as { allowedValues: unknown[] }).allowedValues.join(', ')}`;
    case 'required':
      return `${where}: '${(error.params as { missingProperty: string }).missingProperty}' is missing`;
    default:
      return parentSchema?.description
        ? `${where} is ${JSON.stringify(data)}; it must be ${parentSchema.description}`
        : `${where}: ${error.message}`;
  }
}
