/**
 * What KMS's actions take.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
 */
import { type Inputs, integer, noEffect, required, text } from '../../core/inputs/declare.ts';

export const inputs: Inputs = {
  DescribeKey: { KeyId: required(text(1, 2048)), GrantTokens: noEffect() },
  ListAliases: { KeyId: text(1, 2048), Limit: integer(1, 1000), Marker: text(1, 1024) },
  ListKeys: { Limit: integer(1, 1000), Marker: text(1, 1024) },
  ScheduleKeyDeletion: { KeyId: required(text(1, 2048)), PendingWindowInDays: integer(7, 30) },
};
