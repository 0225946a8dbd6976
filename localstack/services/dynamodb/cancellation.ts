/** Why a transaction is cancelled: a reason for each of its actions, of which most are `None`. */
import { AwsError } from '../../core/errors.ts';
import { KeyError } from './keys.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html */
export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: unknown;
}

export const NO_REASON: CancellationReason = { Code: 'None' };

/** Throws `TransactionCanceledException` when an action has a reason against it. */
export function cancelUnlessAllHold(reasons: readonly CancellationReason[]): void {
  if (reasons.every((reason) => reason === NO_REASON)) return;
  throw new AwsError(
    'TransactionCanceledException',
    'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      `[${reasons.map((reason) => reason.Code).join(', ')}]`,
    { fields: { CancellationReasons: reasons } },
  );
}

/** Parses every action. Those whose keys do not fit their tables cancel the transaction; what else is wrong fails the request. */
export function keysChecked<Action, Parsed>(
  actions: readonly Action[],
  parse: (action: Action) => Parsed,
): Parsed[] {
  const reasons: CancellationReason[] = [];
  const parsed = actions.flatMap((action) => {
    try {
      const result = parse(action);
      reasons.push(NO_REASON);
      return [result];
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      reasons.push({ Code: 'ValidationError', Message: error.message });
      return [];
    }
  });
  cancelUnlessAllHold(reasons);
  return parsed;
}
