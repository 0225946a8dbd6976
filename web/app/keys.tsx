/** Keys: `/` finds, `g` and a letter goes to a page, `?` lists them, Esc closes. */
import { Dialog } from '../parts/dialog.tsx';
import { go, hrefOf } from './location.ts';
import { opened } from './opened.ts';
import { pages } from './pages.ts';

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** How long a `g` waits for its letter, ms. */
const PREFIX_MS = 1500;

/** Listens on the window; returns what ends it. */
export function listenToKeys(): () => void {
  let prefixed = Number.NEGATIVE_INFINITY;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (event.timeStamp - prefixed < PREFIX_MS) {
      prefixed = Number.NEGATIVE_INFINITY;
      const page = pages.find(({ key }) => key === event.key);
      if (!page) return;
      event.preventDefault();
      go(hrefOf({ page: page.id }));
      return;
    }
    if (event.key === 'g') prefixed = event.timeStamp;
    else if (event.key === '/' || event.key === '?') {
      event.preventDefault();
      opened.value = event.key === '/' ? 'find' : 'keys';
    }
  };
  addEventListener('keydown', onKeyDown);
  return () => removeEventListener('keydown', onKeyDown);
}

export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Keys" onClose={onClose}>
      <h2>Keys</h2>
      <dl class="kv keys">
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>Find a table, column, query, record or page</dd>
        <dt>
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </dt>
        <dd>Run the statement in the editor</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>Close a dialog or panel</dd>
        {pages.map(({ id, key, title }) => (
          <>
            <dt key={`${id}-key`}>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd key={id}>{title}</dd>
          </>
        ))}
      </dl>
      <button class="btn" type="button" onClick={onClose}>
        Close
      </button>
    </Dialog>
  );
}
