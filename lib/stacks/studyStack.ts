/** What every stack of a study is given, and what it hands on to be watched. */
import type { Settings } from '../constructs/settings.ts';
import type { StudyFunction } from '../constructs/studyFunction.ts';
import type { Study } from '../model/study/study.ts';
import type { LakeStack } from './lake.ts';

export interface StudyStackProps {
  readonly settings: Settings;
  readonly study: Study;
  readonly lake: LakeStack;
}

/** What calls a function, and so finds out first that it failed. */
type Caller = 'api' | 'stream' | 'queue' | 'schedule' | 'pipeline';

/** Names as plain text, so that watching a stack makes no export in it. */
export interface Watched {
  readonly functions: readonly { readonly name: string; readonly calledBy: Caller }[];
  readonly machines: readonly string[];
  /** Dead-letter queues: a message in one is a failure that nobody handled. */
  readonly deadLetterQueues: readonly string[];
}

export const watchedFunction = (one: StudyFunction, calledBy: Caller) => ({
  name: one.functionName,
  calledBy,
});
