/** Finds a query execution by its id. */
import { invalidRequest } from '../paging.ts';
import type { AthenaStore, Execution } from '../store.ts';

/** @throws AwsError InvalidRequestException */
export function requireExecution(store: AthenaStore, id: string): Execution {
  const execution = store.execution(id);
  if (!execution) throw invalidRequest(`QueryExecution ${id} was not found`, 'QUERY_EXECUTION_NOT_FOUND');
  return execution;
}
