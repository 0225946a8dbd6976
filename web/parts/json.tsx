/** JSON as a reader reads it: laid out, keys and texts told apart; anything else as it came. */
import { layOut } from './jsonText.ts';

const classes = { key: 'kw', string: 'st', number: undefined, word: 'fn', plain: undefined } as const;

/** More than this is shown as its beginning. */
const MOST = 60_000;

export function Json({ children: text, label }: { children: string; label: string }) {
  const shown = text.slice(0, MOST);
  const parts = text.length <= MOST ? layOut(text) : undefined;
  return (
    <pre class="code json" tabIndex={0} role="region" aria-label={label}>
      {parts
        ? parts.map(({ kind, text: part }, at) => {
            const name = classes[kind];
            return name ? (
              <span key={at} class={name}>
                {part}
              </span>
            ) : (
              part
            );
          })
        : shown}
      {text.length > MOST && `\n… ${text.length - MOST} more characters`}
    </pre>
  );
}
