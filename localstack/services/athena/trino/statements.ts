/** Runs on Trino what Athena runs on Trino: queries, changes of rows, and the statements that hold a query. */
import { randomUUID } from 'node:crypto';
import { loadTable, setProperties } from '../../../iceberg/index.ts';
import type { Outline, Passage } from '../../../sql/index.ts';
import { isIceberg, OWN_CATALOG, type Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import type { Cell } from '../results/csv.ts';
import { asFolder, type Outcome, type Session, s3Location } from '../session.ts';
import { isNewTable } from '../statements/createTableAs.ts';
import { defaultLocation, requireEmpty } from '../statements/location.ts';
import { tableId } from '../statements/names.ts';
import { planShown } from '../statements/query.ts';
import { insertTarget } from '../statements/rowChanges.ts';
import { requireNothingUnloaded } from '../statements/unload.ts';
import { storeView } from '../statements/views.ts';
import type { TrinoColumn, TrinoPage, TrinoSession } from './client.ts';
import type { TrinoEngine } from './engine.ts';
import { TrinoError } from './errors.ts';
import { trinoFailure } from './failure.ts';
import { around, parsing, type Rewritten, standingFor, withParameters } from './rewritten.ts';
import { createHead, hiveFormat, quotedName, trinoCodec, trinoTable, valueSql } from './tables.ts';
import { protocolText, shownColumn } from './values.ts';

/** What runs on Trino as it is, or in other words; the rest is the workgroup's (PREPARE, EXECUTE). */
type Runnable = Exclude<Outline, { kind: 'prepare' | 'execute' }>;

export function runOnTrino(session: Session, trino: TrinoEngine, outline: Runnable): Promise<Outcome> {
  switch (outline.kind) {
    case 'query':
      return query(session, trino, outline);
    case 'insert':
    case 'merge':
    case 'update':
    case 'delete':
      return changeRows(session, trino, outline);
    case 'ctas':
      return createTableAs(session, trino, outline);
    case 'create-view':
      return createView(session, trino, outline);
    case 'unload':
      return unload(session, trino, outline);
    case 'explain':
      return explain(session, trino, outline);
  }
}

/** The user whose name `current_user` gives, as it does without Trino. */
const user = 'anonymous';
const noSignal = new AbortController().signal;

/**
 * Asks Trino's parser about the parts of a statement that are Trino's to read.
 * @throws QueryFailure SYNTAX_ERROR in Trino's words
 */
export async function checkSyntax(trino: TrinoEngine, outline: Outline): Promise<void> {
  const passage = passageOf(outline);
  if (!passage) return;
  const statement = parsing(passage);
  try {
    for await (const _page of trino.run(statement.sql, { user }, noSignal));
  } catch (error) {
    throw trinoFailure(error, statement.placeOf) ?? error;
  }
}

function passageOf(outline: Outline): Passage | undefined {
  switch (outline.kind) {
    case 'ctas':
    case 'create-view':
    case 'unload':
      return outline.query;
    case 'explain':
      return outline.statement && passageOf(outline.statement);
    case 'prepare':
    case 'execute':
      return undefined;
    default:
      return outline.whole;
  }
}

/** The pages of a statement, measured; errors come in Athena's form. */
async function* pages(
  session: Session,
  trino: TrinoEngine,
  statement: Rewritten,
  properties: TrinoSession['properties'] = {},
): AsyncGenerator<TrinoPage, void, undefined> {
  const { sql, placeOf } = withParameters(statement, session.parameters);
  const place = { user, catalog: session.contextCatalog, schema: session.database, properties };
  let counted = 0;
  try {
    for await (const page of trino.run(sql, place, session.signal)) {
      const more = page.scannedBytes - counted;
      counted = page.scannedBytes;
      // What a statement wrote stays written, however much it read.
      if (page.isFinished && page.updateType) session.progress.scanned(more);
      else session.progress.scan(more);
      if (page.columns) session.progress.planned();
      yield page;
    }
  } catch (error) {
    throw trinoFailure(error, placeOf) ?? error;
  }
}

/** Runs to the end a statement that gives no rows of interest; gives the rows it wrote. */
async function rowsWritten(...of: Parameters<typeof pages>): Promise<number> {
  let rows = 0;
  for await (const page of pages(...of)) rows = page.updateCount ?? rows;
  return rows;
}

/** A statement's columns, and its rows from then on. */
async function open(...of: Parameters<typeof pages>) {
  const all = pages(...of);
  let columns: readonly TrinoColumn[] | undefined;
  let first: TrinoPage['rows'] = [];
  while (!columns) {
    const { done, value } = await all.next();
    if (done) break;
    columns = value.columns;
    first = value.rows;
  }
  return {
    columns: columns ?? [],
    async *rows() {
      yield first;
      for await (const page of all) yield page.rows;
    },
  };
}

async function query(
  session: Session,
  trino: TrinoEngine,
  { whole }: Extract<Outline, { kind: 'query' }>,
): Promise<Outcome> {
  const { columns, rows } = await open(session, trino, around('', whole));
  const writers = columns.map(({ typeSignature }) => protocolText(typeSignature));
  const cellsOf = (row: readonly unknown[]): Cell[] =>
    row.map((value, index) => (value === null ? null : writers[index]!(value)));
  return {
    kind: 'query',
    columns: columns.map(shownColumn),
    rows: (async function* () {
      for await (const chunk of rows()) yield chunk.map(cellsOf);
    })(),
  };
}

async function changeRows(
  session: Session,
  trino: TrinoEngine,
  { kind, name, whole }: Extract<Outline, { kind: 'insert' | 'merge' | 'update' | 'delete' }>,
): Promise<Outcome> {
  const { database, table } = tableId(session, name);
  const target =
    kind === 'insert' ? await insertTarget(session, name) : await session.catalog.table(database, table);
  const codec = target ? await codecOf(session, target) : {};
  return { kind: 'written', rows: await rowsWritten(session, trino, around('', whole), codec) };
}

/** Trino writes what its session says, Athena what the table says. */
async function codecOf(session: Session, target: Table): Promise<Record<string, string>> {
  const ref = { database: target.DatabaseName, table: target.Name };
  const [property, codec] = isIceberg(target)
    ? [
        'iceberg.compression_codec',
        (await loadTable(session.lake.iceberg, ref)).metadata.properties['write.parquet.compression-codec'],
      ]
    : ['awsdatacatalog.compression_codec', target.Parameters?.['parquet.compression']];
  return codec ? { [property]: trinoCodec(codec, `The compression of ${ref.database}.${ref.table}`) } : {};
}

const folded = <T>(properties: Readonly<Record<string, T>>) =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));

