/** Names of bronze objects as a person reads them; any other key stays as it is. */

/** `…/stream=<stream>/dt=…/hour=…/<shard>-<first>-<last>.ndjson.gz`; of a landed file the shard is its digest. */
const BRONZE = /\/stream=([^/]+)\/dt=[^/]+\/hour=[^/]+\/(.+)-(\d+)-(\d+)\.ndjson\.gz$/;

const DIGITS = 6;

/** `events, …000001 to …005815` of a shard, `landing 1d31fe, rows 1 to 9` of a landed file; undefined for other keys. */
export function bronzeName(key: string): string | undefined {
  const [, stream, shard, first, last] = BRONZE.exec(key) ?? [];
  if (stream === undefined) return undefined;
  if (stream === 'landing')
    return `${stream} ${shard!.slice(0, DIGITS)}, rows ${Number(first)} to ${Number(last)}`;
  return `${stream}, …${first!.slice(-DIGITS)} to …${last!.slice(-DIGITS)}`;
}
