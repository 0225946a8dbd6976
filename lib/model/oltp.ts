/** Declares a study's OLTP table; stub */
import type { Contract } from './contract.ts';
import type { Problem } from './problem.ts';
export interface OltpDesign {
  readonly entities: Readonly<Record<string, unknown>>;
}
export function parseOltp(
  _text: string,
  file: string,
  _sources: readonly Contract[],
): { design?: OltpDesign; problems: Problem[] } {
  return { problems: [{ file, line: 1, column: 1, message: 'oltp.yaml is not read yet' }] };
}
