/** Facts that follow from a contract, for handlers that carry neither the reader of contracts nor YAML. */

import type { Column, Contract, QualityRule, TimeRange } from './contract.ts';
import { type AthenaType, parseType } from './types.ts';

/** True for a table of versions of entities. */
export const isDimension = ({ materialization }: Pick<Contract, 'materialization'>): boolean =>
  materialization === 'history' || materialization === 'latest';

/** True for a source's rule that the validator applies to each record; all others apply to its silver table. */
export const isJudgedOnArrival = ({ metric, severity, arguments: parameters }: QualityRule): boolean =>
  metric === 'invalidValues' && severity === 'refuse' && Array.isArray(parameters?.validValues);

/** The range of a source's times when its contract declares none. */
export const defaultTimeRange: TimeRange = { from: '1900-01-01', daysAfterArrival: 366 };

/** The column's parsed type. */
export const typeOf = (column: Column): AthenaType => parseType(column.type);
