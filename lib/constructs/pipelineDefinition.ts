/**
 * The pipeline as Amazon States Language, made from the levels of a study's model graph. Plain data, no AWS: the names in
 * `${…}` are filled in by the state machine's substitutions. What the steps hand to each other is typed in
 * `lib/model/run/protocol.ts`; a statement's text passes only through the step that runs it
 * (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: 256 KiB).
 *
 * AWS charges by the transition, so a statement that succeeds is one state, and what a path can express is not a state.
 */
import type {
  AssessAnswer,
  AssessRequest,
  BalanceAnswer,
  BalanceRequest,
  Batch,
  ComposeAnswer,
  ComposeRequest,
  FetchRequest,
  Finished,
  FinishedQuery,
  GiveUpRequest,
  MaintainAnswer,
  MaintainRequest,
  OptimizeRequest,
  PlannedRun,
  PlanRequest,
  ReconcileRequest,
  StartOfRun,
} from '../model/run/protocol.ts';
import type { Reconciliation } from '../model/run/reconciliation.ts';

export type State = Readonly<Record<string, unknown>> & { readonly Type: string };
export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
export interface Definition extends States {
  readonly Comment: string;
  readonly QueryLanguage: 'JSONPath';
  readonly TimeoutSeconds: number;
}

/** Names that the definition leaves open: ARNs of functions and topic, the workgroup's name, the database of names without one. */
const SUBSTITUTIONS = [
  'RunPlanner',
  'ModelRunner',
  'RunReconciler',
  'WorkGroup',
  'Database',
  'Topic',
  'BackfillJob',
] as const;
export type Substitutions = Readonly<Record<(typeof SUBSTITUTIONS)[number], string>>;

/** Lambda's own trouble, which passes: https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html */
const LAMBDA_RETRY = {
  ErrorEquals: [
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  JitterStrategy: 'FULL',
};

/** Athena refuses to start a query when too many run: the start is repeated under the same token, so it never runs twice. */
const ATHENA_THROTTLING_RETRY = {
  ErrorEquals: ['Athena.TooManyRequestsException', 'Athena.InternalServerException'],
  IntervalSeconds: 2,
  MaxAttempts: 8,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};

/**
 * OPTIMIZE and VACUUM do a part of their work and ask to be run again, as often as it takes.
 * https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html
 */
const UNFINISHED = ['*ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED*', '*ICEBERG_VACUUM_MORE_RUNS_NEEDED*'];

/**
 * A statement that lost an optimistic commit or met throttling runs again under a new token, a few times. The reason is read
 * from the query itself: the cause of a failed task is the query's description, in which the statement may take up all of the
 * 32,768 characters that a cause has
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html).
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-troubleshooting.html
 */
const PASSING = ['*ICEBERG_COMMIT_ERROR*', '*SlowDown*', '*TooManyRequests*', '*ThrottlingException*'];
const STATEMENT_TRIES = 6;

/** A path within the state whose value has this type. */
interface At<Value> {
  readonly path: string;
  readonly value?: Value;
}

const at = <Value>(path: string): At<Value> => ({ path });

/** The path of a member. */
const member = <Value, Name extends keyof Value & string>(of: At<Value>, name: Name): At<Value[Name]> =>
  at(`${of.path}.${name}`);

/** A request's members, each a constant, a path to a value of the member's type, or an object of such members. */
type Template<Request> = {
  readonly [Name in keyof Required<Request>]:
    | At<Request[Name]>
    | Request[Name]
    | (Request[Name] extends object ? Template<Request[Name]> : never);
};

function template<Request extends object>(members: Template<Request>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      if (typeof value !== 'object' || value === null) return [name, value];
      if ('path' in value) return [`${name}.$`, (value as At<unknown>).path];
      return [name, template(value as Template<object>)];
    }),
  );
}

/** What running a batch gave. */
const finished = (batch: At<Batch>): Template<Finished> => ({
  names: member(batch, 'names'),
  queries: QUERIES,
});

interface Invocation {
  readonly function: (typeof SUBSTITUTIONS)[number];
  readonly payload: Readonly<Record<string, unknown>>;
  /** Where the function's answer is put. */
  readonly into: At<unknown>;
  readonly next: string;
  readonly comment?: string;
}

function invoke({ function: name, payload, into, next, comment }: Invocation): State {
  return {
    Type: 'Task',
    ...(comment && { Comment: comment }),
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: `\${${name}}`, Payload: payload },
    // A selector makes an object, so the answer is a member of it.
    ResultSelector: { 'answer.$': '$.Payload' },
    ...(into.path !== '$' && { ResultPath: into.path }),
    Retry: [LAMBDA_RETRY],
    Next: next,
  };
}

