/** The pipeline's definition, run state by state: order, skipping, retries, and how a run ends. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { StateMachine } from 'aws-local-stepfunctions';
import {
  type Definition,
  maintenanceDefinition,
  pipelineDefinition,
  type State,
  type States,
} from '../../lib/constructs/pipelineDefinition.ts';

const validate = createRequire(import.meta.url)('asl-validator') as (
  definition: object,
  options: object,
) => { isValid: boolean; errors: unknown };

const pipeline = pipelineDefinition({
  study: 'shop',
  levels: [['orders', 'customers'], ['fact_sales'], ['sales_daily']],
  modelConcurrency: 2,
});

/** Every state of a definition, those inside Maps and Parallels included. */
function statesOf({ States: states }: States): [string, State][] {
  return Object.entries(states).flatMap(([name, state]) => {
    const inner = [state.ItemProcessor, ...((state.Branches as States[] | undefined) ?? [])];
    return [[name, state], ...inner.filter(Boolean).flatMap((one) => statesOf(one as States))];
  });
}

interface Call {
  readonly Payload?: { readonly step?: string; readonly model?: string };
  readonly QueryString?: string;
  readonly ClientRequestToken?: string;
  readonly Message?: string;
  readonly Subject?: string;
}

interface Fakes {
  readonly plan?: object;
  /** What Athena does with a statement; throws to fail it. */
  readonly query?: (sql: string, token: string) => void;
  readonly stopped?: readonly string[];
  readonly verdict?: string;
}

/** Runs a definition with fakes behind every task; notes what was asked for, in order. */
async function run(definition: Definition, fakes: Fakes = {}) {
  const queries: string[] = [];
  const tokens: string[] = [];
  const notices: string[] = [];
  const steps: string[] = [];
  const statement = (text: string) => ({ name: text, token: `token-of-${text}`.padEnd(40, '.'), sql: text });
  const answers: Record<string, (call: Call) => object> = {
    RunPlanner: () =>
      fakes.plan ?? {
        decision: 'run',
        run: { runId: 'r1' },
        levels: [['orders', 'customers'], ['fact_sales'], ['sales_daily']],
        outcomes: {},
        statements: [statement('system')],
      },
    ModelRunner: ({ Payload: { step, model, ...rest } = {} }) => {
      steps.push(`${step} ${model ?? ''}`.trim());
      if (step === 'prepare') {
        const held = JSON.stringify(rest).match(/stopped|skipped/) !== null;
        return { skipped: held, statements: held ? [] : [statement(`create ${model}`)] };
      }
      if (step === 'stage') {
        return { attempt: 1, touched: null, anything: true, statements: [statement(`stage ${model}`)] };
      }
      if (step === 'maintain') return { statements: [statement('optimize'), statement('vacuum')] };
      const stopped = fakes.stopped?.includes(model!) ?? false;
      return { stopped, statements: stopped ? [] : [statement(`publish ${model}`)] };
    },
    RunReconciler: ({ Payload: { step } = {} }) => {
      steps.push(`reconciler ${step}`);
      if (step === 'compose') return { statements: [statement('balance')] };
      if (step === 'give-up') return { verdict: 'Failed', subject: 'failed', summary: 'failed' };
      return { verdict: fakes.verdict ?? 'Balanced', subject: 's', summary: `run was ${fakes.verdict}` };
    },
  };

  const tasks = statesOf(definition).filter(([, state]) => state.Type === 'Task');
  const handlers = tasks.map(([name, { Resource, Parameters }]) => [
    name,
    async (call: Call) => {
      if (Resource === 'arn:aws:states:::lambda:invoke') {
        const { FunctionName } = Parameters as { FunctionName: string };
        return { Payload: answers[FunctionName.slice(2, -1)]!(call) };
      }
      if (Resource === 'arn:aws:states:::sns:publish') {
        notices.push(call.Subject!);
        return {};
      }
      tokens.push(call.ClientRequestToken!);
      fakes.query?.(call.QueryString!, call.ClientRequestToken!);
      queries.push(call.QueryString!);
      return { QueryExecution: { QueryExecutionId: `id of ${call.QueryString}` } };
    },
  ]);
  const waits = statesOf(definition).filter(([, state]) => state.Type === 'Wait');
  const execution = new StateMachine(definition as never).run(
    {},
    {
      context: { Execution: { Id: 'arn:execution', StartTime: '2024-12-01T12:00:00Z' } } as never,
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(handlers),
        waitTimeOverrides: Object.fromEntries(waits.map(([name]) => [name, 0])),
      },
    },
  );
  const end = await execution.result.then(
    (output) => ({ output: output as { verdict?: string }, error: undefined }),
    ({ cause }: Error) => ({ output: undefined, error: (cause as Error).name }),
  );
  return { ...end, queries, tokens, notices, steps };
}

