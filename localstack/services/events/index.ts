/**
 * EventBridge: rules of the default bus on patterns and schedules. Not done, and refused by name: other buses, archives,
 * API destinations, input transformers.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import { nextTime, parseSchedule } from '../scheduler/expression.ts';
import { assertTarget, deliverTo, type Event, publish } from './delivery.ts';
import { parsePattern } from './pattern.ts';
import { openStore, type Rule, type Target } from './store.ts';

const MAX_NAME_LENGTH = 64;
const MAX_ENTRIES = 10;

export function createEvents(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'events'));
  const timers = new Map<string, () => void>();

  function ruleOf(name: string): Rule {
    const rule = store.rule(name);
    if (!rule) {
      throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    }
    return rule;
  }

  function assertDefaultBus(name: string | undefined): void {
    if (name !== undefined && name !== 'default' && !name.endsWith(':event-bus/default')) {
      throw new NotEmulatedError('EventBridge', `event buses other than default (${name})`);
    }
  }

  const eventOf = (
    fields: Pick<Event, 'source' | 'detail-type' | 'resources' | 'detail' | 'time'>,
  ): Event => ({
    version: '0',
    id: randomUUID(),
    account: context.accountId,
    region: context.region,
    ...fields,
  });

  const timeText = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

  /** Sets the timer of a rule that has a schedule. */
  function arm(name: string): void {
    timers.get(name)?.();
    timers.delete(name);
    const rule = store.rule(name);
    if (rule?.state !== 'ENABLED' || rule.schedule === undefined) return;
    const dueAtMs = nextTime(parseSchedule(rule.schedule), rule.createdAtMs, context.clock.now());
    if (dueAtMs === undefined) return;
    const wake = () => {
      if (context.clock.now() >= dueAtMs) {
        const event = eventOf({
          source: 'aws.events',
          'detail-type': 'Scheduled Event',
          resources: [rule.arn],
          time: timeText(dueAtMs),
          detail: {} as never,
        });
        void deliverTo(context, rule, event);
      }
      arm(name);
    };
    timers.set(name, context.clock.after(dueAtMs - context.clock.now(), wake));
  }

  function save(rule: Rule): void {
    store.putRule(rule);
    arm(rule.name);
  }

  const actions: Service['actions'] = {
    PutRule(input) {
      assertDefaultBus(input.EventBusName);
      if (!input.EventPattern && !input.ScheduleExpression) {
        throw new AwsError(
          'ValidationException',
          'Parameter(s) EventPattern or ScheduleExpression must be specified.',
        );
      }
      if (input.EventPattern) parsePattern(input.EventPattern);
      if (input.ScheduleExpression) parseSchedule(input.ScheduleExpression);
      const existing = store.rule(input.Name);
      save({
        arn: `arn:aws:events:${context.region}:${context.accountId}:rule/${input.Name}`,
        name: input.Name,
        description: input.Description,
        pattern: input.EventPattern,
        schedule: input.ScheduleExpression,
        state: input.State ?? 'ENABLED',
        createdAtMs: existing?.createdAtMs ?? context.clock.now(),
        targets: existing?.targets ?? [],
      });
      return { RuleArn: ruleOf(input.Name).arn };
    },

    DescribeRule(input) {
      const rule = ruleOf(input.Name);
      return {
        Name: rule.name,
        Arn: rule.arn,
        Description: rule.description,
        EventPattern: rule.pattern,
        ScheduleExpression: rule.schedule,
        State: rule.state,
        EventBusName: 'default',
      };
    },

    ListRules: (input) => ({
      Rules: store
        .rules()
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .map((rule) => ({
          Name: rule.name,
          Arn: rule.arn,
          EventPattern: rule.pattern,
          ScheduleExpression: rule.schedule,
          State: rule.state,
          EventBusName: 'default',
        })),
    }),

    EnableRule(input) {
      save({ ...ruleOf(input.Name), state: 'ENABLED' });
    },

    DisableRule(input) {
      save({ ...ruleOf(input.Name), state: 'DISABLED' });
    },

    DeleteRule(input) {
      const rule = store.rule(input.Name);
      if (rule && rule.targets.length > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      store.dropRule(input.Name);
      arm(input.Name);
    },

    PutTargets(input) {
      const rule = ruleOf(input.Rule);
      const targets: Target[] = input.Targets;
      targets.forEach(assertTarget);
      const ids = new Set(targets.map(({ Id }) => Id));
      save({ ...rule, targets: [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...targets] });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    RemoveTargets(input) {
      const rule = ruleOf(input.Rule);
      save({ ...rule, targets: rule.targets.filter(({ Id }) => !input.Ids.includes(Id)) });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    ListTargetsByRule: (input) => ({ Targets: ruleOf(input.Rule).targets }),

    async PutEvents(input) {
      const entries: Record<string, string & string[]>[] = input.Entries ?? [];
      if (entries.length === 0 || entries.length > MAX_ENTRIES) {
        throw new AwsError(
          'ValidationException',
          `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MAX_ENTRIES}`,
        );
      }
      const results: Record<string, string>[] = [];
      for (const entry of entries) results.push(await putEvent(entry));
      return {
        FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
        Entries: results,
      };
    },
  };

  // biome-ignore lint/suspicious/noExplicitAny: one entry of PutEvents; every member used is checked here.
  async function putEvent(entry: any): Promise<Record<string, string>> {
    assertDefaultBus(entry.EventBusName);
    const missing = ['Source', 'DetailType', 'Detail'].find((name) => !entry[name]);
    if (missing) {
      return {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`,
      };
    }
    let detail: never;
    try {
      detail = JSON.parse(entry.Detail) as never;
    } catch {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    }
    const event = eventOf({
      source: entry.Source,
      'detail-type': entry.DetailType,
      resources: entry.Resources ?? [],
      time: timeText(entry.Time === undefined ? context.clock.now() : entry.Time * 1000),
      detail,
    });
    await publish(context, store, event);
    return { EventId: event.id };
  }

  return {
    name: 'events',
    actions,
    resources: {
      'AWS::Events::Rule': {
        properties: [
          'Name',
          'Description',
          'EventPattern',
          'ScheduleExpression',
          'State',
          'Targets',
          'EventBusName',
        ],
        async deploy(request) {
          const { properties, physicalId } = request;
          const Name = properties.Name ?? physicalId ?? physicalName(request, MAX_NAME_LENGTH);
          const { RuleArn } = await context.call('events', 'PutRule', {
            Name,
            Description: properties.Description,
            EventPattern: properties.EventPattern && JSON.stringify(properties.EventPattern),
            ScheduleExpression: properties.ScheduleExpression,
            State: properties.State,
            EventBusName: properties.EventBusName,
          });
          const targets: Target[] = properties.Targets ?? [];
          targets.forEach(assertTarget);
          save({ ...ruleOf(Name), targets });
          return { physicalId: Name, attributes: { Arn: RuleArn } };
        },
        async remove(physicalId) {
          store.dropRule(physicalId);
          arm(physicalId);
        },
      },
    },
    async start() {
      for (const { name } of store.rules()) arm(name);
    },
    async stop() {
      for (const cancel of timers.values()) cancel();
      store.close();
    },
  };
}
