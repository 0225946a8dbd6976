/**
 * The pipeline as Amazon States Language, made from the levels of a study's model graph. Plain data, no AWS: the names in
 * `${…}` are filled in by the state machine's substitutions. State carries ids and keys; a statement's text passes only
 * through the step that runs it (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: 256 KiB).
 */

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

/** Names that the definition leaves open: ARNs of functions and topic, the workgroup's name. */
export const SUBSTITUTIONS = ['RunPlanner', 'ModelRunner', 'RunReconciler', 'WorkGroup', 'Topic'] as const;
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
 * A statement that lost an optimistic commit, met throttling, or (VACUUM) has more to do runs again under a new token.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-troubleshooting.html
 */
const WORTH_ANOTHER_TRY = [
  '*ICEBERG_COMMIT_ERROR*',
  '*ICEBERG_VACUUM_MORE_RUNS_NEEDED*',
  '*SlowDown*',
  '*TooManyRequests*',
  '*ThrottlingException*',
];
const STATEMENT_TRIES = 6;

interface Invocation {
  readonly function: (typeof SUBSTITUTIONS)[number];
  readonly payload: Readonly<Record<string, unknown>>;
  readonly resultPath: string;
  readonly next: string;
  readonly comment?: string;
}

function invoke({ function: name, payload, resultPath, next, comment }: Invocation): State {
  return {
    Type: 'Task',
    ...(comment && { Comment: comment }),
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: `\${${name}}`, Payload: payload },
    ResultSelector: { 'payload.$': '$.Payload' },
    ResultPath: resultPath,
    Retry: [LAMBDA_RETRY],
    Next: next,
  };
}

/**
 * Runs `{name, token, sql}` or `{name, token, key}` (text kept on S3 because it is long), one after the other.
 * Each gives `{name, queryExecutionId}`.
 */
function runStatements(where: string, itemsPath: string, resultPath: string, next: string): State {
  return {
    Type: 'Map',
    ItemsPath: itemsPath,
    MaxConcurrency: 1,
    ItemSelector: { 'statement.$': '$$.Map.Item.Value', tries: 0 },
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...oneStatement(where) },
    ResultPath: resultPath,
    Next: next,
  };
}

/** Names carry `where`, because they must be unique in the whole machine, not only in their Map. */
function oneStatement(where: string): States {
  const at = (name: string) => `${name} (${where})`;
  return {
    StartAt: at('Text at hand?'),
    States: {
      [at('Text at hand?')]: {
        Type: 'Choice',
        Choices: [{ Variable: '$.statement.sql', IsPresent: true, Next: at('Name the try') }],
        Default: at('Fetch text'),
      },
      [at('Fetch text')]: invoke({
        function: 'ModelRunner',
        payload: { step: 'fetch', 'statement.$': '$.statement' },
        resultPath: '$.fetched',
        next: at('Take text'),
      }),
      [at('Take text')]: {
        Type: 'Pass',
        Parameters: { 'statement.$': '$.fetched.payload', 'tries.$': '$.tries' },
        Next: at('Name the try'),
      },
      [at('Name the try')]: {
        Type: 'Pass',
        Comment: 'A new token per try; the same token within a try, so that a repeated start is one query',
        Parameters: {
          'statement.$': '$.statement',
          'tries.$': 'States.MathAdd($.tries, 1)',
          'token.$': "States.Format('{}-{}', $.statement.token, $.tries)",
          'waitSeconds.$': 'States.MathRandom(1, 9)',
        },
        Next: at('Run statement'),
      },
      [at('Run statement')]: {
        Type: 'Task',
        Resource: 'arn:aws:states:::athena:startQueryExecution.sync',
        Parameters: {
          'QueryString.$': '$.statement.sql',
          'ClientRequestToken.$': '$.token',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the state machine's substitutions.
          WorkGroup: '${WorkGroup}',
        },
        Retry: [ATHENA_THROTTLING_RETRY],
        Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: at('Read failure') }],
        ResultSelector: { 'queryExecutionId.$': '$.QueryExecution.QueryExecutionId' },
        ResultPath: '$.done',
        Next: at('Statement done'),
      },
      [at('Statement done')]: {
        Type: 'Pass',
        Parameters: { 'name.$': '$.statement.name', 'queryExecutionId.$': '$.done.queryExecutionId' },
        End: true,
      },
      [at('Read failure')]: {
        Type: 'Choice',
        Comment: 'The cause of a failed query is its description as JSON; the reason is told by a word in it',
        Choices: [
          {
            And: [
              { Variable: '$.tries', NumericLessThan: STATEMENT_TRIES },
              {
                Or: WORTH_ANOTHER_TRY.map((pattern) => ({
                  Variable: '$.failure.Cause',
                  StringMatches: pattern,
                })),
              },
            ],
            Next: at('Wait before next try'),
          },
        ],
        Default: at('Statement failed'),
      },
      [at('Wait before next try')]: { Type: 'Wait', SecondsPath: '$.waitSeconds', Next: at('Name the try') },
      [at('Statement failed')]: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
    },
  };
}

