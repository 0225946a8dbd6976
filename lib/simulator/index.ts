/** The module that a study's simulation imports as `headwaters/simulator`, wherever its folder is. */
export { createRandom, popularity, type Random } from './random.ts';
export { type Rhythm, sampleTimes } from './rhythm.ts';
export type {
  AnswerRows,
  Simulated,
  SimulatedEvent,
  SimulatedFile,
  SimulatedTransaction,
  Simulation,
  SimulationOptions,
} from './simulation.ts';
