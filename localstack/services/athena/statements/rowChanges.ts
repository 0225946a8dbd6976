/** INSERT, MERGE, UPDATE and DELETE: refused until the translation of their expressions is verified. */
import type { Statement } from '../../../sql/index.ts';
import { QueryFailure } from '../failure.ts';
import type { Outcome, Session } from '../session.ts';

/** Partitions that one statement may write: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html */
export const mostPartitionsWritten = 100;

type RowChange = Extract<Statement, { kind: 'insert' | 'merge' | 'update' | 'delete' }>;

export function changeRows(_session: Session, { kind }: RowChange): Promise<Outcome> {
  throw new QueryFailure('NOT_SUPPORTED', `${kind.toUpperCase()} is not emulated yet.`);
}