async function createTableAs(
  session: Session,
  trino: TrinoEngine,
  outline: Extract<Outline, { kind: 'ctas' }>,
): Promise<Outcome> {
  const { database, table } = tableId(session, outline.name);
  if (!(await isNewTable(session, outline))) return { kind: 'written', rows: 0 };
  const target = trinoTable(folded(outline.properties), defaultLocation(session));
  await requireEmpty(session, target.location, `${database}.${table}`);
  const statement = createStatement(outline, target, [target.catalog, database, table]);
  const rows = await rowsWritten(session, trino, statement, target.session);
  if (Object.keys(target.afterwards).length > 0)
    await setProperties(session.lake.iceberg, { database, table }, { set: target.afterwards });
  if (target.catalog === 'iceberg') return { kind: 'written', rows };
  return { kind: 'written', rows, manifest: await filesIn(session, target.location) };
}

function createStatement(
  outline: Extract<Outline, { kind: 'ctas' }>,
  { properties }: Pick<ReturnType<typeof trinoTable>, 'properties'>,
  name: readonly string[],
): Rewritten {
  const head = createHead({
    name,
    columnNames: outline.columnNames,
    comment: outline.comment,
    properties,
  });
  return standingFor(around(head, outline.query, outline.withData ? '' : 'WITH NO DATA'));
}

/** The files below a folder that was empty before. */
async function filesIn(session: Session, location: string): Promise<string[]> {
  const { bucket, key } = s3Location(location);
  const uris: string[] = [];
  for await (const object of session.lake.store.list(bucket, key)) uris.push(`s3://${bucket}/${object.key}`);
  return uris;
}

