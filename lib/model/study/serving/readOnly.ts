/** Decides, by reading the tokens of a statement, whether it only reads tables of the study. */
import { databaseOf, type Zone } from '../../layout.ts';
import { readQuery, type TableReference } from '../../sql/query.ts';
import { SqlProblem, type Token, tokenize } from '../../sql/tokens.ts';
import { maxStatementBytes } from '../../sql/write.ts';
import { RequestProblem } from './problem.ts';

/** Layers that may be queried; what a run has staged is not an answer yet. */
export const servedZones: readonly Zone[] = ['bronze', 'silver', 'gold', 'marts', 'quarantine'];

/** Bytes of the comment that is put before a statement, at most. */
const MARKER_BYTES = 512;

/**
 * The statement as it is sent to Athena, when it is one query of the study's tables.
 * @throws RequestProblem for anything else, with the place of the fault.
 */
export function readOnlyStatement(study: string, text: string): string {
  // Trino ends a line's comment at a carriage return, so what is read here and there must not hold one.
  const sql = text.replaceAll(/\r\n?/g, '\n').trim();
  if (Buffer.byteLength(sql) > maxStatementBytes - MARKER_BYTES)
    throw new RequestProblem(
      'too-large',
      `the statement has ${Buffer.byteLength(sql)} bytes; at most ${maxStatementBytes - MARKER_BYTES} are taken`,
    );
  try {
    const tokens = withoutFinalSemicolon(tokenize(sql));
    const first = tokens[0];
    if (!first) throw new RequestProblem('invalid-sql', 'the statement is empty; write a SELECT');
    if (first.kind !== 'word' || !['select', 'with'].includes(first.value))
      throw refused(`a statement begins with SELECT or WITH, not with ${first.text}`, first);
    const command = tokens.find(({ kind, value }) => kind === 'word' && value === 'table');
    if (command) throw refused('TABLE is not taken; write SELECT … FROM', command);
    const query = sql.slice(0, tokens.at(-1)!.end);
    for (const reference of readQuery(query).references) checkReference(study, query, reference);
    return query;
  } catch (error) {
    if (!(error instanceof SqlProblem)) throw error;
    const { line, column } = error;
    throw new RequestProblem('invalid-sql', `line ${line}:${column}: ${error.message}`, {
      at: { line, column },
    });
  }
}

const refused = (detail: string, { line, column }: Pick<Token, 'line' | 'column'>) =>
  new RequestProblem('not-read-only', `line ${line}:${column}: ${detail}`, { at: { line, column } });

function withoutFinalSemicolon(tokens: readonly Token[]): readonly Token[] {
  const last = tokens.at(-1);
  const trimmed = last?.text === ';' ? tokens.slice(0, -1) : tokens;
  const inner = trimmed.find(({ kind, text }) => kind === 'symbol' && text === ';');
  if (inner) throw refused('one statement is taken at a time; this semicolon ends the first', inner);
  return trimmed;
}

/** A table without a database is one of gold, the database of the session. */
function checkReference(study: string, sql: string, reference: TableReference): void {
  const names = tokenize(sql.slice(reference.start, reference.end)).filter(({ kind }) => kind !== 'symbol');
  const catalog = names.length > 2 ? names[0]!.value.toLowerCase() : 'awsdatacatalog';
  const allowed = servedZones.map((zone) => databaseOf(study, zone));
  if (catalog !== 'awsdatacatalog' || names.length > 3)
    throw refused(`the catalog ${catalog} is not served; allowed: AwsDataCatalog`, reference);
  if (reference.database !== undefined && !allowed.includes(reference.database))
    throw refused(
      `the database ${reference.database} is not served; allowed: ${allowed.join(', ')}`,
      reference,
    );
}
