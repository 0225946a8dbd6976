/** Every benchmark, in the order of the page. */
import type { Measure } from '../measure.ts';
import { amazonRun, cloneToGold } from './amazonRun.ts';
import { dynamodbPutBare, s3PutBare } from './barePut.ts';
import { createMillion, createMillionMemory, mergeIntoMillion, mergeIntoMillionMemory } from './bigTables.ts';
import { bronzeLine } from './bronzeLine.ts';
import { dynamodbPut, dynamodbPut16 } from './dynamodbPut.ts';
import { fileLoad, fileLoadMemory } from './fileLoad.ts';
import { fileRanges } from './fileRanges.ts';
import { goldQuery, goldQueryTrino } from './goldQuery.ts';
import { historyMeasures } from './history.ts';
import { kinesisPut } from './kinesisPut.ts';
import { bronzeLag, kinesisToBronze } from './kinesisToBronze.ts';
import { liveFold } from './liveFold.ts';
import { liveLag, liveLagWorst } from './liveLag.ts';
import {
  fiveMillion,
  fiveMillionMemory,
  fiveMillionTrino,
  fiveMillionTrinoMemory,
  millionTrino,
  millionTrinoMemory,
} from './millions.ts';
import { pageMeasures } from './page.ts';
import { parquetSize } from './parquetSize.ts';
import { s3Put } from './s3Put.ts';

export const measures: readonly Measure[] = [
  kinesisPut,
  kinesisToBronze,
  bronzeLag,
  bronzeLine,
  liveFold,
  liveLag,
  liveLagWorst,
  fileLoad,
  fileLoadMemory,
  fileRanges,
  dynamodbPut,
  dynamodbPut16,
  dynamodbPutBare,
  s3Put,
  s3PutBare,
  amazonRun,
  cloneToGold,
  goldQuery,
  goldQueryTrino,
  parquetSize,
  ...pageMeasures,
  createMillion,
  createMillionMemory,
  mergeIntoMillion,
  mergeIntoMillionMemory,
  ...historyMeasures,
  fiveMillion,
  fiveMillionMemory,
  fiveMillionTrino,
  fiveMillionTrinoMemory,
  millionTrino,
  millionTrinoMemory,
];
