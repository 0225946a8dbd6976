/** The shape of a `live/*.yaml` file as JSON Schema; what it names is checked by `parse.ts`. */
import { functions } from './design.ts';

const name = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_]*$',
  description: 'lower case letters, digits and _, with a letter first',
} as const;
const text = { type: 'string', minLength: 1 } as const;
const duration = {
  type: 'string',
  pattern: '^[1-9][0-9]*(s|m|h|d)$',
  description: 'a whole number with s, m, h or d after it, e.g. 90s',
} as const;
const values = {
  type: 'array',
  minItems: 1,
  items: { type: ['string', 'number', 'boolean', 'null'] },
} as const;

const where = {
  type: 'array',
  default: [],
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['column'],
    properties: { column: text, in: values, notIn: values },
  },
} as const;

const measure = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'function'],
  properties: {
    name,
    unit: text,
    function: { enum: functions },
    column: text,
    times: text,
    decimals: { type: 'integer', minimum: 0, maximum: 18 },
    where,
    of: name,
    over: name,
    digits: { type: 'integer', minimum: 0, maximum: 18 },
  },
} as const;

export const liveSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['title', 'source', 'window', 'measures'],
  properties: {
    title: text,
    description: text,
    source: text,
    where,
    key: { type: 'array', items: text, default: [] },
    window: {
      type: 'object',
      additionalProperties: false,
      required: ['size'],
      properties: { size: duration, every: duration },
    },
    time: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        by: { enum: ['arrival', 'event'], default: 'arrival' },
        lateness: { ...duration, pattern: '^(0|[1-9][0-9]*)(s|m|h|d)$' },
        column: text,
        date: text,
        milliseconds: text,
        zone: text,
      },
    },
    keep: { ...duration, default: '3d' },
    measures: { type: 'array', minItems: 1, items: measure },
    compare: {
      type: 'object',
      additionalProperties: false,
      required: ['query'],
      properties: { query: text, reasons: { type: 'object', default: {}, additionalProperties: text } },
    },
  },
} as const;
