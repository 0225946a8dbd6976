/** Writes the files of a statement's outcome, and gives what its execution shows of them. */
import type { Outcome, Session } from '../session.ts';
import type { Execution } from '../store.ts';
import { columnInfo } from './columns.ts';
import type { RecentResults } from './recent.ts';
import { writeCount, writeManifest, writeQueryResult, writeTextResult } from './writer.ts';

/** What a statement calls itself in its `.metadata` file, where that is not its SubstatementType. */
const updates: Readonly<Record<string, string>> = { CREATE_TABLE_AS_SELECT: 'CREATE TABLE' };

type OutcomeOf<Kind extends Outcome['kind']> = Extract<Outcome, { kind: Kind }>;

const baseOf = (session: Session) => `${session.outputFolder}${session.queryExecutionId}`;

const target = (session: Session, suffix: string) => ({
  location: `${baseOf(session)}${suffix}`,
  queryExecutionId: session.queryExecutionId,
});

export async function deliver(
  session: Session,
  execution: Execution,
  outcome: Outcome,
  recent: RecentResults,
): Promise<Partial<Execution>> {
  switch (outcome.kind) {
    case 'query': {
      const csv = target(session, '.csv');
      const { columns } = outcome;
      const rows = await writeQueryResult(session.lake.store, columns, outcome.rows, csv);
      recent.keep(session.queryExecutionId, rows);
      return { columns, hasHeader: true, outputLocation: csv.location, updateCount: 0 };
    }
    case 'text':
      return deliverText(session, outcome);
    case 'written':
      return deliverWritten(session, execution, outcome);
    case 'done': {
      const text = target(session, '.txt');
      await writeTextResult(session.lake.store, undefined, [], text);
      return { columns: [], hasHeader: false, outputLocation: text.location };
    }
  }
}

async function deliverText(session: Session, outcome: OutcomeOf<'text'>): Promise<Partial<Execution>> {
  const text = target(session, '.txt');
  await writeTextResult(session.lake.store, outcome.columns, outcome.rows, text);
  return {
    columns: outcome.columns,
    hasHeader: false,
    outputLocation: text.location,
    ...(outcome.counted !== false && { updateCount: 0 }),
    ...(outcome.substatementType && { substatementType: outcome.substatementType }),
  };
}

async function deliverWritten(
  session: Session,
  execution: Execution,
  outcome: OutcomeOf<'written'>,
): Promise<Partial<Execution>> {
  const location = execution.outputLocation ?? baseOf(session);
  const columns = [columnInfo('rows', 'bigint')];
  const manifestLocation = `${location}-manifest.csv`;
  // An UNLOAD of no rows has an empty manifest. Source: PyAthena, tests/pyathena/arrow/test_cursor.py, test_empty_result_unload
  const listed =
    outcome.manifest !== undefined &&
    (outcome.manifest.length > 0 || execution.substatementType === 'UNLOAD');
  if (listed) await writeManifest(session.lake.store, manifestLocation, outcome.manifest);
  await writeCount(session.lake.store, columns, {
    location,
    queryExecutionId: session.queryExecutionId,
    update: updates[execution.substatementType] ?? execution.substatementType,
    rows: outcome.rows,
  });
  return {
    columns,
    hasHeader: false,
    isWrite: true,
    updateCount: outcome.rows,
    outputLocation: location,
    ...(listed && { manifestLocation }),
  };
}
