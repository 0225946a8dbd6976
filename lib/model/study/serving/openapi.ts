/** OpenAPI 3.1 paths of what a study serves: declared queries with the columns of their rows, live windows, tables and SQL. */
import type { Contract } from '../../contract/contract.ts';
import type { LiveView } from '../../live/design.ts';
import { readQuery } from '../../sql/query.ts';
import type { Study } from '../study.ts';
import type { Endpoint, Parameter, ParameterType } from './design.ts';
import { MAX_PAGE_SIZE } from './queryRequest.ts';

type Schema = Record<string, unknown>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text = (description: string, extra: Schema = {}): Schema => ({ type: 'string', description, ...extra });
const json = (schema: Schema) => ({ 'application/json': { schema } });
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref('ProblemDetails') } },
});

const parameterSchemas: Readonly<Record<ParameterType, Schema>> = {
  string: { type: 'string', maxLength: 1000 },
  integer: { type: 'integer', format: 'int64' },
  decimal: { type: 'number' },
  date: { type: 'string', format: 'date' },
  timestamp: { type: 'string', format: 'date-time' },
  boolean: { type: 'boolean' },
};

/** An example as JSON of the parameter's type. */
const exampleOf = ({ type, example }: Parameter): unknown =>
  type === 'integer' || type === 'decimal'
    ? Number(example)
    : type === 'boolean'
      ? example === 'true'
      : example;

const parameterOf = (parameter: Parameter): Schema => ({
  name: parameter.name,
  in: 'query',
  required: parameter.required,
  description: parameter.description,
  schema: parameterSchemas[parameter.type],
  ...(parameter.example !== undefined && { example: exampleOf(parameter) }),
});

const pageSize = (size: number): Schema => ({
  name: 'pageSize',
  in: 'query',
  description: 'Rows of a page',
  schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: size },
});
const cursor: Schema = {
  name: 'cursor',
  in: 'query',
  description: 'What the previous page gave as `next`, with the same parameters',
  schema: { type: 'string' },
};
const pathId: Schema = {
  name: 'id',
  in: 'path',
  required: true,
  description: "The statement's id",
  schema: { type: 'string', format: 'uuid' },
};

const run: Schema = {
  run: text('Run whose tables the answer shows', { examples: ['20261121t093000-1a2b3c4d'] }),
  asOf: text('The answer shows what had arrived by then', { format: 'date-time' }),
  approximate: {
    type: 'boolean',
    description: 'True for what the hot path counted before a run has accounted for it',
  },
};

const next: Schema = {
  type: ['string', 'null'],
  description: 'Cursor of the next page; null after the last one',
};
const columns: Schema = { type: 'array', items: ref('ResultColumn') };

const object = (properties: Schema, required = Object.keys(properties)): Schema => ({
  type: 'object',
  required,
  properties,
});

const jsonTypes: readonly (readonly [pattern: RegExp, schema: Schema])[] = [
  [/^(tinyint|smallint|int|integer|bigint)$/, { type: ['integer', 'null'] }],
  [/^(decimal|double|float|real)/, { type: ['number', 'null'] }],
  [/^boolean$/, { type: ['boolean', 'null'] }],
  [/^date$/, { type: ['string', 'null'], format: 'date' }],
];

const cellOf = ({ type, description }: Contract['columns'][number]): Schema => ({
  ...(jsonTypes.find(([pattern]) => pattern.test(type))?.[1] ?? { type: ['string', 'null'] }),
  ...(description && { description }),
});

/** Rows of an endpoint: a table's columns have their declared types; a question's types are Athena's to say. */
function rowSchema(study: Study, { rows }: Endpoint): Schema {
  if ('query' in rows) {
    const { sql } = study.queries.find(({ name }) => name === rows.query)!;
    const names = readQuery(sql).projection.flatMap(({ name }) => name ?? []);
    return object(Object.fromEntries(names.map((name) => [name, {}])));
  }
  const [layer, table] = rows.table.split('.');
  const { contract } = study.models.find((model) => model.layer === layer && model.table === table)!;
  return object(Object.fromEntries(contract.columns.map((column) => [column.name, cellOf(column)])));
}

