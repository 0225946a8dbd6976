/** Groups of schedules: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html */
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import {
  DEFAULT_GROUP,
  groupArn,
  groupOf,
  type ListInput,
  paged,
  type Scheduler,
  seconds,
} from '../state.ts';
import type { GroupRecord } from '../store.ts';

export function groupActions(scheduler: Scheduler): Record<string, Action> {
  const { context, store, timers } = scheduler;
  return {
    CreateScheduleGroup(input) {
      if (store.group(input.Name)) {
        throw new AwsError('ConflictException', `Schedule group ${input.Name} already exists.`, {
          status: 409,
        });
      }
      store.putGroup({
        arn: groupArn(scheduler, input.Name),
        name: input.Name,
        createdAtMs: context.clock.now(),
      });
      return { ScheduleGroupArn: groupArn(scheduler, input.Name) };
    },
    GetScheduleGroup: (input) => described(groupOf(scheduler, input.Name)),
    ListScheduleGroups(input: ListInput) {
      const found = [groupOf(scheduler, DEFAULT_GROUP), ...store.groups()].filter(({ name }) =>
        name.startsWith(input.NamePrefix ?? ''),
      );
      const { items, next } = paged(found, input);
      return { ScheduleGroups: items.map(described), NextToken: next };
    },
    DeleteScheduleGroup(input) {
      const { name } = groupOf(scheduler, input.Name);
      for (const schedule of store.schedules().filter(({ group }) => group === name)) {
        store.dropSchedule(schedule.arn);
        timers.arm(schedule.arn);
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
