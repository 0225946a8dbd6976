/** In-process notices between services: a stream got records, an object was created, a query ended. */
import { inBackground } from './background.ts';
import type { CloudEvents } from './service.ts';

/** A listener that fails is logged: whoever sends the notice has done its own work already. */
export function createNotices(log: (message: string) => void): CloudEvents {
  const listeners = new Map<string, Set<(detail: unknown) => void>>();
  return {
    emit(topic, detail) {
      for (const listener of listeners.get(topic) ?? [])
        void inBackground(log, `A listener to ${topic}`, () => listener(detail));
    },
    on(topic, listener) {
      const ofTopic = listeners.get(topic) ?? new Set();
      listeners.set(topic, ofTopic.add(listener));
      return () => ofTopic.delete(listener);
    },
  };
}
