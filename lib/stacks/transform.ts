/** Bronze to silver to gold to marts: the pipeline, the three Lambdas that plan, compose and reconcile it, and the clock that starts it. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GlueJobs } from '../constructs/glueJobs.ts';
import { listStudy, onLedgerRows } from '../constructs/permissions.ts';
import { Pipeline, resultsPrefix } from '../constructs/pipeline.ts';
import { maintenanceDefinition, pipelineDefinition } from '../constructs/pipelineDefinition.ts';
import { Schedule } from '../constructs/schedule.ts';
import { StudyFunction } from '../constructs/studyFunction.ts';
import { TableOptimizers } from '../constructs/tableOptimizers.ts';
import { workGroup } from '../constructs/workGroup.ts';
import { type Names, studyPrefix } from '../model/layout.ts';
import { publishedRunKey } from '../model/run/lastRun.ts';
import { landedIndex, ledgerKeyPatterns } from '../model/run/ledger.ts';
import { publishedKey } from '../model/run/published.ts';
import { type StudyStackProps, type Watched, watchedFunction } from './studyStack.ts';

/** What the functions of a run are allowed on the study's objects, catalog and query results. */
function accessOf(names: Names, study: string) {
  const databases = (['stage', 'silver', 'gold', 'marts', 'quarantine'] as const).map((layer) =>
    names.database(study, layer),
  );
  const stage = names.database(study, 'stage');
  const runObjects = {
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: [names.objectsArn('lake', studyPrefix('runs', study))],
    wildcardReason: "A run's objects are under its own prefix, named by its id.",
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
    { actions: ['athena:GetQueryResults'], resources: [names.pipelineWorkGroupArn(study)] },
    {
      actions: ['s3:GetObject'],
      resources: [names.objectsArn('athena', resultsPrefix(study))],
      wildcardReason: 'Athena names a result by the id of its query.',
    },
  ];
  const dropStages = {
    actions: ['glue:BatchDeleteTable'],
    resources: [names.catalogArn, names.databaseArn(stage), names.tablesArn(stage)],
    wildcardReason: 'Stage tables are named by model, run and attempt.',
  };
  const listLake = listStudy(names, 'lake', study);
  return { runObjects, readCatalog, readAnswers, dropStages, listLake };
}

export class TransformStack extends Stack {
  readonly watched: Watched;

