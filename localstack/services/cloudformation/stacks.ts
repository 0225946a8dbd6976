/** The records of stacks: opened, moved from status to status, every step an event. */
import { randomUUID } from 'node:crypto';
import type { CloudContext } from '../../core/service.ts';
import type { StackRecord, StackSettings, StackStore } from './store.ts';

/** Settings of a deploy that no caller of the API asked for: a cloud assembly's, which goes on where it failed. */
export const ASSEMBLY_SETTINGS: StackSettings = {
  tags: [],
  capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
  terminationProtection: false,
  disableRollback: true,
};

export interface EventSubject {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

export type Stacks = ReturnType<typeof createStacks>;

export function createStacks(context: CloudContext, store: StackStore) {
  const record = (stack: StackRecord, subject: EventSubject, status: string, reason?: string) =>
    store.addEvent({
      id: randomUUID(),
      stackId: stack.id,
      stack: stack.name,
      ...subject,
      status,
      reason,
      token: stack.settings.token,
      atMs: context.clock.now(),
    });

  return {
    record,
    /** The stack's record; a new one stays in REVIEW_IN_PROGRESS until its deploy begins. */
    open(stackName: string, templateText: string, settings: StackSettings): StackRecord {
      const existing = store.stack(stackName);
      if (existing) return existing;
      const stack: StackRecord = {
        name: stackName,
        id: `arn:aws:cloudformation:${context.region}:${context.accountId}:stack/${stackName}/${randomUUID()}`,
        status: 'REVIEW_IN_PROGRESS',
        template: templateText,
        parameters: {},
        outputs: [],
        imports: [],
        settings,
        createdAtMs: context.clock.now(),
      };
      store.saveStack(stack);
      return stack;
    },
    setStatus(stack: StackRecord, status: string, reason?: string): void {
      stack.status = status;
      stack.reason = reason;
      stack.updatedAtMs = context.clock.now();
      store.saveStack(stack);
      record(
        stack,
        { logicalId: stack.name, physicalId: stack.id, type: 'AWS::CloudFormation::Stack' },
        status,
        reason,
      );
    },
  };
}
