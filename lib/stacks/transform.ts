/** Bronze to silver to gold to marts: the pipeline, the three Lambdas that plan, compose and reconcile it, and the clock that starts it. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Clockwork } from '../constructs/clockwork.ts';
import { Pipeline } from '../constructs/pipeline.ts';
import { maintenanceDefinition, pipelineDefinition } from '../constructs/pipelineDefinition.ts';
import { StudyFunction } from '../constructs/studyFunction.ts';
import { databaseOf } from '../model/databases.ts';
import { type StudyStackProps, type Watched, watchedFunction } from './studyStack.ts';

export class TransformStack extends Stack {
  readonly watched: Watched;

  constructor(scope: Construct, id: string, { settings, study, lake }: StudyStackProps) {
    super(scope, id, { description: `Headwaters ${study.name}: the pipeline from bronze to marts` });
    const { names, profile } = settings;
    const common = { settings, study, key: lake.key };
    const databases = (['stage', 'silver', 'gold', 'marts', 'quarantine'] as const).map((layer) =>
      databaseOf(study.name, layer),
    );
    const stage = databaseOf(study.name, 'stage');

    const runPapers = {
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [names.objectsArn('lake', `runs/study=${study.name}/`)],
      wildcardReason: "A run's papers lie below its own prefix, named by its id.",
    };
    const readCatalog = {
      actions: ['glue:GetTable', 'glue:GetTables'],
      resources: [
        names.catalogArn,
        ...databases.map(names.databaseArn),
        ...databases.map((database) => names.tablesArn(database)),
      ],
      wildcardReason: "The study's own databases; its models name the tables.",
    };
    const readAnswers = [
      { actions: ['athena:GetQueryResults'], resources: [names.workGroupArn] },
      {
        actions: ['s3:GetObject'],
        resources: [names.objectsArn('athena', 'results/')],
        wildcardReason: 'Athena names a result by the id of its query.',
      },
    ];

    const planner = new StudyFunction(this, 'RunPlanner', {
      ...common,
      folder: 'run-planner',
      description: 'Takes the lease and every bronze object that no run has accounted for',
      memoryMb: 1024,
      timeout: Duration.minutes(5),
      environment: { LAKE_BUCKET: names.bucket('lake'), LEDGER_TABLE: names.ledger },
      access: [
        runPapers,
        readCatalog,
        { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: [names.ledgerArn] },
        { actions: ['dynamodb:Query'], resources: [`${names.ledgerArn}/index/landed`] },
        {
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [names.executionsArn(study.name, 'pipeline')],
          wildcardReason: "The executions of the study's own pipeline, each with an id of its own.",
        },
      ],
    });
    const runner = new StudyFunction(this, 'ModelRunner', {
      ...common,
      folder: 'model-runner',
      description: 'Composes the statements of a model: table, stage, audit, publish',
      memoryMb: 1024,
      timeout: Duration.minutes(2),
      environment: { LAKE_BUCKET: names.bucket('lake') },
      access: [
        runPapers,
        readCatalog,
        ...readAnswers,
        {
          actions: ['glue:DeleteTable'],
          resources: [names.catalogArn, names.databaseArn(stage), names.tablesArn(stage)],
          wildcardReason: 'Stage tables are named by model, run and attempt.',
        },
      ],
    });
    const reconciler = new StudyFunction(this, 'RunReconciler', {
      ...common,
      folder: 'run-reconciler',
      description: 'Closes the books of a run: every record in silver, a counted duplicate, or in quarantine',
      memoryMb: 1024,
      timeout: Duration.minutes(10),
      environment: { LAKE_BUCKET: names.bucket('lake'), LEDGER_TABLE: names.ledger },
      access: [
        runPapers,
        ...readAnswers,
        // Without it S3 answers "access denied" for a key that does not exist.
        { actions: ['s3:ListBucket'], resources: [names.bucketArn('lake')] },
        {
          actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
          resources: [names.ledgerArn],
        },
      ],
    });

    const functions = [planner, runner, reconciler];
    const machineProps = {
      settings,
      study: study.name,
      key: lake.key,
      functionArns: functions.map((one) => one.function.functionArn),
      substitutions: {
        RunPlanner: planner.function.functionArn,
        ModelRunner: runner.function.functionArn,
        RunReconciler: reconciler.function.functionArn,
        WorkGroup: names.workGroup,
        Topic: names.topicArn,
      },
    };
    const pipeline = new Pipeline(this, 'Pipeline', {
      ...machineProps,
      name: 'pipeline',
      definition: pipelineDefinition({
        study: study.name,
        levels: study.levels,
        modelConcurrency: profile.modelConcurrency,
      }),
    });
    const maintenance = new Pipeline(this, 'Maintenance', {
      ...machineProps,
      name: 'maintenance',
      definition: maintenanceDefinition(study.name),
    });

    const deadLettersArn = names.deadLettersArn(study.name, 'async');
    new Clockwork(this, 'PipelineHourly', {
      scheduleName: names.machine(study.name, 'pipeline'),
      description: `Brings what arrived into ${study.name}'s tables`,
      expression: 'rate(1 hour)',
      enabled: settings.schedules,
      targetArn: pipeline.machine.stateMachineArn,
      action: 'states:StartExecution',
      deadLettersArn,
    });
    new Clockwork(this, 'MaintenanceWeekly', {
      scheduleName: names.machine(study.name, 'maintenance'),
      description: `Compacts and vacuums ${study.name}'s tables`,
      expression: 'cron(0 3 ? * SUN *)',
      enabled: settings.schedules,
      targetArn: maintenance.machine.stateMachineArn,
      action: 'states:StartExecution',
      deadLettersArn,
    });

    this.watched = {
      functions: functions.map((one) => watchedFunction(one)),
      machines: [pipeline.machineName, maintenance.machineName],
      deadLetterQueues: [],
    };
  }
}
