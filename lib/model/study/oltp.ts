/** OLTP on one DynamoDB table, declared in `oltp.yaml`: keys, transactions, access patterns, and what flows to the lake. */

export { type AttributeValue, changeToEvent, plainValue, type TableChange } from './oltp/capture.ts';
export {
  type AccessPattern,
  type Capture,
  type Entity,
  indexesOf,
  type OltpDesign,
  type Transaction,
} from './oltp/design.ts';
export { parseOltp } from './oltp/parse.ts';
export {
  OltpInputError,
  planAccess,
  planTransaction,
  type QueryPlan,
  type TransactionPlan,
} from './oltp/transaction.ts';
