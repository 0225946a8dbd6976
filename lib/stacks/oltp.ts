/** The study's transactions and access patterns over HTTP, and the capture of what they change into the stream. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { consumeStream } from '../constructs/bronzeStream.ts';
import { addRoutes } from '../constructs/lakeApi.ts';
import { StudyFunction } from '../constructs/studyFunction.ts';
import { indexesOf } from '../model/study/oltp.ts';
import type { DataStack } from './data.ts';
import { type StudyStackProps, type Watched, watchedFunction } from './studyStack.ts';

export interface OltpStackProps extends StudyStackProps {
  readonly data: DataStack;
}

export class OltpStack extends Stack {
  readonly watched: Watched;

  constructor(scope: Construct, id: string, { settings, study, lake, data }: OltpStackProps) {
    super(scope, id, { description: `Headwaters ${study.name}: transactions on DynamoDB and their capture` });
    const { names } = settings;
    const common = { settings, study, key: lake.key };
    const storeArn = names.storeTableArn(study.name);

    const api = new StudyFunction(this, 'OltpApi', {
      ...common,
      folder: 'oltp-api',
      description: 'Declared transactions and access patterns of the store',
      memoryMb: 1024,
      timeout: Duration.seconds(29),
      environment: { STORE_TABLE: names.storeTable(study.name) },
      access: [
        {
          actions: [
            'dynamodb:PutItem',
            'dynamodb:UpdateItem',
            'dynamodb:DeleteItem',
            'dynamodb:ConditionCheckItem',
            'dynamodb:Query',
          ],
          resources: [storeArn],
        },
        ...(study.oltp && indexesOf(study.oltp).length > 0
          ? [
              {
                actions: ['dynamodb:Query'],
                resources: indexesOf(study.oltp).map((index) => `${storeArn}/index/${index}`),
              },
            ]
          : []),
      ],
    });
    addRoutes(api, lake.api, [
      `POST /studies/${study.name}/transactions/{name}`,
      `GET /studies/${study.name}/access/{name}`,
    ]);

    const cdc = new StudyFunction(this, 'Cdc', {
      ...common,
      folder: 'cdc',
      description: 'Puts what the store commits on the stream, as the design of the study declares',
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: { STREAM_NAME: names.stream(study.name) },
      access: [{ actions: ['kinesis:PutRecords'], resources: [names.streamArn(study.name)] }],
    });
    consumeStream(cdc, 'Changes', settings, {
      source: 'dynamodb',
      sourceArn: data.storeStreamArn!,
      batchSize: 100,
      batchWindow: Duration.seconds(0),
    });

    this.watched = {
      functions: [watchedFunction(api, 'api'), watchedFunction(cdc, 'stream')],
      machines: [],
      deadLetterQueues: [],
    };
  }
}
