/** The state of a study as a mark and a word. */
import type { StudyOverview } from '../contract/overview.ts';
import { Verdict } from './marks.tsx';
import { count } from './text.ts';

export function StudyMark({ study }: { study: Pick<StudyOverview, 'state' | 'unaccounted'> }) {
  switch (study.state) {
    case 'balanced':
      return <Verdict tone="ok">Balanced</Verdict>;
    case 'out-of-balance':
      return (
        <Verdict tone="bad">
          Out of balance{study.unaccounted ? ` by ${count(study.unaccounted)}` : ''}
        </Verdict>
      );
    case 'failed':
      return <Verdict tone="bad">Failed</Verdict>;
    case 'running':
      return (
        <Verdict tone="warn" sign="run">
          Running
        </Verdict>
      );
    case 'not-run':
      return <Verdict tone="idle">Not run yet</Verdict>;
    case 'not-deployed':
      return <Verdict tone="idle">Not deployed</Verdict>;
  }
}
