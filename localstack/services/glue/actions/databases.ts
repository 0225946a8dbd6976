/** The catalog's databases. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { page } from '../paging.ts';
import { type DatabaseInput, databaseOf, fold } from '../records.ts';
import type { CatalogStore } from '../store.ts';

const databasesAPage = 100;

/** @throws AwsError EntityNotFoundException */
export function requireDatabase(store: CatalogStore, name: string) {
  const database = store.database(fold(name));
  if (!database) throw new AwsError('EntityNotFoundException', `Database ${fold(name)} not found.`);
  return database;
}

export function databaseActions(context: CloudContext, store: CatalogStore): Record<string, Action> {
  const seconds = () => Math.floor(context.clock.now() / 1000);
  return {
    CreateDatabase({ DatabaseInput: input }: { DatabaseInput: DatabaseInput }) {
      if (store.database(fold(input.Name)))
        throw new AwsError('AlreadyExistsException', 'Database already exists.');
      store.putDatabase(databaseOf(input, seconds(), context.accountId));
      return {};
    },
    GetDatabase: ({ Name }: { Name: string }) => ({ Database: requireDatabase(store, Name) }),
    GetDatabases(request: { MaxResults?: number; NextToken?: string }) {
      const { items, ...rest } = page(store.databases(), request, databasesAPage);
      return { DatabaseList: items, ...rest };
    },
    UpdateDatabase({ Name, DatabaseInput: input }: { Name: string; DatabaseInput: DatabaseInput }) {
      const existing = requireDatabase(store, Name);
      if (fold(input.Name) !== existing.Name)
        throw new AwsError('InvalidInputException', 'Database name cannot be changed.');
      store.putDatabase(databaseOf(input, existing.CreateTime, context.accountId));
      return {};
    },
    DeleteDatabase({ Name }: { Name: string }) {
      requireDatabase(store, Name);
      store.atomically(() => store.deleteDatabase(fold(Name)));
      return {};
    },
  };
}
