/** Event source mappings are created, described, changed and deleted. */
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import { mappingConfiguration } from '../describe.ts';
import { functionName, type MappingSettings, mappingRecord } from '../settings.ts';
import type { Lambda } from '../state.ts';
import { invalidMarker, type Paging } from './functions.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
const MOST_MAPPINGS = 100;

interface ListInput extends Paging {
  readonly FunctionName?: string;
  readonly EventSourceArn?: string;
}

function list({ context, store }: Lambda, input: ListInput) {
  const { FunctionName, EventSourceArn, Marker, MaxItems = MOST_MAPPINGS } = input;
  const found = store
    .mappings()
    .filter((mapping) => !FunctionName || mapping.functionName === functionName(FunctionName))
    .filter((mapping) => !EventSourceArn || mapping.sourceArn === EventSourceArn);
  const { items, next } = pageOf(found, {
    keyOf: ({ uuid }) => uuid,
    limit: Math.min(MaxItems, MOST_MAPPINGS),
    token: Marker,
    invalidToken: invalidMarker,
  });
  return {
    EventSourceMappings: items.map((mapping) => mappingConfiguration(context, mapping)),
    NextMarker: next,
  };
}

export const mappingActions = (lambda: Lambda): Record<string, Action> => {
  const { context, functions, mappings } = lambda;
  return {
    async CreateEventSourceMapping(input: MappingSettings) {
      return mappingConfiguration(context, await functions.createMapping(input), 'Creating');
    },
    GetEventSourceMapping: ({ UUID }: { UUID: string }) =>
      mappingConfiguration(context, functions.requireMapping(UUID)),
    ListEventSourceMappings: (input: ListInput) => list(lambda, input),
    async UpdateEventSourceMapping(input: MappingSettings & { UUID: string }) {
      const changed = mappingRecord(context, input, functions.requireMapping(input.UUID));
      await functions.saveMapping(changed);
      return mappingConfiguration(context, changed, 'Updating');
    },
    async DeleteEventSourceMapping({ UUID }: { UUID: string }) {
      const mapping = functions.requireMapping(UUID);
      await mappings.end(UUID);
      return mappingConfiguration(context, mapping, 'Deleting');
    },
  };
};
