/** The pipeline's definition, run state by state: order, skipping, retries, and how a run ends. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { StateMachine } from 'aws-local-stepfunctions';
import { test } from 'vitest';
import {
  type Definition,
  maintenanceDefinition,
  pipelineDefinition,
  type State,
  type States,
} from '../../lib/constructs/pipelineDefinition.ts';
import type { Finished } from '../../lib/model/run/protocol.ts';

const validate = createRequire(import.meta.url)('asl-validator') as (
  definition: object,
  options: object,
) => { isValid: boolean; errors: unknown };

const levels = [['orders', 'customers'], ['fact_sales'], ['sales_daily']];
const pipeline = pipelineDefinition({ study: 'shop', levels });

/** Every state of a definition, those inside Maps and Parallels included. */
function statesOf({ States: states }: States): [string, State][] {
  return Object.entries(states).flatMap(([name, state]) => {
    const inner = [state.ItemProcessor, ...((state.Branches as States[] | undefined) ?? [])];
    return [[name, state], ...inner.filter(Boolean).flatMap((one) => statesOf(one as States))];
  });
}

/** Every query is of the statement under its name; a batch without statements leaves those of the batch before. */
const namesOf = ({ names, queries }: Finished) => {
  assert.deepEqual(
    names.map((_, at) => queries[at]?.queryExecutionId),
    names.map((name) => `id of ${name}`),
  );
  return [...names];
};

interface Call {
  readonly Payload?: {
    readonly step?: string;
    readonly models?: readonly string[];
    readonly outcomes?: Readonly<Record<string, string>>;
    readonly key?: string;
    readonly audit?: Finished;
    readonly balance?: Finished;
  };
  readonly QueryString?: string;
  readonly ClientRequestToken?: string;
  readonly QueryExecutionId?: string;
  readonly Subject?: string;
}

interface Fakes {
  readonly plan?: object;
  /** Models of the plan's levels. @default all */
  readonly partial?: readonly (readonly string[])[];
  /** What Athena does with a statement; throws to fail it. */
  readonly query?: (sql: string, token: string) => void;
  readonly stopped?: readonly string[];
  readonly verdict?: string;
  /** Texts are too long to travel: their keys do. */
  readonly fetched?: boolean;
}

/** Runs a definition with fakes behind every task; notes what was asked for, in order. */
async function run(definition: Definition, fakes: Fakes = {}) {
  const queries: string[] = [];
  const tokens: string[] = [];
  const notices: string[] = [];
  const steps: string[] = [];
  /** Names of the queries whose answers a step was given. */
  const asked: string[][] = [];
  const tokenOf = (text: string) => `token-of-${text}`.padEnd(40, '.');
  const statement = (text: string) => ({ name: text, token: tokenOf(text), sql: text });
  const batch = (texts: readonly string[]) => ({
    statements: fakes.fetched ? [] : texts.map(statement),
    names: texts,
    prefix: 'texts/',
    concurrency: 2,
  });
  const idle = { outcomes: {}, tables: batch([]), arrivals: batch([]) };
  const answers: Record<string, (call: Call) => object> = {
    RunPlanner: () =>
      fakes.plan
        ? { plan: fakes.plan, start: idle }
        : {
            plan: { decision: 'run', run: { runId: 'r1' }, levels: fakes.partial ?? levels },
            start: { ...idle, tables: batch(['system']), arrivals: batch(['arrivals']) },
          },
    ModelRunner: ({ Payload: { step, models = [], outcomes = {}, key, audit } = {} }) => {
      steps.push([step, ...models].join(' '));
      if (step === 'fetch') {
        const text = /^texts\/(.*)\.sql$/.exec(key!)![1]!;
        return { token: tokenOf(text), sql: text };
      }
      if (step === 'optimize') return { changed: 0 };
      if (step === 'maintain') return { statements: [statement('optimize'), statement('vacuum')] };
      const held = Object.values(outcomes).some((outcome) => outcome !== 'published');
      const made = held ? [] : models;
      if (step === 'compose')
        return {
          outcomes,
          stage: batch(made.map((model) => `stage ${model}`)),
          audit: batch(made.map((model) => `audit ${model}`)),
        };
      asked.push(namesOf(audit!));
      const stopped = made.filter((model) => fakes.stopped?.includes(model));
      return {
        outcomes: {
          ...outcomes,
          ...Object.fromEntries(models.map((model) => [model, held ? 'skipped' : 'published'])),
          ...Object.fromEntries(stopped.map((model) => [model, 'stopped'])),
        },
        publish: batch(made.filter((model) => !stopped.includes(model)).map((model) => `publish ${model}`)),
      };
    },
    RunReconciler: ({ Payload: { step, outcomes, balance } = {} }) => {
      steps.push(`reconciler ${step}`);
      if (step === 'balance') return { outcomes, balance: batch(['balance']) };
      if (step === 'give-up') return { verdict: 'Failed', subject: 'failed', summary: 'failed' };
      asked.push(namesOf(balance!));
      return {
        verdict: fakes.verdict ?? 'Balanced',
        subject: 's',
        summary: `run was ${fakes.verdict}`,
        outcomes,
      };
    },
  };

  /** Token → what Athena says of the query that failed under it. */
  const reasons = new Map<string, string>();
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
      if (Resource === 'arn:aws:states:::athena:getQueryExecution')
        return { QueryExecution: { Status: { StateChangeReason: reasons.get(call.QueryExecutionId!) } } };
      if (Resource === 'arn:aws:states:::athena:startQueryExecution')
        return { QueryExecutionId: call.ClientRequestToken };
      tokens.push(call.ClientRequestToken!);
      try {
        fakes.query?.(call.QueryString!, call.ClientRequestToken!);
      } catch (error) {
        reasons.set(call.ClientRequestToken!, (error as QueryFailed).reason);
        throw error;
      }
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
    (output) => ({ output: output as { verdict?: string; outcomes?: object }, error: undefined }),
    ({ cause }: Error) => ({ output: undefined, error: (cause as Error).name }),
  );
  return { ...end, queries, tokens, notices, steps, asked };
}

