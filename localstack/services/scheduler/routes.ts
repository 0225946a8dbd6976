/** The paths of the API: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
import type { Route } from '../../core/service.ts';

const IN_GROUP = { groupName: 'GroupName', clientToken: 'ClientToken' };

export const routes: readonly Route[] = [
  { method: 'POST', path: '/schedules/{Name}', action: 'CreateSchedule' },
  { method: 'PUT', path: '/schedules/{Name}', action: 'UpdateSchedule' },
  { method: 'GET', path: '/schedules/{Name}', action: 'GetSchedule', query: IN_GROUP },
  { method: 'DELETE', path: '/schedules/{Name}', action: 'DeleteSchedule', query: IN_GROUP },
  { method: 'GET', path: '/schedules', action: 'ListSchedules', query: { ScheduleGroup: 'GroupName' } },
  { method: 'POST', path: '/schedule-groups/{Name}', action: 'CreateScheduleGroup' },
  { method: 'GET', path: '/schedule-groups/{Name}', action: 'GetScheduleGroup' },
  { method: 'DELETE', path: '/schedule-groups/{Name}', action: 'DeleteScheduleGroup', query: IN_GROUP },
  { method: 'GET', path: '/schedule-groups', action: 'ListScheduleGroups' },
];
