/** User-defined functions of the catalog: definitions that engines such as Trino keep there; nothing here calls one. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { selectNamed } from '../namePattern.ts';
import { page } from '../paging.ts';
import { fold } from '../records.ts';
import type { CatalogStore } from '../store.ts';
import { requireDatabase } from './databases.ts';

interface FunctionInput {
  readonly FunctionName?: string;
  readonly [member: string]: unknown;
}

interface Request {
  readonly DatabaseName: string;
  readonly FunctionName: string;
  readonly FunctionInput: FunctionInput;
}

const kind = 'UserDefinedFunction';
const functionsAPage = 100;

export function functionActions(context: CloudContext, store: CatalogStore): Record<string, Action> {
  const keyOf = (database: string, name: string) => JSON.stringify([fold(database), fold(name)]);
  const find = ({ DatabaseName, FunctionName }: Pick<Request, 'DatabaseName' | 'FunctionName'>) => {
    requireDatabase(store, DatabaseName);
    return store.definition(kind, keyOf(DatabaseName, FunctionName));
  };
  const require = (request: Pick<Request, 'DatabaseName' | 'FunctionName'>) => {
    const found = find(request);
    if (!found) throw new AwsError('EntityNotFoundException', 'Cannot find function.');
    return found;
  };
  const put = (database: string, input: FunctionInput, createTime: unknown) => {
    if (!input.FunctionName)
      throw new AwsError('InvalidInputException', 'FunctionInput is missing: a function needs a name.');
    store.putDefinition(kind, keyOf(database, input.FunctionName), {
      ...input,
      FunctionName: fold(input.FunctionName),
      DatabaseName: fold(database),
      CatalogId: context.accountId,
      CreateTime: createTime,
    });
  };
  return {
    CreateUserDefinedFunction({ DatabaseName, FunctionInput: input }: Request) {
      if (find({ DatabaseName, FunctionName: input.FunctionName ?? '' }))
        throw new AwsError('AlreadyExistsException', 'Function already exists.');
      put(DatabaseName, input, Math.floor(context.clock.now() / 1000));
      return {};
    },
    GetUserDefinedFunction: (request: Request) => ({ UserDefinedFunction: require(request) }),
    GetUserDefinedFunctions(request: {
      DatabaseName?: string;
      Pattern: string;
      FunctionType?: string;
      MaxResults?: number;
      NextToken?: string;
    }) {
      if (request.DatabaseName !== undefined) requireDatabase(store, request.DatabaseName);
      const database = request.DatabaseName && fold(request.DatabaseName);
      const inDatabase = store
        .definitions(kind)
        .filter((one) => !database || one.DatabaseName === database)
        .filter((one) => !request.FunctionType || one.FunctionType === request.FunctionType);
      const found = selectNamed(request.Pattern, inDatabase, (one) => String(one.FunctionName));
      const { items, ...rest } = page(found, request, functionsAPage);
      return { UserDefinedFunctions: items, ...rest };
    },
    UpdateUserDefinedFunction(request: Request) {
      const existing = require(request);
      store.atomically(() => {
        store.deleteDefinition(kind, keyOf(request.DatabaseName, request.FunctionName));
        put(request.DatabaseName, request.FunctionInput, existing.CreateTime);
      });
      return {};
    },
    DeleteUserDefinedFunction(request: Request) {
      require(request);
      store.deleteDefinition(kind, keyOf(request.DatabaseName, request.FunctionName));
      return {};
    },
  };
}
