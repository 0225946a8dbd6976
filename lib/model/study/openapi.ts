/** OpenAPI 3.1 description of a study's HTTP API, derived from its contracts and its OLTP design. */

import type { Contract } from '../contract/contract.ts';
import { payloadSchema } from '../contract/payloadSchema.ts';
import type { AccessPattern, OltpDesign, Transaction } from './oltp/design.ts';
import { servingPaths, servingSchemas } from './serving/openapi.ts';
import type { Study } from './study.ts';

type Schema = Record<string, unknown>;

const text = (description: string, extra: Schema = {}): Schema => ({ type: 'string', description, ...extra });

/** JSON Schema knows `date` and `date-time`; our own checks are named otherwise in ajv. */
function published(schema: Schema): Schema {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"iso-date"', '"date"').replaceAll('"iso-timestamp"', '"date-time"'),
  ) as Schema;
}

const eventSchema = (contract: Contract): Schema => ({
  type: 'object',
  description: `${contract.purpose} ${contract.grain}`.trim(),
  required: ['specversion', 'id', 'source', 'type', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: text('Identity of the event within its source; the same pair again is a duplicate', { minLength: 1 }),
    source: text('Who sends it', { minLength: 1 }),
    type: { const: contract.eventType },
    subject: text('What it is about; the partition key if the contract names no other'),
    time: text('When it happened', { format: 'date-time' }),
    datacontenttype: text('application/json'),
    dataschema: text('URI of the payload’s schema'),
    data: published(payloadSchema(contract)),
  },
});

const json = (schema: Schema) => ({ 'application/json': { schema } });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const eventResult: Schema = {
  type: 'object',
  description: 'Fate of one event, in the order of the request',
  required: ['status'],
  properties: {
    status: { type: 'integer', description: '200 stored, 400 refused, 503 not stored: send it again' },
    shard: text('Shard that stored it'),
    sequenceNumber: text('Sequence number in the shard'),
    rule: text('Rule that it broke'),
    path: text('JSON pointer to where it broke'),
    message: text('What was wrong and what is allowed'),
  },
};

const answer: Schema = {
  type: 'object',
  required: ['accepted', 'results'],
  properties: {
    accepted: { type: 'integer', description: 'Events that are stored' },
    results: { type: 'array', items: ref('EventResult') },
  },
};

const problem: Schema = {
  type: 'object',
  required: ['message'],
  properties: { message: text('What was wrong'), path: text('JSON pointer into the request') },
};

function eventsPath(contracts: readonly Contract[]): Schema {
  const event = { oneOf: contracts.map((contract) => ref(`${contract.name}Event`)) };
  const statuses = {
    200: 'Every event is stored',
    207: 'Some are stored; each result says which',
    400: 'None was accepted',
    503: 'None could be stored: send them again',
  };
  return {
    post: {
      tags: ['Events'],
      summary: 'Send events: one, an array, or one per line',
      operationId: 'sendEvents',
      requestBody: {
        required: true,
        content: {
          ...json({ oneOf: [event, { type: 'array', items: event }] }),
          'application/x-ndjson': { schema: { type: 'string' } },
        },
      },
      responses: Object.fromEntries(
        Object.entries(statuses).map(([status, description]) => [
          status,
          { description, content: json(ref('Answer')) },
        ]),
      ),
    },
  };
}

const transactionPath = (name: string, transaction: Transaction): Schema => ({
  post: {
    tags: ['Transactions'],
    summary: transaction.description,
    operationId: name,
    requestBody: { required: true, content: json(transaction.input) },
    responses: {
      200: { description: 'Done, or done before with the same token', content: json({ type: 'object' }) },
      400: { description: 'The input is wrong', content: json(ref('Problem')) },
      409: { description: 'A condition did not hold; nothing was changed', content: json(ref('Problem')) },
      503: {
        description: 'Not done because capacity is missing or by conflict: send it again',
        content: json(ref('Problem')),
      },
    },
  },
});

const accessPath = (name: string, pattern: AccessPattern): Schema => ({
  get: {
    tags: ['Transactions'],
    summary: pattern.description,
    operationId: name,
    parameters: pattern.parameters.map((parameter) => ({
      name: parameter,
      in: 'query',
      required: true,
      schema: { type: 'string' },
    })),
    responses: {
      200: { description: 'Items in the order of their sort key', content: json({ type: 'object' }) },
      400: { description: 'A parameter is missing', content: json(ref('Problem')) },
    },
  },
});

const oltpPaths = (base: string, design: OltpDesign): [string, Schema][] => [
  ...Object.entries(design.transactions).map(([name, transaction]): [string, Schema] => [
    `${base}/transactions/${name}`,
    transactionPath(name, transaction),
  ]),
  ...Object.entries(design.access).map(([name, pattern]): [string, Schema] => [
    `${base}/access/${name}`,
    accessPath(name, pattern),
  ]),
];

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html */
const sigV4: Schema = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'AWS Signature Version 4 of the service execute-api; the caller needs execute-api:Invoke',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

/** The description as a plain object, ready to be sent as JSON. */
export function openApi(study: Study): Schema {
  const contracts = study.sources.filter((source) => source.eventType);
  const base = `/studies/${study.name}`;
  return {
    openapi: '3.1.0',
    info: {
      title: `${study.title}: events in, orders and answers out`,
      description: study.description,
      version: '1.0.0',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '../..', description: 'The API that this description comes from' }],
    security: [{ sigV4: [] }],
    tags: [
      { name: 'Events', description: 'Events in, judged by their contracts' },
      ...(study.oltp
        ? [{ name: 'Transactions', description: 'Declared transactions and access patterns' }]
        : []),
      { name: 'Answers', description: 'What runs have published, and what the hot path counts' },
      { name: 'SQL', description: 'Queries of your own, asynchronously; nothing is written' },
    ],
    paths: {
      [`${base}/events`]: eventsPath(contracts),
      ...Object.fromEntries(study.oltp ? oltpPaths(base, study.oltp) : []),
      ...servingPaths(study, base),
    },
    components: {
      securitySchemes: { sigV4 },
      schemas: {
        ...Object.fromEntries(contracts.map((contract) => [`${contract.name}Event`, eventSchema(contract)])),
        EventResult: eventResult,
        Answer: answer,
        ...(study.oltp && { Problem: problem }),
        ...servingSchemas,
      },
    },
  };
}
