/** In-process notices between services: a stream got records, an object was created, a query ended. */
import type { CloudEvents } from './service.ts';

export function createNotices(): CloudEvents {
  const listeners = new Map<string, Set<(detail: unknown) => void>>();
  return {
    emit(topic, detail) {
      for (const listener of listeners.get(topic) ?? []) listener(detail);
    },
    on(topic, listener) {
      const ofTopic = listeners.get(topic) ?? new Set();
      listeners.set(topic, ofTopic.add(listener));
      return () => ofTopic.delete(listener);
    },
  };
}
