/** Problems in a study's files, each with its place, so that one reading shows all that must be fixed. */

export interface Problem {
  /** Path as it was given to the reader. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
}

const describe = (problem: Problem) => `${problem.file}:${problem.line}:${problem.column} ${problem.message}`;

/** A contract that cannot be read; `problems` holds every fault of the file, never only the first. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly problems: readonly Problem[];
  readonly file: string;
  readonly line: number;

  constructor(problems: readonly Problem[]) {
    super(problems.map(describe).join('\n'));
    this.problems = problems;
    this.file = problems[0]?.file ?? '';
    this.line = problems[0]?.line ?? 1;
  }
}

/** A study whose files do not fit together; `problems` holds every fault found in all of its files. */
export class StudyError extends Error {
  override readonly name = 'StudyError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(describe).join('\n'));
    this.problems = problems;
  }
}
