/** Named queries: SQL that is kept for later. */
import { randomUUID } from 'node:crypto';
import type { Action } from '../../../core/service.ts';
import { invalidRequest, page } from '../paging.ts';
import type { AthenaStore, NamedQuery } from '../store.ts';
import { primaryWorkGroup, requireWorkGroup } from './workGroups.ts';

interface Paged {
  readonly WorkGroup?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

export function namedQueryActions(store: AthenaStore): Record<string, Action> {
  const requireNamed = (id: string) => {
    const found = store.namedQuery(id);
    if (!found) throw invalidRequest(`NamedQuery ${id} was not found`);
    return found;
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
  };
}
