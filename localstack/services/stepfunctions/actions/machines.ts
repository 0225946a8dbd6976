/** State machines: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { parseDefinition } from '../asl/definition.ts';
import { arnOf, assertName, machineOf, pageSize, type StepFunctions, seconds, startOf } from '../state.ts';

export function machineActions(state: StepFunctions): Record<string, Action> {
  const { context, store, tasks } = state;
  return {
    CreateStateMachine(input) {
      assertName(input.name);
      parseDefinition(input.definition, tasks.check);
      const arn = arnOf(state, 'stateMachine', input.name);
      const existing = store.machine(arn);
      if (existing) {
        if (existing.definition === input.definition && existing.roleArn === input.roleArn) {
          return { stateMachineArn: arn, creationDate: seconds(existing.createdAtMs) };
        }
        throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
      }
      const createdAtMs = context.clock.now();
      store.putMachine({
        arn,
        name: input.name,
        definition: input.definition,
        roleArn: input.roleArn,
        createdAtMs,
        revisionId: randomUUID(),
      });
      return { stateMachineArn: arn, creationDate: seconds(createdAtMs) };
    },

    UpdateStateMachine(input) {
      const existing = machineOf(state, input.stateMachineArn);
      if (input.definition !== undefined) parseDefinition(input.definition, tasks.check);
      const revisionId = randomUUID();
      store.putMachine({
        ...existing,
        definition: input.definition ?? existing.definition,
        roleArn: input.roleArn ?? existing.roleArn,
        revisionId,
      });
      return { updateDate: seconds(context.clock.now()), revisionId };
    },

    DescribeStateMachine(input) {
      const found = machineOf(state, input.stateMachineArn);
      return {
        stateMachineArn: found.arn,
        name: found.name,
        status: 'ACTIVE',
        definition: found.definition,
        roleArn: found.roleArn,
        type: 'STANDARD',
        creationDate: seconds(found.createdAtMs),
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
        revisionId: found.revisionId,
      };
    },

    /** Executions under way run to their end, as on AWS. */
    DeleteStateMachine(input) {
      store.dropMachine(input.stateMachineArn);
      return {};
    },

    ListStateMachines(input) {
      const all = store.machines();
      const from = startOf(input.nextToken, 0);
      const page = all.slice(from, from + pageSize(input));
      return {
        stateMachines: page.map((found) => ({
          stateMachineArn: found.arn,
          name: found.name,
          type: 'STANDARD',
          creationDate: seconds(found.createdAtMs),
        })),
        nextToken: from + page.length < all.length ? String(from + page.length) : undefined,
      };
    },
  };
}