interface QueryFailed extends Error {
  readonly reason: string;
}

/** A failed query of a long statement as the integration reports it: the cause is cut before it comes to the reason. */
const queryFailed = (reason: string): QueryFailed =>
  Object.assign(new Error(`{"QueryExecution":{"Query":"${'x'.repeat(32_768)}`.slice(0, 32_768)), {
    name: 'States.TaskFailed',
    reason,
  });

for (const [name, definition] of Object.entries({
  pipeline,
  'pipeline with table optimizers': pipelineDefinition({ study: 'shop', levels, tableOptimizers: true }),
  maintenance: maintenanceDefinition('shop'),
})) {
  test(`The ${name}'s definition is valid Amazon States Language, paths included`, () => {
    const verdict = validate(definition, { checkArn: false, checkPaths: true });

    assert.deepEqual(verdict.errors, []);
  });
}

test('What arrived is staged first, levels are published in their order, and the balance sheet comes last', async () => {
  const { queries, asked, notices, output } = await run(pipeline);

  assert.deepEqual(queries.slice(0, 2), ['system', 'arrivals']);
  assert.equal(queries.at(-1), 'balance');
  const at = (query: string) => queries.indexOf(query);
  for (const level of levels)
    for (const model of level)
      assert.ok(
        Math.max(...level.map((one) => at(`stage ${one}`))) < at(`audit ${model}`) &&
          Math.max(...level.map((one) => at(`audit ${one}`))) < at(`publish ${model}`),
        model,
      );
  assert.ok(at('publish orders') < at('stage fact_sales'));
  assert.ok(at('publish fact_sales') < at('stage sales_daily'));
  assert.deepEqual(asked, [...levels.map((level) => level.map((model) => `audit ${model}`)), ['balance']]);
  assert.deepEqual(notices, ['s']);
  assert.equal(output?.verdict, 'Balanced');
  assert.deepEqual(output?.outcomes, Object.fromEntries(levels.flat().map((model) => [model, 'published'])));
});

test('Models that the plan leaves out, and levels without one, are passed over', async () => {
  const { queries, steps } = await run(pipeline, {
    partial: [['orders'], [], ['sales_daily']],
  });

  assert.ok(!steps.some((step) => step.includes('fact_sales')));
  assert.deepEqual(
    queries.filter((query) => query.startsWith('publish')),
    ['publish orders', 'publish sales_daily'],
  );
});

