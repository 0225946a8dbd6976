/** Where a run of the pipeline is, for people: which models, and how many of all. */

/** States of a level carry its number; the rest of the name says what is done there. */
const LEVEL = /\blevel (\d+)(?: of \d+)?/i;

/**
 * @param state name of the state that was entered
 * @param levels the study's models by level, in the order in which they run
 */
export function progressOf(state: string, levels: readonly (readonly string[])[]): string {
  const number = Number(LEVEL.exec(state)?.[1]);
  const models = levels[number - 1];
  if (!models || models.length === 0) return state;
  const before = levels.slice(0, number - 1).reduce((sum, level) => sum + level.length, 0);
  const all = levels.reduce((sum, level) => sum + level.length, 0);
  const which =
    models.length === 1
      ? `model ${before + 1} of ${all}`
      : `models ${before + 1} to ${before + models.length} of ${all}`;
  const doing = state
    .replace(LEVEL, '')
    .replaceAll(/[():?]/g, '')
    .replaceAll(/^[\s,]+|[\s,]+$/g, '');
  return `${which} (${models.join(', ')})${doing ? `: ${doing[0]!.toLowerCase()}${doing.slice(1)}` : ''}`;
}
