/** The shape of a `serving/*.yaml` file as JSON Schema; what it names is checked by `parse.ts`. */
import { marks, parameterTypes } from './design.ts';

const name = { type: 'string', pattern: '^[a-z][a-z0-9_]*$' } as const;
const text = { type: 'string', minLength: 1 } as const;
const rows = {
  query: name,
  table: { type: 'string', pattern: '^(silver|gold|marts)\\.[a-z][a-z0-9_]*$' },
} as const;
const oneSource = { oneOf: [{ required: ['query'] }, { required: ['table'] }] } as const;
const encoding = {
  type: 'object',
  additionalProperties: false,
  required: ['column'],
  properties: { column: name, title: text, unit: text },
} as const;

const endpoint = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'title'],
  ...oneSource,
  properties: {
    name,
    title: text,
    ...rows,
    pageSize: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    freshness: { type: 'string', pattern: '^[1-9][0-9]*(s|m|h|d)$', default: '1h' },
    parameters: {
      type: 'array',
      default: [],
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'type', 'description'],
        properties: {
          name,
          type: { enum: parameterTypes },
          description: text,
          column: name,
          operator: { enum: ['=', '>=', '<=', '>', '<'], default: '=' },
          required: { type: 'boolean', default: false },
          example: { type: ['string', 'number', 'boolean'] },
        },
      },
    },
  },
} as const;

const chart = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'title', 'mark', 'x', 'y'],
  ...oneSource,
  properties: {
    name,
    title: text,
    ...rows,
    mark: { enum: marks },
    x: encoding,
    y: { type: 'array', minItems: 1, maxItems: 6, items: encoding },
    by: encoding,
    series: name,
    highlight: { enum: ['max', 'min', 'extremes', 'last'] },
    note: text,
    live: name,
  },
} as const;

const figure = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'label', 'column', 'source'],
  ...oneSource,
  properties: {
    name,
    label: text,
    ...rows,
    column: name,
    unit: text,
    percent: { type: 'boolean', default: false },
    source: rows.table,
  },
} as const;

const dashboard = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'title', 'charts'],
  properties: {
    name,
    title: text,
    description: text,
    figures: { type: 'array', items: name, default: [] },
    charts: { type: 'array', items: name, minItems: 1 },
  },
} as const;

const home = {
  type: 'object',
  additionalProperties: false,
  required: ['figures'],
  properties: { figures: { type: 'array', items: name, maxItems: 5 }, chart: name },
} as const;

export const servingSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    endpoints: { type: 'array', items: endpoint, default: [] },
    charts: { type: 'array', items: chart, default: [] },
    figures: { type: 'array', items: figure, default: [] },
    dashboards: { type: 'array', items: dashboard, default: [] },
    home,
  },
} as const;