const queryPath = (study: Study, endpoint: Endpoint): Schema => ({
  get: {
    tags: ['Answers'],
    summary: endpoint.title,
    operationId: `query_${endpoint.name}`,
    parameters: [...endpoint.parameters.map(parameterOf), pageSize(endpoint.pageSize), cursor],
    responses: {
      200: {
        description: `A page of rows, of a run that may be ${endpoint.freshnessSeconds} seconds old before it is out of date`,
        headers: {
          ETag: {
            description: 'Changes with the run; send it as If-None-Match',
            schema: { type: 'string' },
          },
        },
        content: json(
          object({
            study: { const: study.name },
            query: { const: endpoint.name },
            ...run,
            columns,
            rows: { type: 'array', items: rowSchema(study, endpoint) },
            next,
            statement: ref('StatementCost'),
          }),
        ),
      },
      304: { description: 'No run has published since the answer with this ETag' },
      400: problem('A parameter is wrong, or the cursor belongs to another query'),
      409: problem('No run has published yet'),
      422: problem('Athena could not answer, or the page is too large'),
      503: problem('Athena is still running the query: send the same request again'),
    },
  },
});

const get = (
  operationId: string,
  summary: string,
  schema: Schema,
  problems: Schema,
  parameters: readonly Schema[] = [],
  tag = 'Answers',
): Schema => ({
  tags: [tag],
  summary,
  operationId,
  ...(parameters.length > 0 && { parameters }),
  responses: { 200: { description: 'The answer', content: json(schema) }, ...problems },
});

const sqlPaths = (base: string): Record<string, Schema> => ({
  [`${base}/sql`]: {
    post: {
      tags: ['SQL'],
      summary: 'Start a query of your own: one SELECT over the tables of the study',
      operationId: 'startSql',
      requestBody: {
        required: true,
        content: json(object({ sql: text('One statement that begins with SELECT or WITH') })),
      },
      responses: {
        202: {
          description: 'It is started',
          headers: { Location: { description: 'Where its state is', schema: { type: 'string' } } },
          content: json(ref('Statement')),
        },
        400: problem('It is not one query of the study’s tables; `at` is the place of the fault'),
        409: problem('No run has published yet'),
        413: problem('The statement is too long'),
      },
    },
  },
  [`${base}/sql/{id}`]: {
    parameters: [pathId],
    get: get(
      'sqlState',
      'State of a statement',
      ref('Statement'),
      { 404: problem('No such statement') },
      [],
      'SQL',
    ),
    delete: {
      tags: ['SQL'],
      summary: 'Cancel a statement; one that has ended stays as it is',
      operationId: 'cancelSql',
      responses: { 204: { description: 'Cancelled' }, 404: problem('No such statement') },
    },
  },
  [`${base}/sql/{id}/rows`]: {
    parameters: [pathId],
    get: get(
      'sqlRows',
      'Rows of a statement that has succeeded',
      object({
        study: { type: 'string' },
        id: { type: 'string' },
        ...run,
        columns,
        rows: { type: 'array', items: { type: 'object' } },
        next,
      }),
      {
        400: problem('The page size is wrong, or the cursor belongs to another statement'),
        404: problem('No such statement'),
        409: problem('It has not finished'),
        422: problem('It failed, was cancelled, or the page is too large'),
      },
      [pageSize(MAX_PAGE_SIZE), cursor],
      'SQL',
    ),
  },
});

