/** OLTP on one DynamoDB table, declared in `oltp.yaml`: keys, transactions, access patterns, and what flows to the lake. */

export { changeToEvent } from './oltp/capture.ts';
export {
  type AccessPattern,
  indexesOf,
  type OltpDesign,
} from './oltp/design.ts';
export { parseOltp } from './oltp/parse.ts';
export {
  OltpInputError,
  planAccess,
  planTransaction,
  type TransactionPlan,
} from './oltp/transaction.ts';