/** Name of the state that a batch is entered by. */
const asks = (name: string) => `${name}?`;

interface Work {
  readonly name: string;
  readonly batch: At<Batch>;
}

/**
 * Runs the statements of batches that one step has composed, one batch after the other: their texts travel all together or
 * not at all, so one state decides between Maps over the texts and Maps that fetch them. It goes past batches without
 * statements; behind one that has some, the next has some too. What a batch gave goes to `QUERIES`.
 */
function runBatches(works: readonly [Work, ...Work[]], next: string): [string, State][] {
  const fetching = ({ name }: Work) => `${name}, texts fetched`;
  const begins = (list: At<unknown>, state: string) => ({
    Variable: `${list.path}[0]`,
    IsPresent: true,
    Next: state,
  });
  return [
    [
      asks(works[0].name),
      {
        Type: 'Choice',
        Choices: [
          ...works.map((work) => begins(member(work.batch, 'statements'), work.name)),
          ...works.map((work) => begins(member(work.batch, 'names'), fetching(work))),
        ],
        Default: next,
      },
    ],
    ...works.flatMap((work, index): [string, State][] => {
      const { name, batch } = work;
      const after = works[index + 1];
      const key = `States.Format('{}{}.sql', ${member(batch, 'prefix').path}, $$.Map.Item.Value)`;
      const map = (items: At<unknown>, selected: object, processor: States, then: string): State => ({
        Type: 'Map',
        ItemsPath: items.path,
        MaxConcurrencyPath: member(batch, 'concurrency').path,
        ItemSelector: { ...selected, tries: 0 },
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...processor },
        ResultPath: QUERIES.path,
        Catch: ON_ERROR,
        Next: then,
      });
      const text = { 'statement.$': '$$.Map.Item.Value' };
      return [
        [name, map(member(batch, 'statements'), text, oneStatement(name), after?.name ?? next)],
        [
          fetching(work),
          map(
            member(batch, 'names'),
            { 'key.$': key },
            fetchedStatement(fetching(work)),
            after ? fetching(after) : next,
          ),
        ],
      ];
    }),
  ];
}

const runBatch = (name: string, batch: At<Batch>, next: string) => runBatches([{ name, batch }], next);

const REASON = '$.query.status.StateChangeReason';
const reasonMatches = (pattern: string) => ({ Variable: REASON, StringMatches: pattern });

/** Names carry `where`, because they must be unique in the whole machine, not only in their Map. */
function oneStatement(where: string): States {
  const named = (name: string) => `${name} (${where})`;
  const start = {
    'QueryString.$': '$.statement.sql',
    'ClientRequestToken.$': "States.Format('{}-{}', $.statement.token, $.tries)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the state machine's substitutions.
    WorkGroup: '${WorkGroup}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the state machine's substitutions.
    QueryExecutionContext: { Catalog: 'AwsDataCatalog', Database: '${Database}' },
  };
  const unread = [{ ErrorEquals: ['States.TaskFailed'], ResultPath: null, Next: named('Statement failed') }];
  return {
    StartAt: named('Run statement'),
    States: {
      [named('Run statement')]: {
        Type: 'Task',
        Comment: 'A new token per try; the same token within a try, so that a repeated start is one query',
        Resource: 'arn:aws:states:::athena:startQueryExecution.sync',
        Parameters: start,
        Retry: [ATHENA_THROTTLING_RETRY],
        Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: named('Did it run?') }],
        ResultSelector: { 'queryExecutionId.$': '$.QueryExecution.QueryExecutionId' },
        End: true,
      },
      [named('Did it run?')]: {
        Type: 'Choice',
        Comment: 'A start that Athena refused has an error of its own',
        Choices: [
          { Variable: '$.failure.Error', StringEquals: 'States.TaskFailed', Next: named('Find query') },
        ],
        Default: named('Statement failed'),
      },
      [named('Find query')]: {
        Type: 'Task',
        Comment: 'The same token gives the same query. Its id is not read from the cause, which may be cut',
        Resource: 'arn:aws:states:::athena:startQueryExecution',
        Parameters: start,
        Retry: [ATHENA_THROTTLING_RETRY],
        Catch: unread,
        ResultSelector: { 'id.$': '$.QueryExecutionId' },
        ResultPath: '$.query',
        Next: named('Ask why'),
      },
      [named('Ask why')]: {
        Type: 'Task',
        Resource: 'arn:aws:states:::athena:getQueryExecution',
        Parameters: { 'QueryExecutionId.$': '$.query.id' },
        Retry: [ATHENA_THROTTLING_RETRY],
        Catch: unread,
        ResultSelector: { 'status.$': '$.QueryExecution.Status' },
        ResultPath: '$.query',
        Next: named('Read failure'),
      },
      [named('Read failure')]: {
        Type: 'Choice',
        Choices: [
          {
            And: [{ Variable: REASON, IsPresent: true }, { Or: UNFINISHED.map(reasonMatches) }],
            Next: named('Count the try'),
          },
          {
            And: [
              { Variable: REASON, IsPresent: true },
              { Variable: '$.tries', NumericLessThan: STATEMENT_TRIES - 1 },
              { Or: PASSING.map(reasonMatches) },
            ],
            Next: named('Count the try'),
          },
        ],
        Default: named('Statement failed'),
      },
      [named('Count the try')]: {
        Type: 'Pass',
        Parameters: {
          'statement.$': '$.statement',
          'tries.$': 'States.MathAdd($.tries, 1)',
          'waitSeconds.$': 'States.MathRandom(1, 9)',
        },
        Next: named('Wait before next try'),
      },
      [named('Wait before next try')]: {
        Type: 'Wait',
        SecondsPath: '$.waitSeconds',
        Next: named('Run statement'),
      },
      [named('Statement failed')]: {
        Type: 'Fail',
        ErrorPath: '$.failure.Error',
        CausePath: '$.failure.Cause',
      },
    },
  };
}

