/** Chooses the study: a listbox with each study's state and last run; typing filters it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StudyOverview } from '../contract/overview.ts';
import { Age } from '../parts/figures.tsx';
import { StudyMark } from '../parts/studyState.tsx';
import { go, hrefOf, place } from './location.ts';

export function StudySwitcher({ studies }: { studies: readonly StudyOverview[] }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { study, page } = place.value;
  const shown = studies.filter(({ title, name }) =>
    `${title} ${name}`.toLowerCase().includes(typed.toLowerCase()),
  );
  const current = studies.find(({ name }) => name === study);

  useEffect(() => {
    if (!open) return undefined;
    box.current?.querySelector('input')?.focus();
    const leave = (event: Event) => {
      if (!box.current?.contains(event.target as Node) && !button.current?.contains(event.target as Node))
        setOpen(false);
    };
    addEventListener('pointerdown', leave);
    return () => removeEventListener('pointerdown', leave);
  }, [open]);

  const show = () => {
    setTyped('');
    setActive(
      Math.max(
        0,
        studies.findIndex(({ name }) => name === study),
      ),
    );
    setOpen(true);
  };
  const hide = () => {
    setOpen(false);
    button.current?.focus();
  };
  const choose = (name: string) => {
    hide();
    go(hrefOf({ study: name, page }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') hide();
    else if (event.key === 'ArrowDown') setActive(Math.min(shown.length - 1, active + 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(0, active - 1));
    else if (event.key === 'Enter' && shown[active]) choose(shown[active].name);
    else if (event.key === 'Tab') setOpen(false);
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="switcher">
      <button
        class="study"
        type="button"
        ref={button}
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={() => (open ? hide() : show())}
      >
        <span class="vh">Study: </span>
        {current?.title ?? 'Choose a study'}
        <svg viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
      </button>
      {open && (
        <div class="menu" ref={box}>
          <input
            role="combobox"
            aria-label="Filter studies"
            aria-expanded="true"
            aria-controls="study-list"
            aria-activedescendant={shown[active] ? `study-${shown[active].name}` : undefined}
            placeholder="Type to filter"
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
          <div role="listbox" id="study-list" aria-label="Studies">
            {shown.map((one, index) => (
              <StudyOption
                key={one.name}
                study={one}
                active={index === active}
                choose={() => choose(one.name)}
                activate={() => setActive(index)}
              />
            ))}
          </div>
          {shown.length === 0 && <p class="muted small">No study has that name.</p>}
        </div>
      )}
    </div>
  );
}

/** A study in the list: its title, state and last run. */
function StudyOption({
  study,
  active,
  choose,
  activate,
}: {
  study: StudyOverview;
  active: boolean;
  choose: () => void;
  activate: () => void;
}) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus (aria-activedescendant).
    <div
      id={`study-${study.name}`}
      role="option"
      aria-selected={active}
      onClick={choose}
      onPointerEnter={activate}
    >
      <strong>{study.title}</strong>
      <StudyMark study={study} />
      <span class="muted xs">{study.lastRun ? <Age at={study.lastRun.endedAt} /> : ''}</span>
    </div>
  );
}
