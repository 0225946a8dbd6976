/** Schedules: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html and its neighbours. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { parseSchedule } from '../expression.ts';
import {
  arnOf,
  DEFAULT_GROUP,
  groupOf,
  type ListInput,
  paged,
  type Scheduler,
  scheduleOf,
  seconds,
} from '../state.ts';
import type { ScheduleRecord } from '../store.ts';
import { assertTarget } from '../target.ts';

const UTC_NAMES = ['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Z'];

const ms = (value: number | undefined) => (value === undefined ? undefined : value * 1000);

// biome-ignore lint/suspicious/noExplicitAny: the API's input; every member used is checked here.
function recordOf(scheduler: Scheduler, input: any, createdAtMs: number): ScheduleRecord {
  const timezone = input.ScheduleExpressionTimezone ?? 'UTC';
  if (!UTC_NAMES.includes(timezone))
    throw new NotEmulatedError('EventBridge Scheduler', `the time zone ${timezone}`);
  parseSchedule(input.ScheduleExpression);
  assertTarget(input.Target);
  const group = groupOf(scheduler, input.GroupName ?? DEFAULT_GROUP).name;
  return {
    arn: arnOf(scheduler, group, input.Name),
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
    changedAtMs: scheduler.context.clock.now(),
  };
}

function saved({ store, timers }: Scheduler, schedule: ScheduleRecord) {
  store.putSchedule(schedule);
  timers.arm(schedule.arn);
  return { ScheduleArn: schedule.arn };
}

export function scheduleActions(scheduler: Scheduler): Record<string, Action> {
  const { context, store, timers } = scheduler;
  return {
    CreateSchedule(input) {
      const schedule = recordOf(scheduler, input, context.clock.now());
      if (store.schedule(schedule.arn)) {
        throw new AwsError('ConflictException', `Schedule ${schedule.name} already exists.`, { status: 409 });
      }
      return saved(scheduler, schedule);
    },
    UpdateSchedule: (input) =>
      saved(scheduler, recordOf(scheduler, input, scheduleOf(scheduler, input).createdAtMs)),
    GetSchedule(input) {
      const found = scheduleOf(scheduler, input);
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
      const { arn } = scheduleOf(scheduler, input);
      store.dropSchedule(arn);
      timers.arm(arn);
      return {};
    },
    ListSchedules(input: ListInput) {
      const found = store
        .schedules()
        .filter(({ group }) => input.GroupName === undefined || group === input.GroupName)
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .filter(({ state }) => input.State === undefined || state === input.State);
      const { items, next } = paged(found, input);
      return { Schedules: items.map(listedSchedule), NextToken: next };
    },
  };
}

const listedSchedule = (schedule: ScheduleRecord) => ({
  Arn: schedule.arn,
  Name: schedule.name,
  GroupName: schedule.group,
  State: schedule.state,
  Target: { Arn: schedule.target.Arn },
  CreationDate: seconds(schedule.createdAtMs),
  LastModificationDate: seconds(schedule.changedAtMs),
});
