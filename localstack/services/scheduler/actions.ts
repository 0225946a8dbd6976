/** The API: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CloudContext, Route } from '../../core/service.ts';
import type { Clockwork } from './clockwork.ts';
import { parseSchedule } from './expression.ts';
import type { GroupRecord, ScheduleRecord, Store } from './store.ts';
import { assertTarget } from './target.ts';

export const DEFAULT_GROUP = 'default';
const UTC_NAMES = ['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Z'];

export const routes: readonly Route[] = [
  { method: 'POST', path: '/schedules/{Name}', action: 'CreateSchedule' },
  { method: 'PUT', path: '/schedules/{Name}', action: 'UpdateSchedule' },
  { method: 'GET', path: '/schedules/{Name}', action: 'GetSchedule', input: named },
  { method: 'DELETE', path: '/schedules/{Name}', action: 'DeleteSchedule', input: named },
  { method: 'GET', path: '/schedules', action: 'ListSchedules', input: listed },
  { method: 'POST', path: '/schedule-groups/{Name}', action: 'CreateScheduleGroup' },
  { method: 'GET', path: '/schedule-groups/{Name}', action: 'GetScheduleGroup' },
  { method: 'DELETE', path: '/schedule-groups/{Name}', action: 'DeleteScheduleGroup' },
  { method: 'GET', path: '/schedule-groups', action: 'ListScheduleGroups' },
];

type Parts = Parameters<NonNullable<Route['input']>>[0];

function named({ path, query }: Parts) {
  return { Name: path.Name, GroupName: query.get('groupName') ?? undefined };
}

function listed({ query }: Parts) {
  return {
    GroupName: query.get('ScheduleGroup') ?? undefined,
    NamePrefix: query.get('NamePrefix') ?? undefined,
    State: query.get('State') ?? undefined,
  };
}

const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
const seconds = (value: number | undefined) => (value === undefined ? undefined : value / 1000);

export function createActions(
  context: CloudContext,
  store: Store,
  clockwork: Clockwork,
): Record<string, Action> {
  const arnOf = (group: string, name: string) =>
    `arn:aws:scheduler:${context.region}:${context.accountId}:schedule/${group}/${name}`;
  const groupArn = (name: string) =>
    `arn:aws:scheduler:${context.region}:${context.accountId}:schedule-group/${name}`;

  function scheduleOf(input: { GroupName?: string; Name: string }): ScheduleRecord {
    const found = store.schedule(arnOf(input.GroupName ?? DEFAULT_GROUP, input.Name));
    if (!found) {
      throw new AwsError('ResourceNotFoundException', `Schedule ${input.Name} does not exist.`, {
        status: 404,
      });
    }
    return found;
  }

  function groupOf(name: string): GroupRecord {
    const found = name === DEFAULT_GROUP ? { arn: groupArn(name), name, createdAtMs: 0 } : store.group(name);
    if (!found) {
      throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, {
        status: 404,
      });
    }
    return found;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the API's input; every member used is checked here.
  function recordOf(input: any, createdAtMs: number): ScheduleRecord {
    const timezone = input.ScheduleExpressionTimezone ?? 'UTC';
    if (!UTC_NAMES.includes(timezone))
      throw new NotEmulatedError('EventBridge Scheduler', `the time zone ${timezone}`);
    if (input.KmsKeyArn) throw new NotEmulatedError('EventBridge Scheduler', 'KmsKeyArn');
    parseSchedule(input.ScheduleExpression);
    assertTarget(input.Target);
    const group = groupOf(input.GroupName ?? DEFAULT_GROUP).name;
    return {
      arn: arnOf(group, input.Name),
      group,
      name: input.Name,
      description: input.Description,
      expression: input.ScheduleExpression,
      timezone,
      state: input.State ?? 'ENABLED',
      startMs: ms(input.StartDate),
      endMs: ms(input.EndDate),
      flexibleTimeWindow: input.FlexibleTimeWindow,
      actionAfterCompletion: input.ActionAfterCompletion ?? 'NONE',
      target: input.Target,
      createdAtMs,
      changedAtMs: context.clock.now(),
    };
  }

  function saved(schedule: ScheduleRecord) {
    store.putSchedule(schedule);
    clockwork.arm(schedule.arn);
    return { ScheduleArn: schedule.arn };
  }

  return {
    CreateSchedule(input) {
      const schedule = recordOf(input, context.clock.now());
      if (store.schedule(schedule.arn)) {
        throw new AwsError('ConflictException', `Schedule ${schedule.name} already exists.`, { status: 409 });
      }
      return saved(schedule);
    },
    UpdateSchedule: (input) => saved(recordOf(input, scheduleOf(input).createdAtMs)),
    GetSchedule(input) {
      const found = scheduleOf(input);
      return {
        Arn: found.arn,
        Name: found.name,
        GroupName: found.group,
        Description: found.description,
        ScheduleExpression: found.expression,
        ScheduleExpressionTimezone: found.timezone,
        State: found.state,
        StartDate: seconds(found.startMs),
        EndDate: seconds(found.endMs),
        FlexibleTimeWindow: found.flexibleTimeWindow,
        ActionAfterCompletion: found.actionAfterCompletion,
        Target: found.target,
        CreationDate: seconds(found.createdAtMs),
        LastModificationDate: seconds(found.changedAtMs),
      };
    },
    DeleteSchedule(input) {
      const { arn } = scheduleOf(input);
      store.dropSchedule(arn);
      clockwork.arm(arn);
      return {};
    },
    ListSchedules: (input) => ({
      Schedules: store
        .schedules()
        .filter(({ group }) => input.GroupName === undefined || group === input.GroupName)
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .filter(({ state }) => input.State === undefined || state === input.State)
        .map((found) => ({
          Arn: found.arn,
          Name: found.name,
          GroupName: found.group,
          State: found.state,
          Target: { Arn: found.target.Arn },
          CreationDate: seconds(found.createdAtMs),
          LastModificationDate: seconds(found.changedAtMs),
        })),
    }),
    CreateScheduleGroup(input) {
      if (store.group(input.Name)) {
        throw new AwsError('ConflictException', `Schedule group ${input.Name} already exists.`, {
          status: 409,
        });
      }
      store.putGroup({ arn: groupArn(input.Name), name: input.Name, createdAtMs: context.clock.now() });
      return { ScheduleGroupArn: groupArn(input.Name) };
    },
    GetScheduleGroup: (input) => described(groupOf(input.Name)),
    ListScheduleGroups: () => ({
      ScheduleGroups: [groupOf(DEFAULT_GROUP), ...store.groups()].map(described),
    }),
    DeleteScheduleGroup(input) {
      const { name } = groupOf(input.Name);
      for (const schedule of store.schedules().filter(({ group }) => group === name)) {
        store.dropSchedule(schedule.arn);
        clockwork.arm(schedule.arn);
      }
      store.dropGroup(name);
      return {};
    },
  };
}

const described = (group: GroupRecord) => ({
  Arn: group.arn,
  Name: group.name,
  State: 'ACTIVE',
  CreationDate: seconds(group.createdAtMs),
  LastModificationDate: seconds(group.createdAtMs),
});