export function servingPaths(study: Study, base: string): Record<string, Schema> {
  return {
    [`${base}/health`]: {
      get: get(
        'health',
        'The last run, its age and whether its books balance',
        object({ study: { type: 'string' }, status: { enum: ['pass', 'warn'] }, ...run }, [
          'study',
          'status',
        ]),
        { 403: { description: 'The request is not signed' } },
      ),
    },
    [`${base}/tables`]: {
      get: get(
        'listTables',
        'Tables that the study declares, with the meaning of every column',
        object({ study: { type: 'string' }, ...run, tables: { type: 'array', items: { type: 'object' } } }, [
          'study',
          'tables',
        ]),
        { 403: { description: 'The request is not signed' } },
      ),
    },
    [`${base}/queries`]: {
      get: get(
        'listQueries',
        'Queries that can be asked, with their parameters',
        object({ study: { type: 'string' }, ...run, queries: { type: 'array', items: { type: 'object' } } }, [
          'study',
          'queries',
        ]),
        { 403: { description: 'The request is not signed' } },
      ),
    },
    ...Object.fromEntries(
      study.serving.endpoints.map((endpoint) => [
        `${base}/queries/${endpoint.name}`,
        queryPath(study, endpoint),
      ]),
    ),
    ...Object.fromEntries(study.live.map((view) => [`${base}/live/${view.name}`, livePath(view)])),
    ...sqlPaths(base),
    [`${base}/openapi.json`]: {
      get: get(
        'openApi',
        'This description',
        { type: 'object' },
        {
          403: { description: 'The request is not signed' },
        },
      ),
    },
  };
}

export const servingSchemas: Record<string, Schema> = {
  ResultColumn: object({ name: text('Name'), type: text("Athena's type") }),
  StatementCost: object({
    id: text("Id of the execution in Athena's workgroup"),
    milliseconds: { type: 'integer' },
    scannedBytes: { type: 'integer', description: 'Bytes that Athena bills' },
  }),
  Statement: object(
    {
      study: { type: 'string' },
      id: text("The statement's id", { format: 'uuid' }),
      state: { enum: ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] },
      sql: { type: 'string' },
      ...run,
      submittedAt: { type: 'string', format: 'date-time' },
      milliseconds: { type: 'integer' },
      scannedBytes: { type: 'integer' },
      reason: text('Why it failed'),
      rows: text('Path of its rows, once it has succeeded'),
    },
    [
      'study',
      'id',
      'state',
      'sql',
      'run',
      'asOf',
      'approximate',
      'submittedAt',
      'milliseconds',
      'scannedBytes',
    ],
  ),
  ProblemDetails: object(
    {
      type: text('What kind of problem', { format: 'uri' }),
      title: text('The kind in words'),
      status: { type: 'integer' },
      detail: text('What was wrong, the value, what is allowed'),
      errors: {
        type: 'array',
        items: object({ name: { type: 'string' }, value: { type: 'string' }, detail: { type: 'string' } }, [
          'name',
          'detail',
        ]),
      },
      at: object({ line: { type: 'integer' }, column: { type: 'integer' } }),
    },
    ['type', 'title', 'status', 'detail'],
  ),
};

/** A path of its own for each view: its key's columns are its parameters. */
const livePath = (view: LiveView): Schema => ({
  get: get(
    `live_${view.name}`,
    `${view.title}: the newest windows, about a second behind the stream`,
    object({
      study: { type: 'string' },
      view: { const: view.name },
      asOf: run.asOf,
      approximate: { const: true },
      windows: {
        type: 'array',
        items: object({
          start: { type: 'string', format: 'date-time' },
          end: { type: 'string', format: 'date-time' },
          closed: { type: 'boolean' },
          keys: { type: 'integer', description: 'Keys in the window' },
          rows: {
            type: 'array',
            items: object({
              key: object(Object.fromEntries(view.key.map(({ name }) => [name, {}]))),
              values: object(
                Object.fromEntries(
                  view.measures.map(({ name }) => [name, { type: ['number', 'string', 'null'] }]),
                ),
              ),
              events: { type: 'integer' },
              late: { type: 'integer' },
              arrivedMs: { type: 'integer' },
            }),
          },
        }),
      },
      events: { type: 'integer' },
      late: { type: 'integer' },
      refused: { type: 'integer' },
      leftOut: { type: 'integer' },
    }),
    { 400: problem('A parameter is wrong') },
    [
      {
        name: 'windows',
        in: 'query',
        description: 'Newest windows',
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 1 },
      },
      {
        name: 'top',
        in: 'query',
        description: 'Rows of a window, the greatest of the first measure',
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
      },
      ...view.key.map(({ name }) => ({
        name,
        in: 'query',
        description: `Only rows with this ${name}`,
        schema: { type: 'string' },
      })),
    ],
  ),
});
