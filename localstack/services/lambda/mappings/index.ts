/** The event source mappings of this cloud: which run, and how their settings are read and described. */
import { AwsError } from '../../../core/errors.ts';
import type { CloudContext } from '../../../core/service.ts';
import type { Destinations } from '../destinations.ts';
import type { Invoker } from '../invoker.ts';
import type { LambdaStore } from '../store.ts';
import type { MappingRecord } from '../types.ts';
import type { MappingStatus, RunningMapping } from './mapping.ts';
import { startQueueMapping } from './queueMapping.ts';
import { startStreamMapping } from './streamMapping.ts';

export interface Mappings {
  /** Starts, or restarts with new settings, what the store holds under this id. */
  restart(uuid: string): Promise<void>;
  /** Ends a mapping for good. */
  end(uuid: string): Promise<void>;
  status(): Promise<MappingStatus[]>;
  start(): void;
  stop(): Promise<void>;
}

export function createMappings(
  context: CloudContext,
  store: LambdaStore,
  invoker: Invoker,
  destinations: Destinations,
): Mappings {
  const running = new Map<string, RunningMapping>();

  function begin(mapping: MappingRecord) {
    const fn = store.fn(mapping.functionName);
    if (!mapping.enabled || !fn) return;
    let lastResult = mapping.lastProcessingResult;
    const parts = {
      context,
      store,
      destinations,
      fn: () => store.fn(mapping.functionName),
      async invoke(payload: Buffer) {
        const current = store.fn(mapping.functionName);
        if (!current)
          throw new AwsError('ResourceNotFoundException', `Function not found: ${fn.arn}`, { status: 404 });
        return invoker.invoke(current, payload);
      },
      result(text: string) {
        if (text === lastResult) return;
        lastResult = text;
        const kept = store.mapping(mapping.uuid);
        if (kept) store.saveMapping({ ...kept, lastProcessingResult: text });
      },
    };
    running.set(
      mapping.uuid,
      mapping.source === 'sqs' ? startQueueMapping(mapping, parts) : startStreamMapping(mapping, fn, parts),
    );
  }

  async function halt(uuid: string) {
    const mapping = running.get(uuid);
    running.delete(uuid);
    await mapping?.stop();
  }

  return {
    async restart(uuid) {
      await halt(uuid);
      const mapping = store.mapping(uuid);
      if (mapping) begin(mapping);
    },
    async end(uuid) {
      await halt(uuid);
      store.dropMapping(uuid);
    },
    status: () => Promise.all([...running.values()].map((mapping) => mapping.status())),
    start() {
      for (const mapping of store.mappings()) begin(mapping);
    },
    async stop() {
      await Promise.all([...running.keys()].map(halt));
    },
  };
}
