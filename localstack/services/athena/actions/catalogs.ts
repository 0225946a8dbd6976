/** The catalog as Athena shows it: one data catalog, Glue's databases and tables. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CallContext, CloudContext } from '../../../core/service.ts';
import type { Database, Table } from '../../glue/index.ts';
import { invalidRequest, page } from '../paging.ts';

const glueCatalog = 'AwsDataCatalog';

interface Request {
  readonly CatalogName: string;
  readonly DatabaseName: string;
  readonly TableName: string;
  readonly Expression?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const shownDatabase = ({ Name, Description, Parameters }: Database) => ({
  Name,
  ...(Description && { Description }),
  ...(Parameters && { Parameters }),
});

const shownColumns = (columns: Table['PartitionKeys']) =>
  (columns ?? []).map(({ Name, Type, Comment }) => ({ Name, Type, ...(Comment && { Comment }) }));

function shownTable(table: Table) {
  const { StorageDescriptor: storage } = table;
  return {
    Name: table.Name,
    CreateTime: table.CreateTime,
    LastAccessTime: 0,
    TableType: table.TableType,
    Columns: shownColumns(storage?.Columns),
    PartitionKeys: shownColumns(table.PartitionKeys),
    Parameters: {
      ...table.Parameters,
      ...(storage?.InputFormat && { inputformat: storage.InputFormat }),
      ...(storage?.Location && { location: storage.Location }),
      ...(storage?.OutputFormat && { outputformat: storage.OutputFormat }),
      ...(storage?.SerdeInfo?.SerializationLibrary && {
        'serde.serialization.lib': storage.SerdeInfo.SerializationLibrary,
      }),
      // Source: PyAthena, tests/pyathena/sqlalchemy/test_base.py, test_reflect_table
      ...Object.fromEntries(
        Object.entries(storage?.SerdeInfo?.Parameters ?? {}).map(([name, value]) => [
          `serde.param.${name}`,
          value,
        ]),
      ),
    },
  };
}

export function catalogActions(context: CloudContext): Record<string, Action> {
  const check = (name: string) => {
    if (name.toLowerCase() !== glueCatalog.toLowerCase())
      throw invalidRequest(`Data catalog ${name} was not found`);
  };
  const glue = async (action: string, input: object, call: CallContext) => {
    try {
      return await context.call('glue', action, input, call.principal);
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'EntityNotFoundException')) throw error;
      throw new AwsError('MetadataException', error.message, { cause: error });
    }
  };
  const shownCatalog = { Name: glueCatalog, Type: 'GLUE', Parameters: { 'catalog-id': context.accountId } };
  return {
    GetDataCatalog({ Name }: { Name: string }) {
      check(Name);
      return { DataCatalog: shownCatalog };
    },
    ListDataCatalogs(request: { MaxResults?: number; NextToken?: string }) {
      const { items, ...rest } = page([{ CatalogName: glueCatalog, Type: 'GLUE' }], request);
      return { DataCatalogsSummary: items, ...rest };
    },
    async GetDatabase(request: Request, call) {
      check(request.CatalogName);
      const { Database: database } = await glue('GetDatabase', { Name: request.DatabaseName }, call);
      return { Database: shownDatabase(database) };
    },
    async ListDatabases(request: Request, call) {
      check(request.CatalogName);
      const { MaxResults, NextToken } = request;
      const answer = await glue('GetDatabases', { MaxResults, NextToken }, call);
      return {
        DatabaseList: answer.DatabaseList.map(shownDatabase),
        ...(answer.NextToken && { NextToken: answer.NextToken }),
      };
    },
    async GetTableMetadata(request: Request, call) {
      check(request.CatalogName);
      const answer = await glue(
        'GetTable',
        { DatabaseName: request.DatabaseName, Name: request.TableName },
        call,
      );
      return { TableMetadata: shownTable(answer.Table) };
    },
    async ListTableMetadata(request: Request, call) {
      check(request.CatalogName);
      const { DatabaseName, Expression, MaxResults, NextToken } = request;
      const answer = await glue('GetTables', { DatabaseName, Expression, MaxResults, NextToken }, call);
      return {
        TableMetadataList: answer.TableList.map(shownTable),
        ...(answer.NextToken && { NextToken: answer.NextToken }),
      };
    },
  };
}