/** A failed query as the integration reports it: its description as JSON in the cause. */
const queryFailed = (reason: string) =>
  Object.assign(new Error(JSON.stringify({ QueryExecution: { Status: { StateChangeReason: reason } } })), {
    name: 'States.TaskFailed',
  });

for (const [name, definition] of Object.entries({ pipeline, maintenance: maintenanceDefinition('shop') })) {
  test(`The ${name}'s definition is valid Amazon States Language, paths included`, () => {
    const verdict = validate(definition, { checkArn: false, checkPaths: true });

    assert.deepEqual(verdict.errors, []);
  });
}

test('Levels are published in their order, each model staged before it is published, the books last', async () => {
  const { queries, notices, output } = await run(pipeline);

  assert.equal(queries[0], 'system');
  assert.equal(queries.at(-1), 'balance');
  const at = (query: string) => queries.indexOf(query);
  for (const model of ['orders', 'customers', 'fact_sales', 'sales_daily']) {
    assert.ok(
      at(`create ${model}`) < at(`stage ${model}`) && at(`stage ${model}`) < at(`publish ${model}`),
      model,
    );
  }
  assert.ok(at('publish orders') < at('create fact_sales'));
  assert.ok(at('publish fact_sales') < at('create sales_daily'));
  assert.deepEqual(notices, ['s']);
  assert.equal(output?.verdict, 'Balanced');
});

test('When nothing has landed nothing is run', async () => {
  const { queries, output } = await run(pipeline, { plan: { decision: 'nothing-new' } });

  assert.deepEqual(queries, []);
  assert.deepEqual(output, { decision: 'nothing-new' });
});

test('A stopped model is not published, what reads it is skipped, and the run fails after its books are closed', async () => {
  const { queries, error, notices } = await run(pipeline, {
    stopped: ['fact_sales'],
    verdict: 'AuditStopped',
  });

  assert.ok(!queries.includes('publish fact_sales'));
  assert.ok(!queries.includes('stage sales_daily'));
  assert.ok(queries.includes('balance'));
  assert.equal(error, 'AuditStopped');
  assert.deepEqual(notices, ['s']);
});

test('Books that do not balance fail the run', async () => {
  const { error } = await run(pipeline, { verdict: 'OutOfBalance' });

  assert.equal(error, 'OutOfBalance');
});

test('A lost optimistic commit is tried again under a new token', async () => {
  let losses = 2;
  const { queries, tokens, output } = await run(pipeline, {
    query: (sql) => {
      if (sql === 'publish orders' && losses-- > 0)
        throw queryFailed('ICEBERG_COMMIT_ERROR: Failed to commit');
    },
  });

  const tries = tokens.filter((token) => token.startsWith('token-of-publish orders'));
  assert.deepEqual(
    tries.map((token) => token.slice(-2)),
    ['-0', '-1', '-2'],
  );
  assert.ok(tries.every((token) => token.length >= 32 && token.length <= 128));
  assert.equal(queries.filter((query) => query === 'publish orders').length, 1);
  assert.equal(output?.verdict, 'Balanced');
});

test('Another failure of a statement ends the run: the lease is given back and people are told', async () => {
  const { error, steps, notices } = await run(pipeline, {
    query: (sql) => {
      if (sql === 'stage orders') throw queryFailed("SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved");
    },
  });

  assert.equal(error, 'States.TaskFailed');
  assert.equal(steps.at(-1), 'reconciler give-up');
  assert.deepEqual(notices, ['failed']);
  assert.ok(!steps.includes('prepare fact_sales'));
});

test('Maintenance goes on with the other tables when one fails, and fails in the end', async () => {
  const { queries, error } = await run(maintenanceDefinition('shop'), {
    query: (sql) => {
      if (sql === 'optimize') throw queryFailed('GENERIC_INTERNAL_ERROR');
    },
  });

  assert.deepEqual(queries, ['vacuum']);
  assert.equal(error, 'MaintenanceFailed');
});
