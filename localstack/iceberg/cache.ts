/** A bounded memory of what was read from immutable files, least recently used first out. */

export interface Cache<V> {
  /** The value of a key, loaded once however many ask for it at once; a failed load is forgotten. */
  get(key: string, load: () => Promise<V>): Promise<V>;
  peek(key: string): Promise<V> | undefined;
  set(key: string, value: V): void;
}

export function createCache<V>(capacity: number): Cache<V> {
  const kept = new Map<string, Promise<V>>();
  const keep = (key: string, value: Promise<V>) => {
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > capacity) kept.delete(kept.keys().next().value!);
    return value;
  };
  return {
    get(key, load) {
      const known = kept.get(key);
      if (known) return keep(key, known);
      const loading = load();
      keep(key, loading);
      loading.catch(() => {
        if (kept.get(key) === loading) kept.delete(key);
      });
      return loading;
    },
    peek: (key) => kept.get(key),
    set: (key, value) => {
      keep(key, Promise.resolve(value));
    },
  };
}