  constructor(scope: Construct, id: string, props: StudyStackProps) {
    const { settings, study, lake } = props;
    super(scope, id, { description: `Headwaters ${study.name}: the pipeline from bronze to marts` });
    const { names } = settings;
    workGroup(this, 'WorkGroup', {
      settings,
      key: lake.key,
      name: names.pipelineWorkGroup(study.name),
      description: `Statements of ${study.name}'s pipeline`,
      resultsPrefix: resultsPrefix(study.name),
    });

    new GlueJobs(this, 'Spark', { settings, study, key: lake.key });

    const optimizers = new TableOptimizers(this, 'TableOptimizers', {
      settings,
      study: study.name,
      key: lake.key,
    });
    const planner = this.#planner(props);
    const runner = this.#runner(props, optimizers);
    const reconciler = this.#reconciler(props);
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
        WorkGroup: names.pipelineWorkGroup(study.name),
        Database: names.database(study.name, 'silver'),
        Topic: names.topicArn,
        BackfillJob: names.glueJob(study.name, 'backfill'),
      },
    };
    const spark = study.models
      .filter(({ contract }) => contract.engine === 'glue-spark')
      .map(({ name }) => name);
    const pipeline = new Pipeline(this, 'Pipeline', {
      ...machineProps,
      name: 'pipeline',
      definition: pipelineDefinition({
        study: study.name,
        levels: study.levels,
        spark,
        tableOptimizers: settings.tableOptimizers,
      }),
      ...(spark.length > 0 && { glueJobArns: [names.glueJobArn(study.name, 'backfill')] }),
    });
    const maintenance = new Pipeline(this, 'Maintenance', {
      ...machineProps,
      name: 'maintenance',
      definition: maintenanceDefinition(study.name),
    });
    this.#schedule(props, pipeline, maintenance);
    this.watched = {
      functions: functions.map((one) => watchedFunction(one, 'pipeline')),
      machines: [pipeline.machineName, maintenance.machineName],
      deadLetterQueues: [],
    };
  }

  #planner(props: StudyStackProps): StudyFunction {
    const { settings, study } = props;
    const { names } = settings;
    const { runObjects, readCatalog, listLake } = accessOf(names, study.name);
    const rows = ledgerKeyPatterns(study.name);
    return new StudyFunction(this, 'RunPlanner', {
      ...common(props),
      folder: 'run-planner',
      description: 'Takes the lease and every bronze object that no run has accounted for',
      memoryMb: 1024,
      timeout: Duration.minutes(5),
      environment: {
        ...runEnvironment(props),
        LEDGER_TABLE: names.ledger,
        BACKFILL_JOB: names.glueJob(study.name, 'backfill'),
      },
      access: [
        runObjects,
        readCatalog,
        { actions: ['glue:GetJobRuns'], resources: [names.glueJobArn(study.name, 'backfill')] },
        listLake,
        {
          actions: ['s3:GetObject', 's3:PutObject'],
          resources: [names.objectsArn('lake', studyPrefix('keys', study.name))],
          wildcardReason: 'The keys of a bronze object are under the name that the object has in bronze.',
        },
        {
          actions: ['s3:GetObject'],
          resources: [names.objectsArn('lake', studyPrefix('bronze', study.name))],
          wildcardReason: 'The keys of every bronze object are made again when the study keeps other ones.',
        },
        {
          actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          resources: [names.objectsArn('lake', studyPrefix('index', study.name))],
          wildcardReason:
            "The files of the index are named by the runs that made them, under the study's prefix.",
        },
        onLedgerRows(['dynamodb:GetItem', 'dynamodb:PutItem'], names.ledgerArn, [rows.lease]),
        onLedgerRows(['dynamodb:BatchGetItem'], names.ledgerArn, [rows.objects]),
        onLedgerRows(['dynamodb:Query'], `${names.ledgerArn}/index/${landedIndex}`, [rows.objects]),
        {
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [names.executionsArn(study.name, 'pipeline')],
          wildcardReason: "The executions of the study's own pipeline, each with an id of its own.",
        },
      ],
    });
  }

  #runner(props: StudyStackProps, optimizers: TableOptimizers): StudyFunction {
    const { settings, study } = props;
    const { runObjects, readCatalog, readAnswers, dropStages } = accessOf(settings.names, study.name);
    return new StudyFunction(this, 'ModelRunner', {
      ...common(props),
      folder: 'model-runner',
      description: 'Composes the statements of a model: table, stage, audit, publish',
      memoryMb: 1024,
      timeout: Duration.minutes(2),
      environment: {
        ...runEnvironment(props),
        TABLE_OPTIMIZERS: settings.tableOptimizers ? 'on' : 'off',
        TABLE_OPTIMIZERS_ROLE: optimizers.roleArn,
      },
      access: [runObjects, readCatalog, ...readAnswers, dropStages, ...optimizers.access],
    });
  }

  #reconciler(props: StudyStackProps): StudyFunction {
    const { settings, study } = props;
    const { names } = settings;
    const { runObjects, readAnswers, dropStages, listLake } = accessOf(names, study.name);
    const rows = ledgerKeyPatterns(study.name);
    return new StudyFunction(this, 'RunReconciler', {
      ...common(props),
      folder: 'run-reconciler',
      description:
        'Draws up the balance sheet of a run: every record in silver, a counted duplicate, or in quarantine',
      memoryMb: 1024,
      timeout: Duration.minutes(10),
      environment: { ...runEnvironment(props), LEDGER_TABLE: names.ledger },
      access: [
        runObjects,
        ...readAnswers,
        {
          actions: ['s3:PutObject'],
          resources: [`${names.bucketArn('lake')}/${publishedRunKey(study.name)}`],
        },
        listLake,
        dropStages,
        {
          actions: ['s3:DeleteObject'],
          resources: [names.objectsArn('lake', studyPrefix('stage', study.name))],
          wildcardReason: 'Athena names the files of a stage, under the prefix of its run.',
        },
        {
          actions: ['s3:GetObject', 's3:PutObject'],
          resources: [`${names.bucketArn('lake')}/${publishedKey(study.name)}`],
        },
        onLedgerRows(['dynamodb:GetItem', 'dynamodb:PutItem'], names.ledgerArn, [rows.lease]),
        onLedgerRows(['dynamodb:UpdateItem'], names.ledgerArn, [rows.objects]),
      ],
    });
  }

  #schedule({ settings, study }: StudyStackProps, pipeline: Pipeline, maintenance: Pipeline): void {
    const { names } = settings;
    const deadLettersArn = names.deadLettersArn(study.name, 'async');
    new Schedule(this, 'PipelineHourly', {
      scheduleName: names.machine(study.name, 'pipeline'),
      description: `Brings what arrived into ${study.name}'s tables`,
      expression: 'rate(1 hour)',
      windowMinutes: 30,
      enabled: settings.schedules,
      targetArn: pipeline.machine.stateMachineArn,
      action: 'states:StartExecution',
      deadLettersArn,
    });
    new Schedule(this, 'MaintenanceWeekly', {
      scheduleName: names.machine(study.name, 'maintenance'),
      description: `Compacts and vacuums ${study.name}'s tables`,
      expression: 'cron(0 3 ? * SUN *)',
      windowMinutes: 60,
      enabled: settings.schedules,
      targetArn: maintenance.machine.stateMachineArn,
      action: 'states:StartExecution',
      deadLettersArn,
    });
  }
}

const common = ({ settings, study, lake }: StudyStackProps) => ({ settings, study, key: lake.key });

const runEnvironment = ({ settings }: StudyStackProps) => ({
  LAKE_BUCKET: settings.names.bucket('lake'),
  STATEMENTS_AT_ONCE: String(settings.profile.statementsAtOnce),
});
