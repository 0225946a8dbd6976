/** How the runs page names what became of a model, and the address of the choice of one. */
import { hrefOf } from '../../app/location.ts';
import type { Tone } from '../../parts/marks.tsx';
import type { Outcome } from './contract.ts';

/** The choice of a model, in the address. */
export const hrefOfModel = (run: string, model: string) => hrefOf({ rest: [run], query: { model } });

const TONES: Readonly<Record<Outcome, Tone>> = { published: 'ok', stopped: 'bad', skipped: 'warn' };
const WORDS: Readonly<Record<Outcome, string>> = {
  published: 'published',
  stopped: 'audit failed',
  skipped: 'kept as it was',
};
export const toneOf = (outcome: Outcome | undefined): Tone => (outcome ? TONES[outcome] : 'idle');
export const wordOf = (outcome: Outcome | undefined): string => (outcome ? WORDS[outcome] : 'waiting');
