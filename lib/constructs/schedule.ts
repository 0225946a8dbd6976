/** A schedule with the role it acts in; what could not be delivered goes to the study's dead letters. */

import { Aws } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { allow } from './access.ts';

export interface ScheduleProps {
  readonly scheduleName: string;
  readonly description: string;
  /** `rate(1 hour)` or `cron(…)`, UTC. */
  readonly expression: string;
  readonly enabled: boolean;
  /** The function or state machine that is started. */
  readonly targetArn: string;
  readonly action: 'lambda:InvokeFunction' | 'states:StartExecution';
  readonly deadLettersArn: string;
  /** Schedules of a deployment are made in one minute; each of their starts is drawn from a window of this many. */
  readonly windowMinutes: number;
  /** What the target is given. @default - an empty object */
  readonly input?: Readonly<Record<string, unknown>>;
}

export class Schedule extends Construct {
  constructor(scope: Construct, id: string, props: ScheduleProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `What the schedule ${props.scheduleName} may do`,
    });
    allow(
      role,
      { actions: [props.action], resources: [props.targetArn] },
      { actions: ['sqs:SendMessage'], resources: [props.deadLettersArn] },
    );
    const schedule = new CfnSchedule(this, 'Schedule', {
      name: props.scheduleName,
      description: props.description,
      scheduleExpression: props.expression,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: props.windowMinutes },
      state: props.enabled ? 'ENABLED' : 'DISABLED',
      target: {
        arn: props.targetArn,
        roleArn: role.roleArn,
        input: JSON.stringify(props.input ?? {}),
        deadLetterConfig: { arn: props.deadLettersArn },
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
      },
    });
    schedule.node.addDependency(role);
  }
}
