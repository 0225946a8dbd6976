/** The command that does the same as the action next to it, with a button that copies it. */
import { useState } from 'preact/hooks';

/** A command that names another lake than the default says so: a copy of it works as it is. */
const flags = () => document.querySelector<HTMLMetaElement>('meta[name="headwaters-flags"]')?.content ?? '';

/** Longer words wrap anywhere, the others only between them: `--late 2%` is never cut at its dashes. */
const LONGEST_WHOLE = 28;

const wordsOf = (command: string) =>
  command.split(/( )/).map((word, at) =>
    word.includes('-') && word.length <= LONGEST_WHOLE ? (
      <span key={`${at}-${word}`} class="nowrap">
        {word}
      </span>
    ) : (
      word
    ),
  );

export function Command({ children: words }: { children: string }) {
  const command = words.startsWith('npx headwaters ') ? words + flags() : words;
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), 1200);
  };
  return (
    <span class="cmd">
      <code>{wordsOf(command)}</code>
      <button type="button" onClick={copy} aria-label={`Copy the command ${command}`}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </span>
  );
}