/** As `oneStatement`, for a statement whose text is on S3. */
function fetchedStatement(where: string): States {
  const fetch = `Fetch text (${where})`;
  const { StartAt, States: run } = oneStatement(where);
  return {
    StartAt: fetch,
    States: {
      [fetch]: {
        ...invoke({
          function: 'ModelRunner',
          payload: template<FetchRequest>({ step: 'fetch', key: at('$.key') }),
          into: at('$.statement'),
          next: StartAt,
        }),
        ResultSelector: {
          'token.$': '$.Payload.token',
          'sql.$': '$.Payload.sql',
        },
      },
      ...run,
    },
  };
}

export interface PipelineShape {
  readonly study: string;
  /** Names of models; a level needs only levels before it. */
  readonly levels: readonly (readonly string[])[];
  /** Models that Spark publishes. @default none */
  readonly spark?: readonly string[];
  /** Switches on the table optimizers of the tables that the run made. @default false */
  readonly tableOptimizers?: boolean;
}

const ON_ERROR = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Give up' }];

const plan = at<PlannedRun>('$.plan');
const run = member(plan, 'run');
/** The answer of the last step, whichever it was: it takes the place of the one before. */
const STEP = at<unknown>('$.step');
const last = <Value>() => at<Value>(`${STEP.path}.answer`);
const outcomes = member(last<StartOfRun>(), 'outcomes');
/** What the last batch of statements gave. */
const QUERIES = at<readonly FinishedQuery[]>('$.queries');

/** The states of one level: stage, audit, publish. Its models are those of the plan; without one it is passed over. */
function levelStates(
  index: number,
  shape: readonly (readonly string[])[],
  next: string,
  bySpark: boolean,
): [string, State][] {
  const level = levelName(index, shape.length);
  const state = (name: string) => `${level}: ${name}`;
  const models = at<readonly string[]>(`${member(plan, 'levels').path}[${index}]`);
  const composed = last<ComposeAnswer>();
  return [
    [
      level,
      {
        Type: 'Choice',
        Comment: shorten((shape[index] ?? []).join(', ')),
        Choices: [{ Variable: `${models.path}[0]`, IsPresent: true, Next: state('compose') }],
        Default: next,
      },
    ],
    [
      state('compose'),
      {
        ...invoke({
          comment: 'What the models are staged and checked by',
          function: 'ModelRunner',
          payload: template<ComposeRequest>({ step: 'compose', run, models, outcomes }),
          into: STEP,
          next: asks(state('stage')),
        }),
        Catch: ON_ERROR,
      },
    ],
    ...runBatches(
      [
        { name: state('stage'), batch: member(composed, 'stage') },
        { name: state('audit'), batch: member(composed, 'audit') },
      ],
      state('assess'),
    ),
    [
      state('assess'),
      {
        ...invoke({
          comment: 'What the checks found: rows to refuse, models to stop, and what is published',
          function: 'ModelRunner',
          payload: template<AssessRequest>({
            step: 'assess',
            run,
            models,
            outcomes,
            audit: finished(member(composed, 'audit')),
          }),
          into: STEP,
          next: asks(state('publish')),
        }),
        Catch: ON_ERROR,
      },
    ],
    ...runBatch(
      state('publish'),
      member(last<AssessAnswer>(), 'publish'),
      bySpark ? asks(state('publish by Spark')) : next,
    ),
    ...(bySpark ? sparkStates(state('publish by Spark'), next) : []),
  ];
}

