/** Prepared statements: SQL with parameters that is kept for EXECUTE. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { invalidRequest, page } from '../paging.ts';
import type { AthenaStore } from '../store.ts';
import { primaryWorkGroup, requireWorkGroup } from './workGroups.ts';

interface Paged {
  readonly WorkGroup?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface Prepared {
  readonly StatementName: string;
  readonly WorkGroup: string;
  readonly QueryStatement: string;
  readonly Description?: string;
}

export function preparedStatementActions(context: CloudContext, store: AthenaStore): Record<string, Action> {
  const requirePrepared = (workGroup: string, name: string) => {
    requireWorkGroup(store, workGroup);
    const found = store.preparedStatement(workGroup, name);
    if (!found)
      throw new AwsError(
        'ResourceNotFoundException',
        `PreparedStatement ${name} was not found in workGroup ${workGroup}`,
      );
    return found;
  };
  const putPrepared = ({ StatementName, WorkGroup, QueryStatement, Description }: Prepared) => {
    store.putPreparedStatement({
      StatementName,
      WorkGroupName: WorkGroup,
      QueryStatement,
      ...(Description !== undefined && { Description }),
      LastModifiedTime: Math.floor(context.clock.now() / 1000),
    });
    return {};
  };
  return {
    CreatePreparedStatement(request: Prepared) {
      requireWorkGroup(store, request.WorkGroup);
      if (store.preparedStatement(request.WorkGroup, request.StatementName))
        throw invalidRequest(
          `Prepared statement ${request.StatementName} already exists in workgroup ${request.WorkGroup}`,
        );
      return putPrepared(request);
    },
    GetPreparedStatement: ({ StatementName, WorkGroup }: Prepared) => ({
      PreparedStatement: requirePrepared(WorkGroup, StatementName),
    }),
    UpdatePreparedStatement(request: Prepared) {
      requirePrepared(request.WorkGroup, request.StatementName);
      return putPrepared(request);
    },
    DeletePreparedStatement({ StatementName, WorkGroup }: Prepared) {
      requirePrepared(WorkGroup, StatementName);
      store.deletePreparedStatement(WorkGroup, StatementName);
      return {};
    },
    ListPreparedStatements(request: Paged) {
      const { items, ...rest } = page(
        store.preparedStatements(request.WorkGroup ?? primaryWorkGroup),
        request,
      );
      return {
        PreparedStatements: items.map(({ StatementName, LastModifiedTime }) => ({
          StatementName,
          LastModifiedTime,
        })),
        ...rest,
      };
    },
  };
}
