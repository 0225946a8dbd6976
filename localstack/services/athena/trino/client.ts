/** Follows a statement through Trino's client protocol, page by page, and takes it back when nobody wants it any more. */
import { setTimeout as pause } from 'node:timers/promises';
import { TrinoError, TrinoLostError } from './errors.ts';
import { parseExactly, parseInOrder } from './json.ts';

/** A type as the protocol spells it out: `{rawType: 'decimal', arguments: [{kind: 'LONG', value: 38}, …]}`. */
export interface TypeSignature {
  readonly rawType: string;
  readonly arguments: readonly TypeArgument[];
}

export type TypeArgument =
  | { readonly kind: 'LONG'; readonly value: number | string }
  | { readonly kind: 'TYPE'; readonly value: TypeSignature }
  | {
      readonly kind: 'NAMED_TYPE';
      readonly value: {
        readonly fieldName?: { readonly name: string } | null;
        readonly typeSignature: TypeSignature;
      };
    }
  | { readonly kind: 'VARIABLE'; readonly value: string };

export interface TrinoColumn {
  readonly name: string;
  /** Trino's own text, e.g. `decimal(38,2)`, `array(row("a" bigint))`. */
  readonly type: string;
  readonly typeSignature: TypeSignature;
}

export interface TrinoSession {
  /** @default headwaters */
  readonly user?: string;
  readonly catalog?: string;
  readonly schema?: string;
  /** Session properties, e.g. `{'iceberg.compression_codec': 'GZIP'}`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** What one answer of the server tells; a statement without rows has pages as well. */
export interface TrinoPage {
  /** Known from the first page of the answer on; absent while the statement is planned. */
  readonly columns?: readonly TrinoColumn[];
  /**
   * JSON values as the protocol sends them: integers beyond 2^53 as text, and a map as a `Map` where a column holds
   * any.
   */
  readonly rows: readonly (readonly unknown[])[];
  /** Nothing can be taken back any more: what the statement writes is written. */
  readonly isFinished: boolean;
  /** Bytes read from files up to now. */
  readonly scannedBytes: number;
  /** `INSERT`, `CREATE TABLE`, `MERGE`, …; absent for a query. */
  readonly updateType?: string;
  /** Rows that the statement wrote. */
  readonly updateCount?: number;
}

interface Answer {
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly unknown[])[];
  readonly updateType?: string;
  readonly updateCount?: number | string;
  readonly stats: { readonly state: string; readonly physicalInputBytes?: number | string };
  readonly error?: {
    readonly message: string;
    readonly errorName: string;
    readonly errorType: string;
    readonly errorLocation?: { readonly lineNumber: number; readonly columnNumber: number };
  };
}

/** `PARAMETRIC_DATETIME` keeps the precision of timestamps, which the protocol's first version cut to milliseconds. */
function headersOf(session: TrinoSession): Record<string, string> {
  const properties = Object.entries(session.properties ?? {});
  return {
    'X-Trino-User': session.user ?? 'headwaters',
    'X-Trino-Time-Zone': 'UTC',
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
    ...(session.catalog && { 'X-Trino-Catalog': session.catalog }),
    ...(session.schema && { 'X-Trino-Schema': encodeURIComponent(session.schema) }),
    ...(properties.length > 0 && {
      'X-Trino-Session': properties.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join(','),
    }),
  };
}

async function request(url: string, init: RequestInit): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new TrinoLostError(`Trino does not answer at ${new URL(url).origin}.`, { cause });
  }
  if (!response.ok) throw new TrinoLostError(`Trino answered ${response.status}: ${text}`);
  return text;
}

const holdsMap = ({ rawType, arguments: all }: TypeSignature): boolean =>
  rawType === 'map' ||
  all.some(
    (argument) =>
      (argument.kind === 'TYPE' && holdsMap(argument.value)) ||
      (argument.kind === 'NAMED_TYPE' && holdsMap(argument.value.typeSignature)),
  );

function rowsOf(text: string, answer: Answer, columns: readonly TrinoColumn[]): Answer['data'] {
  if (!answer.data || !columns.some(({ typeSignature }) => holdsMap(typeSignature))) return answer.data;
  return (parseInOrder(text) as Map<string, unknown>).get('data') as Answer['data'];
}

function errorOf({ message, errorName, errorType, errorLocation }: NonNullable<Answer['error']>): TrinoError {
  return new TrinoError(
    message,
    errorName,
    errorType,
    errorLocation && { line: errorLocation.lineNumber, column: errorLocation.columnNumber },
  );
}

/**
 * A server that has just started can know itself as a worker for one catalog and not yet for another. Nothing of such a statement
 * has run, so it is sent again, every quarter of a second for ten seconds.
 */
const NO_NODES = 'NO_NODES_AVAILABLE';
const NODES_RETRY_MS = 250;
const NODES_RETRIES = 40;

/**
 * Runs one statement (https://trino.io/docs/476/develop/client-protocol.html). Whoever stops reading, or aborts
 * `signal`, cancels it on the server.
 * @throws TrinoError in Trino's own words, TrinoLostError, or the signal's reason
 */
export async function* pagesOf(
  url: string,
  sql: string,
  session: TrinoSession = {},
  signal?: AbortSignal,
): AsyncGenerator<TrinoPage, void, undefined> {
  const headers = headersOf(session);
  const init: RequestInit = { headers, ...(signal && { signal }) };
  let columns: readonly TrinoColumn[] | undefined;
  let nextUri: string | undefined;
  // Not to be aborted: only its answer tells what there is to cancel.
  const send = () => request(`${url}/v1/statement`, { headers, method: 'POST', body: sql });
  let text = await send();
  let hasRows = false;
  let retries = 0;
  try {
    for (;;) {
      const answer = parseExactly(text) as Answer;
      nextUri = answer.nextUri;
      signal?.throwIfAborted();
      if (answer.error) {
        nextUri = undefined;
        if (answer.error.errorName !== NO_NODES || hasRows || retries++ === NODES_RETRIES)
          throw errorOf(answer.error);
        await pause(NODES_RETRY_MS, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
        text = await send();
        continue;
      }
      columns ??= answer.columns;
      hasRows ||= (answer.data?.length ?? 0) > 0;
      yield {
        ...(columns && { columns }),
        rows: rowsOf(text, answer, columns ?? []) ?? [],
        isFinished: answer.stats.state === 'FINISHED',
        scannedBytes: Number(answer.stats.physicalInputBytes ?? 0),
        ...(answer.updateType && { updateType: answer.updateType }),
        ...(answer.updateCount !== undefined && { updateCount: Number(answer.updateCount) }),
      };
      if (!nextUri) return;
      text = await request(nextUri, init);
    }
  } finally {
    // A server that is gone has taken the statement with it, and whoever waits has its error already.
    if (nextUri) await fetch(nextUri, { method: 'DELETE', headers }).catch(() => undefined);
  }
}

export interface TrinoResult {
  readonly columns: { readonly name: string; readonly type: string }[];
  /** As in `TrinoPage`, with maps as plain objects. */
  readonly rows: unknown[][];
}

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  return value;
};

/** Runs one statement to its end and gives all its rows. */
export async function ask(url: string, sql: string, session: TrinoSession = {}): Promise<TrinoResult> {
  let columns: TrinoResult['columns'] = [];
  const rows: unknown[][] = [];
  for await (const page of pagesOf(url, sql, session)) {
    if (page.columns) columns = page.columns.map(({ name, type }) => ({ name, type }));
    for (const row of page.rows) rows.push(plain(row) as unknown[]);
  }
  return { columns, rows };
}