/** One model: stage, audit, publish. Gives `{model, outcome}` with outcome published, stopped or skipped. */
function oneModel(level: string): States {
  const at = (name: string) => `${name} (${level})`;
  const context = { 'model.$': '$.model', 'run.$': '$.run' };
  const outcome = (value: string): State => ({
    Type: 'Pass',
    Parameters: { 'model.$': '$.model', outcome: value },
    End: true,
  });
  return {
    StartAt: at('Prepare'),
    States: {
      [at('Prepare')]: invoke({
        comment: 'The table as its contract has it, and which partitions this run touches',
        function: 'ModelRunner',
        payload: { step: 'prepare', ...context, 'outcomes.$': '$.outcomes' },
        resultPath: '$.prepared',
        next: at('Upstream published?'),
      }),
      [at('Upstream published?')]: {
        Type: 'Choice',
        Choices: [{ Variable: '$.prepared.payload.skipped', BooleanEquals: true, Next: at('Skipped') }],
        Default: at('Run preparations'),
      },
      [at('Run preparations')]: runStatements(
        `prepare, ${level}`,
        '$.prepared.payload.statements',
        '$.prepared.queries',
        at('Stage'),
      ),
      [at('Stage')]: invoke({
        comment: 'The unpublished result and its checks',
        function: 'ModelRunner',
        payload: { step: 'stage', ...context, 'queries.$': '$.prepared.queries' },
        resultPath: '$.staged',
        next: at('Touched anything?'),
      }),
      [at('Touched anything?')]: {
        Type: 'Choice',
        Choices: [{ Variable: '$.staged.payload.anything', BooleanEquals: false, Next: at('Published') }],
        Default: at('Run stage and audit'),
      },
      [at('Run stage and audit')]: runStatements(
        `stage, ${level}`,
        '$.staged.payload.statements',
        '$.staged.queries',
        at('Assess'),
      ),
      [at('Assess')]: invoke({
        comment: 'What the checks found: rows to refuse, or a stop',
        function: 'ModelRunner',
        payload: {
          step: 'assess',
          ...context,
          'touched.$': '$.staged.payload.touched',
          'queries.$': '$.staged.queries',
        },
        resultPath: '$.assessed',
        next: at('Audit passed?'),
      }),
      [at('Audit passed?')]: {
        Type: 'Choice',
        Choices: [{ Variable: '$.assessed.payload.stopped', BooleanEquals: true, Next: at('Stopped') }],
        Default: at('Publish'),
      },
      [at('Publish')]: runStatements(
        `publish, ${level}`,
        '$.assessed.payload.statements',
        '$.assessed.queries',
        at('Published'),
      ),
      [at('Published')]: outcome('published'),
      [at('Stopped')]: outcome('stopped'),
      [at('Skipped')]: outcome('skipped'),
    },
  };
}

export interface PipelineShape {
  readonly study: string;
  /** Names of models; a level needs only levels before it. */
  readonly levels: readonly (readonly string[])[];
  readonly modelConcurrency: number;
}

const levelName = (index: number, count: number) => `Level ${index + 1} of ${count}`;