async function createView(
  session: Session,
  trino: TrinoEngine,
  { name, orReplace, query: passage }: Extract<Outline, { kind: 'create-view' }>,
): Promise<Outcome> {
  const { database, table } = tableId(session, name);
  // A view is Glue's, whatever catalog the request names.
  const inGlue = { ...session, contextCatalog: OWN_CATALOG };
  return storeView(session, { name, orReplace, sql: passage.text }, async () => {
    // Trino's own rules for a view, of which the names of columns are one that a query need not keep.
    const head = `EXPLAIN (TYPE VALIDATE) CREATE OR REPLACE VIEW ${[OWN_CATALOG, database, table].map(quotedName).join('.')} AS`;
    await rowsWritten(inGlue, trino, around(head, passage));
    return describe(inGlue, trino, passage);
  });
}

/** The columns that a query would give. */
async function describe(session: Session, trino: TrinoEngine, passage: Passage) {
  const { columns, rows } = await open(session, trino, around('SELECT * FROM (', passage, ') LIMIT 0'));
  for await (const _none of rows());
  return columns;
}

/** https://docs.aws.amazon.com/athena/latest/ug/unload.html */
async function unload(
  session: Session,
  trino: TrinoEngine,
  outline: Extract<Outline, { kind: 'unload' }>,
): Promise<Outcome> {
  const location = asFolder(outline.location);
  const { format, compression, field_delimiter, partitioned_by, ...others } = folded(outline.properties);
  const unknown = Object.keys(others)[0];
  if (unknown)
    throw new QueryFailure('INVALID_TABLE_PROPERTY', `UNLOAD property '${unknown}' is not emulated`);
  if (format === undefined)
    throw new QueryFailure(
      'INVALID_TABLE_PROPERTY',
      "UNLOAD needs a format: WITH (format = 'PARQUET'); allowed: PARQUET, ORC, AVRO, JSON, TEXTFILE",
    );
  const name = hiveFormat(format, "UNLOAD's format");
  await requireNothingUnloaded(session, location);
  const columns = await describe(session, trino, outline.query);
  const table = ['unload', 'files', `unload_${randomUUID().replaceAll('-', '')}`];
  const head = createHead({
    name: table,
    // A table's columns need names, and a query's need not have any.
    columnNames: columns.map((column) => column.name),
    properties: {
      format: `'${name}'`,
      external_location: valueSql(location),
      ...(partitioned_by !== undefined && { partitioned_by: valueSql(partitioned_by) }),
      ...(name === 'TEXTFILE' && { textfile_field_separator: valueSql(field_delimiter ?? ',') }),
    },
  });
  const codec = trinoCodec(String(compression ?? 'gzip'), 'compression');
  const rows = await rowsWritten(session, trino, around(head, outline.query), {
    'unload.compression_codec': codec,
  });
  // Only its name goes; the files are the caller's.
  await rowsWritten(
    { ...session, parameters: [] },
    trino,
    around(`DROP TABLE ${table.map(quotedName).join('.')}`, { text: '', position: { line: 1, column: 1 } }),
  );
  return { kind: 'written', rows, manifest: await filesIn(session, location) };
}

async function explain(
  session: Session,
  trino: TrinoEngine,
  { head, statement, inner }: Extract<Outline, { kind: 'explain' }>,
): Promise<Outcome> {
  const { rows } = await open(session, trino, explained(session, head, statement, inner));
  const lines: string[] = [];
  for await (const chunk of rows())
    for (const row of chunk) lines.push(...String(row[0]).trimEnd().split('\n'));
  return planShown(lines);
}

function explained(
  session: Session,
  head: string,
  statement: Outline | undefined,
  inner: Passage,
): Rewritten {
  switch (statement?.kind) {
    case 'query':
    case 'insert':
    case 'merge':
    case 'update':
    case 'delete':
      return around(head, inner);
    case 'ctas': {
      const { database, table } = tableId(session, statement.name);
      const target = trinoTable(folded(statement.properties), defaultLocation(session));
      const create = createStatement(statement, target, [target.catalog, database, table]);
      // All of it is in one line before the query, as the places of `create` have it.
      return { ...create, sql: `${head.replaceAll('\n', ' ')} ${create.sql}` };
    }
    default:
      throw new QueryFailure(
        'NOT_SUPPORTED',
        `EXPLAIN is for queries, INSERT, MERGE, UPDATE, DELETE and CREATE TABLE AS, not for ${statement?.kind ?? 'DDL'}.`,
      );
  }
}

/** Whether an error is of Trino's parser, which Athena tells when the statement is sent. */
export const isSyntaxError = (error: unknown): error is QueryFailure =>
  error instanceof QueryFailure && error.code === 'SYNTAX_ERROR' && error.cause instanceof TrinoError;