test('Texts that are too long to travel are fetched by the step that runs them', async () => {
  const { queries, output } = await run(pipeline, { fetched: true });

  assert.ok(queries.includes('publish fact_sales'));
  assert.equal(output?.verdict, 'Balanced');
});

test('A statement that succeeds is one transition', async () => {
  const definition = pipelineDefinition({ study: 'shop', levels });
  const processors = statesOf(definition).flatMap(([, { ItemProcessor }]) =>
    ItemProcessor ? [ItemProcessor as States] : [],
  );

  for (const { StartAt, States: inner } of processors)
    assert.ok(inner[StartAt]!.End === true || StartAt.startsWith('Fetch text'), StartAt);
});

test('When nothing has landed nothing is run', async () => {
  const { queries, output } = await run(pipeline, { plan: { decision: 'nothing-new' } });

  assert.deepEqual(queries, []);
  assert.deepEqual(output, { decision: 'nothing-new' });
});

test('A stopped model is not published, what reads it is skipped, and the run fails once its balance sheet is drawn up', async () => {
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

test('A balance sheet that does not balance fails the run', async () => {
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

test('A table that is far from compact is compacted again and again, each time under a new token', async () => {
  let more = 25;
  const { queries, tokens, error } = await run(maintenanceDefinition('shop'), {
    query: (sql) => {
      if (sql === 'optimize' && more-- > 0) throw queryFailed('ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED');
      if (sql === 'vacuum') throw queryFailed('GENERIC_INTERNAL_ERROR');
    },
  });

  assert.deepEqual(queries, ['optimize']);
  assert.equal(new Set(tokens).size, 27);
  assert.equal(error, 'MaintenanceFailed');
});

test('A statement that Athena did not start is not started to ask why', async () => {
  const { tokens, steps, error } = await run(pipeline, {
    query: (sql) => {
      if (sql === 'stage orders')
        throw Object.assign(new Error('Too long'), { name: 'Athena.InvalidRequestException' });
    },
  });

  assert.equal(tokens.filter((token) => token.startsWith('token-of-stage orders')).length, 1);
  assert.equal(error, 'Athena.InvalidRequestException');
  assert.equal(steps.at(-1), 'reconciler give-up');
});

test('Another failure of a statement ends the run: the lease is given back and people are notified', async () => {
  const { error, steps, notices } = await run(pipeline, {
    query: (sql) => {
      if (sql === 'stage orders') throw queryFailed("SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved");
    },
  });

  assert.equal(error, 'States.TaskFailed');
  assert.equal(steps.at(-1), 'reconciler give-up');
  assert.deepEqual(notices, ['failed']);
  assert.ok(!steps.includes('compose fact_sales'));
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

test('Table optimizers are switched on once the run has its verdict and its notice, whatever the verdict is', async () => {
  const optimizing = pipelineDefinition({ study: 'shop', levels, tableOptimizers: true });

  const balanced = await run(optimizing);
  const unbalanced = await run(optimizing, { verdict: 'OutOfBalance' });
  const { steps } = await run(pipeline);

  for (const { steps: taken, notices } of [balanced, unbalanced])
    assert.deepEqual([taken.at(-2), taken.at(-1), notices], ['reconciler reconcile', 'optimize', ['s']]);
  assert.equal(balanced.output?.verdict, 'Balanced');
  assert.equal(unbalanced.error, 'OutOfBalance');
  assert.ok(!steps.includes('optimize'));
});

test('Spark publishes in states of its own, which only a machine with such a model has', () => {
  const names = (definition: Definition) => statesOf(definition).map(([name]) => name);
  const withSpark = pipelineDefinition({ study: 'shop', levels, spark: ['orders'] });

  const added = names(withSpark).filter((name) => !names(pipeline).includes(name));

  assert.deepEqual(added, ['Level 1 of 3: publish by Spark?', 'Level 1 of 3: publish by Spark']);
  assert.equal(withSpark.States['Level 1 of 3: publish by Spark']?.Next, 'Level 2 of 3');
  const { isValid, errors } = validate(withSpark, { checkArn: false, checkPaths: true });
  assert.ok(isValid, JSON.stringify(errors));
});
