/**
 * The one statement of a request, without the blanks and semicolons around it. Source of the rules and of the wording:
 * aoyagikouhei/athena-local, docs/dev/measurements/statements.md (several statements, trailing semicolons).
 */
import { invalidRequest } from '../paging.ts';

/** A text, a name or a comment, in which a semicolon separates nothing; or a semicolon. */
const pieces = /'[^']*'|"[^"]*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|;/g;

/** @throws AwsError InvalidRequestException when there is none, or more than one; a lone comment counts as one */
export function soleStatement(query: string): string {
  const statements: string[] = [];
  let from = 0;
  for (const { 0: piece, index } of query.matchAll(pieces))
    if (piece === ';') {
      statements.push(query.slice(from, index));
      from = index + 1;
    }
  statements.push(query.slice(from));
  const written = statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
  if (written.length > 1)
    throw invalidRequest(`Only one sql statement is allowed. Got: ${query.trimEnd()}`, 'MALFORMED_QUERY');
  if (written.length === 0 && statements.length > 1)
    throw invalidRequest(`Empty sql statement: ${query.trimEnd()}`, 'MALFORMED_QUERY');
  return written[0] ?? query;
}
