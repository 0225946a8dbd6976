/** Named queries and prepared statements: SQL that is kept for later. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { invalidRequest, page } from '../paging.ts';
import type { AthenaStore, NamedQuery } from '../store.ts';
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

export function savedQueryActions(context: CloudContext, store: AthenaStore): Record<string, Action> {
  const requireNamed = (id: string) => {
    const found = store.namedQuery(id);
    if (!found) throw invalidRequest(`NamedQuery ${id} was not found`);
    return found;
  };
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
    CreateNamedQuery(request: Omit<NamedQuery, 'NamedQueryId'>) {
      const WorkGroup = request.WorkGroup ?? primaryWorkGroup;
      requireWorkGroup(store, WorkGroup);
      const NamedQueryId = randomUUID();
      const { Name, Database, QueryString, Description } = request;
      store.putNamedQuery({
        NamedQueryId,
        Name,
        Database,
        QueryString,
        WorkGroup,
        ...(Description !== undefined && { Description }),
      });
      return { NamedQueryId };
    },
    GetNamedQuery: ({ NamedQueryId }: { NamedQueryId: string }) => ({
      NamedQuery: requireNamed(NamedQueryId),
    }),
    BatchGetNamedQuery({ NamedQueryIds }: { NamedQueryIds: string[] }) {
      const found = NamedQueryIds.flatMap((id) => store.namedQuery(id) ?? []);
      const missing = NamedQueryIds.filter((id) => !store.namedQuery(id));
      return {
        NamedQueries: found,
        UnprocessedNamedQueryIds: missing.map((NamedQueryId) => ({
          NamedQueryId,
          ErrorCode: 'INTERNAL_FAILURE',
          ErrorMessage: `NamedQuery ${NamedQueryId} was not found`,
        })),
      };
    },
    UpdateNamedQuery(request: {
      NamedQueryId: string;
      Name: string;
      QueryString: string;
      Description?: string;
    }) {
      store.putNamedQuery({ ...requireNamed(request.NamedQueryId), ...request });
      return {};
    },
    ListNamedQueries(request: Paged) {
      const { items, ...rest } = page(store.namedQueries(request.WorkGroup ?? primaryWorkGroup), request);
      return { NamedQueryIds: items.map((query) => query.NamedQueryId), ...rest };
    },
    DeleteNamedQuery({ NamedQueryId }: { NamedQueryId: string }) {
      store.deleteNamedQuery(requireNamed(NamedQueryId).NamedQueryId);
      return {};
    },
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