/** What Glue has too little of for a while. https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html */
const GLUE_RETRY = {
  ErrorEquals: [
    'Glue.ConcurrentRunsExceededException',
    'Glue.ResourceNumberLimitExceededException',
    'Glue.InternalServiceException',
    'Glue.OperationTimeoutException',
  ],
  IntervalSeconds: 30,
  MaxAttempts: 5,
  BackoffRate: 2,
};

/** The job publishes what the level's assessment leaves to it; without such a table no job is started. */
function sparkStates(name: string, next: string): [string, State][] {
  const stages = `${last<AssessAnswer>().path}.spark`;
  return [
    [
      asks(name),
      { Type: 'Choice', Choices: [{ Variable: stages, IsPresent: true, Next: name }], Default: next },
    ],
    [
      name,
      {
        Type: 'Task',
        Resource: 'arn:aws:states:::glue:startJobRun.sync',
        Parameters: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the state machine's substitutions.
          JobName: '${BackfillJob}',
          Arguments: { '--run_id.$': member(run, 'runId').path, '--stages.$': stages },
        },
        ResultPath: null,
        Retry: [GLUE_RETRY],
        Catch: ON_ERROR,
        Next: next,
      },
    ],
  ];
}

const levelName = (index: number, count: number) => `Level ${index + 1} of ${count}`;

