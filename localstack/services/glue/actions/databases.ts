/** The catalog's databases. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { page } from '../paging.ts';
import { type DatabaseInput, databaseOf, fold } from '../records.ts';
import type { CatalogStore } from '../store.ts';
import { putTags } from './tags.ts';

const databasesAPage = 100;

/** @throws AwsError EntityNotFoundException */
export function requireDatabase(store: CatalogStore, name: string) {
  const database = store.database(fold(name));
  if (!database) throw new AwsError('EntityNotFoundException', `Database ${fold(name)} not found.`);
  return database;
}

interface CreateInput {
  readonly DatabaseInput: DatabaseInput;
  readonly Tags?: Readonly<Record<string, string>>;
}

const databaseArn = ({ region, accountId }: CloudContext, name: string) =>
  `arn:aws:glue:${region}:${accountId}:database/${name}`;

export function databaseActions(context: CloudContext, store: CatalogStore): Record<string, Action> {
  const seconds = () => Math.floor(context.clock.now() / 1000);
  return {
    CreateDatabase({ DatabaseInput: input, Tags = {} }: CreateInput) {
      if (store.database(fold(input.Name)))
        throw new AwsError('AlreadyExistsException', 'Database already exists.');
      store.atomically(() => {
        store.putDatabase(databaseOf(input, seconds(), context.accountId));
        putTags(store, databaseArn(context, fold(input.Name)), Tags);
      });
      return {};
    },
    GetDatabase: ({ Name }: { Name: string }) => ({ Database: requireDatabase(store, Name) }),
    GetDatabases(request: { MaxResults?: number; NextToken?: string; AttributesToGet?: string[] }) {
      const { items, ...rest } = page(store.databases(), request, databasesAPage);
      const shown = request.AttributesToGet?.length ? items.map(({ Name }) => ({ Name })) : items;
      return { DatabaseList: shown, ...rest };
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
      store.atomically(() => {
        store.deleteDatabase(fold(Name));
        putTags(store, databaseArn(context, fold(Name)), {});
      });
      return {};
    },
  };
}