/** Plan, every level in order, reconcile, notify. */
export function pipelineDefinition({ study, levels, modelConcurrency }: PipelineShape): Definition {
  const onError = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Give up' }];
  const levelStates = levels.map((models, index): [string, State] => [
    levelName(index, levels.length),
    {
      Type: 'Map',
      Comment: shorten(models.join(', ')),
      ItemsPath: `$.plan.payload.levels[${index}]`,
      MaxConcurrency: modelConcurrency,
      ItemSelector: {
        'model.$': '$$.Map.Item.Value',
        'run.$': '$.plan.payload.run',
        'outcomes.$': '$.plan.payload.outcomes',
      },
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...oneModel(`level ${index + 1}`) },
      ResultPath: `$.plan.payload.outcomes.level${index + 1}`,
      Catch: onError,
      Next: index + 1 < levels.length ? levelName(index + 1, levels.length) : 'Compose balance',
    },
  ]);
  const first = levels.length > 0 ? levelName(0, levels.length) : 'Compose balance';
  return {
    Comment: `Headwaters ${study}: bronze to silver to gold to marts, books balanced`,
    QueryLanguage: 'JSONPath',
    TimeoutSeconds: 4 * 3600,
    StartAt: 'Plan',
    States: {
      Plan: {
        ...invoke({
          comment: 'Takes the lease and every object that the ledger has as landed',
          function: 'RunPlanner',
          payload: {
            'execution.$': '$$.Execution.Id',
            'startedAt.$': '$$.Execution.StartTime',
            'request.$': '$',
          },
          resultPath: '$.plan',
          next: 'What is there to do?',
        }),
        Catch: onError,
      },
      'What is there to do?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.plan.payload.decision', StringEquals: 'nothing-new', Next: 'Nothing new' },
          { Variable: '$.plan.payload.decision', StringEquals: 'another-run', Next: 'Another run is active' },
        ],
        Default: 'Run preparations',
      },
      'Run preparations': {
        ...runStatements('tables', '$.plan.payload.statements', '$.prepared', first),
        Catch: onError,
      },
      'Nothing new': { Type: 'Pass', InputPath: '$.plan.payload', End: true },
      'Another run is active': { Type: 'Pass', InputPath: '$.plan.payload', End: true },
      ...Object.fromEntries(levelStates),
      'Compose balance': {
        ...invoke({
          function: 'RunReconciler',
          payload: { step: 'compose', 'run.$': '$.plan.payload.run' },
          resultPath: '$.balance',
          next: 'Run balance',
        }),
        Catch: onError,
      },
      'Run balance': {
        ...runStatements('balance', '$.balance.payload.statements', '$.balance.queries', 'Reconcile'),
        Catch: onError,
      },
      Reconcile: {
        ...invoke({
          comment: 'Every record of the run is in silver, a counted duplicate or in quarantine',
          function: 'RunReconciler',
          payload: {
            step: 'reconcile',
            'run.$': '$.plan.payload.run',
            'queries.$': '$.balance.queries',
            'outcomes.$': '$.plan.payload.outcomes',
          },
          resultPath: '$.reconciled',
          next: 'Notify',
        }),
        Catch: onError,
      },
      Notify: notify('$.reconciled.payload', 'How did it end?'),
      'How did it end?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.reconciled.payload.verdict', StringEquals: 'OutOfBalance', Next: 'Out of balance' },
          { Variable: '$.reconciled.payload.verdict', StringEquals: 'AuditStopped', Next: 'Audit stopped' },
        ],
        Default: 'Done',
      },
      Done: { Type: 'Pass', InputPath: '$.reconciled.payload', End: true },
      'Out of balance': { Type: 'Fail', Error: 'OutOfBalance', CausePath: '$.reconciled.payload.summary' },
      'Audit stopped': { Type: 'Fail', Error: 'AuditStopped', CausePath: '$.reconciled.payload.summary' },
      'Give up': {
        ...invoke({
          comment:
            'Gives the lease back; the ledger keeps its rows as landed, so the next run takes them again',
          function: 'RunReconciler',
          payload: { step: 'give-up', 'execution.$': '$$.Execution.Id', 'error.$': '$.error' },
          resultPath: '$.givenUp',
          next: 'Notify failure',
        }),
      },
      'Notify failure': notify('$.givenUp.payload', 'Run failed'),
      'Run failed': { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
    },
  };
}

/** Compacts and vacuums every table of the study, one after the other; a table that fails does not keep the others from their turn. */
export function maintenanceDefinition(study: string): Definition {
  const statement = oneStatement('maintenance');
  return {
    Comment: `Headwaters ${study}: OPTIMIZE folds small files and deletes, VACUUM expires what no reader needs`,
    QueryLanguage: 'JSONPath',
    TimeoutSeconds: 6 * 3600,
    StartAt: 'List tables',
    States: {
      'List tables': invoke({
        function: 'ModelRunner',
        payload: { step: 'maintain', 'execution.$': '$$.Execution.Id' },
        resultPath: '$.work',
        next: 'Every table',
      }),
      'Every table': {
        Type: 'Map',
        ItemsPath: '$.work.payload.statements',
        MaxConcurrency: 2,
        ItemSelector: { 'statement.$': '$$.Map.Item.Value', tries: 0 },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Attempt',
          States: {
            Attempt: {
              Type: 'Parallel',
              Branches: [statement],
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