/** Plan, what arrived, every level in order, balance sheet, notice. */
export function pipelineDefinition({
  study,
  levels,
  spark = [],
  tableOptimizers = false,
}: PipelineShape): Definition {
  const afterLevel = (index: number) =>
    index + 1 < levels.length ? levelName(index + 1, levels.length) : 'Compose balance';
  const start = last<StartOfRun>();
  const reconciled = at<Reconciliation>('$.reconciled.answer');
  const verdict = member(reconciled, 'verdict').path;
  return {
    Comment: `Headwaters ${study}: bronze to silver to gold to marts, every record accounted for`,
    QueryLanguage: 'JSONPath',
    TimeoutSeconds: 4 * 3600,
    StartAt: 'Plan',
    States: {
      Plan: {
        ...invoke({
          comment: 'Takes the lease and every object that the ledger has as landed',
          function: 'RunPlanner',
          payload: template<PlanRequest>({
            execution: at('$$.Execution.Id'),
            startedAt: at('$$.Execution.StartTime'),
            request: at('$'),
          }),
          into: at('$'),
          next: 'What is there to do?',
        }),
        ResultSelector: { 'plan.$': '$.Payload.plan', step: { 'answer.$': '$.Payload.start' } },
        Catch: ON_ERROR,
      },
      'What is there to do?': {
        Type: 'Choice',
        Choices: [{ Variable: member(plan, 'decision').path, StringEquals: 'run', Next: asks('Tables') }],
        Default: 'No run',
      },
      'No run': {
        Type: 'Pass',
        Comment: 'Nothing new, or another run is active',
        InputPath: plan.path,
        End: true,
      },
      ...Object.fromEntries([
        ...runBatch('Tables', member(start, 'tables'), asks('Stage what arrived')),
        ...runBatch(
          'Stage what arrived',
          member(start, 'arrivals'),
          levels.length > 0 ? levelName(0, levels.length) : 'Compose balance',
        ),
        ...levels.flatMap((_, index) =>
          levelStates(
            index,
            levels,
            afterLevel(index),
            levels[index]!.some((model) => spark.includes(model)),
          ),
        ),
        ...balanceStates(),
      ]),
      Notify: notify(reconciled.path, tableOptimizers ? 'Table optimizers' : 'How did it end?'),
      ...(tableOptimizers && {
        'Table optimizers': invoke({
          comment:
            'On tables that this run made; the run has its verdict, and fails all the same when this does',
          function: 'ModelRunner',
          payload: template<OptimizeRequest>({ step: 'optimize' }),
          into: at('$.optimizers'),
          next: 'How did it end?',
        }),
      }),
      'How did it end?': {
        Type: 'Choice',
        Choices: [
          { Variable: verdict, StringEquals: 'OutOfBalance', Next: 'Out of balance' },
          { Variable: verdict, StringEquals: 'AuditStopped', Next: 'Audit stopped' },
        ],
        Default: 'Done',
      },
      Done: { Type: 'Pass', InputPath: reconciled.path, End: true },
      'Out of balance': {
        Type: 'Fail',
        Error: 'OutOfBalance',
        CausePath: member(reconciled, 'summary').path,
      },
      'Audit stopped': { Type: 'Fail', Error: 'AuditStopped', CausePath: member(reconciled, 'summary').path },
      'Give up': invoke({
        comment:
          'Gives the lease back; the ledger keeps its rows as landed, so the next run takes them again',
        function: 'RunReconciler',
        payload: template<GiveUpRequest>({
          step: 'give-up',
          execution: at('$$.Execution.Id'),
          error: at('$.error'),
        }),
        into: at('$.givenUp'),
        next: 'Notify failure',
      }),
      'Notify failure': notify('$.givenUp.answer', 'Run failed'),
      'Run failed': { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
    },
  };
}

function balanceStates(): [string, State][] {
  return [
    [
      'Compose balance',
      {
        ...invoke({
          function: 'RunReconciler',
          payload: template<BalanceRequest>({ step: 'balance', run, outcomes }),
          into: STEP,
          next: asks('Balance'),
        }),
        Catch: ON_ERROR,
      },
    ],
    ...runBatch('Balance', member(last<BalanceAnswer>(), 'balance'), 'Reconcile'),
    [
      'Reconcile',
      {
        ...invoke({
          comment: 'Every record of the run is in silver, a counted duplicate or in quarantine',
          function: 'RunReconciler',
          payload: template<ReconcileRequest>({
            step: 'reconcile',
            run,
            balance: finished(member(last<BalanceAnswer>(), 'balance')),
            outcomes,
          }),
          into: at('$.reconciled'),
          next: 'Notify',
        }),
        Catch: ON_ERROR,
      },
    ],
  ];
}

/** Compacts and vacuums every table of the study, one after the other; a table that fails does not keep the others from their turn. */
export function maintenanceDefinition(study: string): Definition {
  return {
    Comment: `Headwaters ${study}: OPTIMIZE folds small files and deletes, VACUUM expires what no reader needs`,
    QueryLanguage: 'JSONPath',
    TimeoutSeconds: 6 * 3600,
    StartAt: 'List tables',
    States: {
      'List tables': invoke({
        function: 'ModelRunner',
        payload: template<MaintainRequest>({ step: 'maintain', execution: at('$$.Execution.Id') }),
        into: at('$.work'),
        next: 'Every table',
      }),
      'Every table': {
        Type: 'Map',
        ItemsPath: member(at<MaintainAnswer>('$.work.answer'), 'statements').path,
        MaxConcurrency: 2,
        ItemSelector: { 'statement.$': '$$.Map.Item.Value', tries: 0 },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Attempt',
          States: {
            Attempt: {
              Type: 'Parallel',
              Branches: [oneStatement('maintenance')],
              ResultSelector: { failed: false },
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Note failure' }],
              End: true,
            },
            'Note failure': {
              Type: 'Pass',
              Parameters: { failed: true, 'name.$': '$.statement.name', 'cause.$': '$.error.Cause' },
              End: true,
            },
          },
        },
        ResultPath: '$.results',
        Next: 'Pick failures',
      },
      'Pick failures': {
        Type: 'Pass',
        Parameters: { 'failures.$': '$.results[?(@.failed == true)]' },
        Next: 'All well?',
      },
      'All well?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.failures[0]', IsPresent: true, Next: 'Tell failures' }],
        Default: 'Done',
      },
      'Tell failures': {
        Type: 'Pass',
        Parameters: { 'cause.$': 'States.JsonToString($.failures)' },
        Next: 'Maintenance failed',
      },
      'Maintenance failed': { Type: 'Fail', Error: 'MaintenanceFailed', CausePath: '$.cause' },
      Done: { Type: 'Succeed' },
    },
  };
}

function notify(messagePath: string, next: string): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::sns:publish',
    Parameters: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the state machine's substitutions.
      TopicArn: '${Topic}',
      'Subject.$': `${messagePath}.subject`,
      'Message.$': `${messagePath}.summary`,
      MessageAttributes: { verdict: { DataType: 'String', 'StringValue.$': `${messagePath}.verdict` } },
    },
    Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }],
    ResultPath: null,
    Next: next,
  };
}

/** A state's comment tells what is in it without filling the screen. */
const shorten = (text: string) => (text.length <= 200 ? text : `${text.slice(0, 199)}…`);
