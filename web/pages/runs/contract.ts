/** What the runs page shows. */
import type { RunDetail, RunEntry } from '../../../lake/runs.ts';

export type { RunDetail, RunEntry };
