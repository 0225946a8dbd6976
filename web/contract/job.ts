/** Long work that the page starts and follows, as backend and page both know it. */

/** One step of a run as the terminal prints it. */
export interface JobStep {
  readonly title: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly detail?: string;
  readonly seconds?: number;
  /** What is done of what there is to do, when it can be counted. */
  readonly done?: number;
  readonly of?: number;
}

export interface JobState {
  readonly id: string;
  readonly study: string;
  readonly title: string;
  readonly command: string;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  readonly steps: readonly JobStep[];
  readonly message?: string;
}
