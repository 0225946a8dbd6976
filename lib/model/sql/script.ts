/** Cuts a script of Athena SQL into its statements, as a person types them or a file holds them. */
import { tokenize } from './tokens.ts';

export interface ScriptStatement {
  /** Without the semicolon; comments stay. */
  readonly sql: string;
  /** Line of its first character in the script, from 1. */
  readonly line: number;
}

export interface Script {
  /** Each ended by a semicolon. */
  readonly statements: readonly ScriptStatement[];
  /** What follows the last semicolon; undefined when that is only blanks and comments. */
  readonly rest: ScriptStatement | undefined;
}

/** Never throws: a text that SQL does not know is left to Athena, whose message names its place. */
export function readScript(text: string): Script {
  const statements: ScriptStatement[] = [];
  let from = 0;
  let isEmpty = true;
  for (const { kind, value, start, end } of tokenize(text, { lenient: true })) {
    if (kind !== 'symbol' || value !== ';') {
      isEmpty = false;
      continue;
    }
    if (!isEmpty) statements.push(statementOf(text, from, start));
    from = end;
    isEmpty = true;
  }
  return { statements, rest: isEmpty ? undefined : statementOf(text, from, text.length) };
}

/** Every statement of a script, the last one with or without its semicolon. */
export function statementsOf(text: string): readonly ScriptStatement[] {
  const { statements, rest } = readScript(text);
  return rest ? [...statements, rest] : statements;
}

function statementOf(text: string, from: number, to: number): ScriptStatement {
  const sql = text.slice(from, to);
  const start = from + sql.length - sql.trimStart().length;
  return { sql: sql.trim(), line: text.slice(0, start).split('\n').length };
}
