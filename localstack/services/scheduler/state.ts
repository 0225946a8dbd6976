/** State shared by Scheduler's actions: schedules and groups found by name, and pages of them. */
import { AwsError } from '../../core/errors.ts';
import { pageOf } from '../../core/paging.ts';
import type { CloudContext } from '../../core/service.ts';
import type { GroupRecord, ScheduleRecord, Store } from './store.ts';
import type { Timers } from './timers.ts';

export interface Scheduler {
  readonly context: CloudContext;
  readonly store: Store;
  readonly timers: Timers;
}

export const DEFAULT_GROUP = 'default';

export const seconds = (value: number | undefined) => (value === undefined ? undefined : value / 1000);

export const arnOf = ({ context }: Scheduler, group: string, name: string) =>
  `arn:aws:scheduler:${context.region}:${context.accountId}:schedule/${group}/${name}`;

export const groupArn = ({ context }: Scheduler, name: string) =>
  `arn:aws:scheduler:${context.region}:${context.accountId}:schedule-group/${name}`;

export function scheduleOf(
  scheduler: Scheduler,
  input: { GroupName?: string; Name: string },
): ScheduleRecord {
  const found = scheduler.store.schedule(arnOf(scheduler, input.GroupName ?? DEFAULT_GROUP, input.Name));
  if (!found) {
    throw new AwsError('ResourceNotFoundException', `Schedule ${input.Name} does not exist.`, {
      status: 404,
    });
  }
  return found;
}

export function groupOf(scheduler: Scheduler, name: string): GroupRecord {
  const found =
    name === DEFAULT_GROUP
      ? { arn: groupArn(scheduler, name), name, createdAtMs: 0 }
      : scheduler.store.group(name);
  if (!found) {
    throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, {
      status: 404,
    });
  }
  return found;
}

export interface ListInput {
  readonly GroupName?: string;
  readonly NamePrefix?: string;
  readonly State?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html */
const MOST_LISTED = 100;

export const paged = <T extends { readonly arn: string }>(
  items: readonly T[],
  { MaxResults, NextToken }: ListInput,
) =>
  pageOf(items, {
    keyOf: ({ arn }) => arn,
    limit: MaxResults ?? MOST_LISTED,
    token: NextToken,
    invalidToken: () => new AwsError('ValidationException', 'Invalid NextToken.'),
  });
