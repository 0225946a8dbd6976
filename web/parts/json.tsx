/** JSON as a reader reads it: laid out, keys and texts told apart; anything else as it came. */
import { layOut, type Span } from './jsonText.ts';

const classes = { key: 'kw', string: 'st', number: undefined, word: 'fn', plain: undefined } as const;

/** More than this is shown as its beginning. */
const MOST = 60_000;

interface JsonProps {
  readonly children: string;
  readonly label: string;
  /** Part of the text that is at fault. */
  readonly fault?: Span | undefined;
}

export function Json({ children: text, label, fault }: JsonProps) {
  const parts = text.length <= MOST ? layOut(text) : undefined;
  return (
    <pre class="code json" tabIndex={0} role="region" aria-label={label}>
      {parts
        ? parts.map(({ kind, text: part, start }, at) => {
            const name = classes[kind];
            if (fault && start !== undefined && start >= fault.start && start < fault.end)
              return (
                <mark key={at} class="fault">
                  {part}
                </mark>
              );
            return name ? (
              <span key={at} class={name}>
                {part}
              </span>
            ) : (
              part
            );
          })
        : marked(text.slice(0, MOST), fault)}
      {text.length > MOST && `\n… ${text.length - MOST} more characters`}
    </pre>
  );
}

const marked = (text: string, fault: Span | undefined) =>
  fault ? (
    <>
      {text.slice(0, fault.start)}
      <mark class="fault">{text.slice(fault.start, fault.end)}</mark>
      {text.slice(fault.end)}
    </>
  ) : (
    text
  );
