/** Filter patterns over log lines: terms, phrases, alternatives and exclusions. JSON and column patterns are refused. */
import { NotEmulatedError } from '../../core/errors.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
export function filterPattern(pattern: string | undefined): (message: string) => boolean {
  const text = pattern?.trim() ?? '';
  if (text === '' || text === '""') return () => true;
  if (/^[{[%]/.test(text)) throw new NotEmulatedError('CloudWatch Logs', `the filter pattern ${text}`);
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign, phrase, word] of text.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)) {
    const term = phrase?.replace(/\\(.)/g, '$1') ?? word ?? '';
    (sign === '?' ? any : sign === '-' ? none : all).push(term);
  }
  // Next to a required term AWS ignores the optional ones.
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (any.length === 0 || all.length > 0 || any.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term));
}
