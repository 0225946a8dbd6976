/** What is open over the page, and what screen readers announce. */
import { signal } from '@preact/signals';

export const opened = signal<'find' | 'keys' | undefined>(undefined);

/** Sentences for screen readers: ends of runs, not their ticks. */
export const announcement = signal('');
