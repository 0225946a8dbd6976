/** Starting a query: what is asked of a statement before it is queued, and once per token. */
import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { Action, CallContext, CloudContext } from '../../../core/service.ts';
import { requireBackticks, SqlError } from '../../../sql/index.ts';
import { OWN_CATALOG, type Table } from '../catalog.ts';
import type { Executor } from '../execution.ts';
import { constraint, invalidMembers, invalidRequest } from '../paging.ts';
import { asFolder, contextDatabase } from '../session.ts';
import { parsedStatement, type Reader, type ReadStatement } from '../statements/reading.ts';
import { soleStatement } from '../statements/soleStatement.ts';
import { outputLocationOf, typesOfStatement } from '../statements/types.ts';
import type { AthenaStore, Execution, WorkGroup } from '../store.ts';
import { isView } from '../view.ts';
import { primaryWorkGroup, requireWorkGroup } from './workGroups.ts';

interface StartRequest {
  readonly QueryString: string;
  readonly ClientRequestToken?: string;
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
  readonly ResultConfiguration?: { readonly OutputLocation?: string; readonly [member: string]: unknown };
  readonly WorkGroup?: string;
  readonly ExecutionParameters?: readonly string[];
}

/** https://docs.aws.amazon.com/athena/latest/ug/service-limits.html */
const longestStatement = 262_144;

function outputFolder(request: StartRequest, group: WorkGroup): string {
  const { EnforceWorkGroupConfiguration: enforced, ResultConfiguration: groups } = group.Configuration;
  const location =
    enforced && groups?.OutputLocation
      ? groups.OutputLocation
      : (request.ResultConfiguration?.OutputLocation ?? groups?.OutputLocation);
  if (!location)
    throw invalidRequest(
      'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
    );
  return asFolder(location);
}

/** The result's settings next to its place: the workgroup's where it enforces them, else the caller's before them. */
function resultSettings(request: StartRequest, group: WorkGroup): Record<string, unknown> | undefined {
  const { EnforceWorkGroupConfiguration: enforced, ResultConfiguration: groups } = group.Configuration;
  const { OutputLocation: _place, ...settings } = enforced
    ? { ...groups }
    : { ...groups, ...request.ResultConfiguration };
  return Object.keys(settings).length > 0 ? settings : undefined;
}

/** The length of a statement is counted in bytes, where the API's model counts characters. */
function checkStart({ QueryString: query }: StartRequest): void {
  if (Buffer.byteLength(query) > longestStatement)
    throw invalidMembers([constraint('queryString', `length less than or equal to ${longestStatement}`)]);
}

/** The same request under the same token is the same execution. */
const digestOf = (request: StartRequest) =>
  createHash('sha256')
    // Neither the workgroup nor the parameters tell two requests apart; the text does as it was sent.
    .update(
      JSON.stringify([
        request.QueryString,
        request.QueryExecutionContext,
        request.ResultConfiguration?.OutputLocation,
      ]),
    )
    .digest('hex');

/** The execution that a request asks for, as it is queued. */
function queued(
  request: StartRequest,
  group: WorkGroup,
  folder: string,
  query: string,
  statement: ReadStatement,
  nowMs: number,
): Execution {
  const { Database: database, Catalog: catalog } = request.QueryExecutionContext ?? {};
  const token = request.ClientRequestToken;
  const id = randomUUID();
  return {
    id,
    query,
    ...typesOfStatement(statement),
    workGroup: group.Name,
    outputFolder: folder,
    outputLocation: outputLocationOf(statement, folder, id),
    resultSettings: resultSettings(request, group),
    ...(catalog && { catalog: catalog.toLowerCase() }),
    ...(database && { database: database.toLowerCase() }),
    ...(request.ExecutionParameters?.length && { parameters: request.ExecutionParameters }),
    ...(token && { token, requestDigest: digestOf(request) }),
    submittedAt: nowMs,
    state: 'QUEUED',
    scannedBytes: 0,
  };
}

/** The action StartQueryExecution. */
export const startQueryExecution =
  (context: CloudContext, store: AthenaStore, executor: Executor, read: Reader): Action =>
  async (request: StartRequest, call) => {
    checkStart(request);
    const group = requireWorkGroup(store, request.WorkGroup ?? primaryWorkGroup);
    if (group.State === 'DISABLED') throw invalidRequest(`WorkGroup ${group.Name} is disabled.`);
    const asked = request.ResultConfiguration?.OutputLocation;
    if (asked !== undefined && !/^s3:\/\/[^/]+(\/|$)/.test(asked))
      throw invalidRequest('outputLocation is not a valid S3 path.');
    const folder = outputFolder(request, group);
    const query = soleStatement(request.QueryString);
    const statement = await read(query);
    const database = request.QueryExecutionContext?.Database;
    const token = request.ClientRequestToken;
    // What a token stands for already is not asked about its table again.
    if (!token || !store.executionByToken(token))
      await checkDescribed(context, query, statement, database, call);
    // Whatever may take time is done: from here to the answer nobody else has a turn.
    const earlier = token && store.executionByToken(token);
    if (earlier) {
      if (earlier.requestDigest !== digestOf(request))
        throw invalidRequest('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
      return { QueryExecutionId: earlier.id };
    }
    const execution = queued(request, group, folder, query, statement, context.clock.now());
    store.putExecution(execution);
    executor.submit(execution, call.principal, parsedStatement(statement));
    return { QueryExecutionId: execution.id };
  };

/**
 * A table that is to be described must be there when the statement is accepted, and not be named in double quotes, which a view
 * may be. Source: as above, statements.md
 */
async function checkDescribed(
  context: CloudContext,
  query: string,
  statement: ReadStatement,
  database: string | undefined,
  call: CallContext,
): Promise<void> {
  const described =
    statement.kind === 'describe' || (statement.kind === 'show' && statement.what === 'columns');
  if (!described) return;
  const { parts } = statement.name;
  if (parts.length > 3)
    throw invalidRequest(`Invalid table name ${parts.join('.').toLowerCase()}`, 'MALFORMED_QUERY');
  const [name, schema = contextDatabase(database), catalog = OWN_CATALOG] = parts.toReversed();
  if (catalog.toLowerCase() !== OWN_CATALOG)
    throw invalidRequest(`Catalog '${catalog}' does not exist`, 'DATACATALOG_NOT_FOUND');
  try {
    const { Table: table } = (await context.call(
      'glue',
      'GetTable',
      { DatabaseName: schema, Name: name },
      call.principal,
    )) as { Table: Table };
    if (!isView(table)) requireBackticks(query);
  } catch (error) {
    if (error instanceof SqlError) throw invalidRequest(error.message, 'MALFORMED_QUERY');
    if (!(error instanceof AwsError && error.code === 'EntityNotFoundException')) throw error;
    throw invalidRequest(
      `Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`,
    );
  }
}
