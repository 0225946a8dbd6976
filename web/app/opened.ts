/** What is open over the page, and what screen readers are told. */
import { signal } from '@preact/signals';

export const opened = signal<'find' | 'keys' | undefined>(undefined);

/** Sentences for screen readers: ends of runs, not their ticks. */
export const announcement = signal('');
