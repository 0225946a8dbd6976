/** What a page shows when it cannot show figures: loading keeps the size, an error says what and how to go on, empty says why. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Asked } from '../app/backend.ts';
import type { Problem } from '../contract/problem.ts';
import { Command } from './command.tsx';
import { Head } from './page.tsx';

export function ProblemNote({ problem }: { problem: Problem }) {
  return (
    <div class="banner bad" role="alert">
      <strong>{problem.title}</strong>
      {problem.detail && <span>{problem.detail}</span>}
      {problem.remedy && <Command>{problem.remedy}</Command>}
    </div>
  );
}

export function Empty({ children, command }: { children: ComponentChildren; command?: string }) {
  return (
    <div class="note">
      <p>{children}</p>
      {command && <Command>{command}</Command>}
    </div>
  );
}

/** Grey lines of the size of what is coming; nothing for the first 300 ms. */
export function Waiting({ lines = 4 }: { lines?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true" style={{ display: 'grid', gap: '14px', visibility: shown ? 'visible' : 'hidden' }}>
      <span class="vh">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="wait" style={{ width: `${92 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/** A page whose title comes with its data: until then, and when the data fails to come, it is called by its name. */
export function LoadedPage<Data>({
  asked,
  name,
  lines,
  children,
}: {
  asked: Asked<Data>;
  name: string;
  lines?: number;
  children: (data: Data) => ComponentChildren;
}) {
  if (asked.problem) return <ProblemPage name={name} problem={asked.problem} />;
  if (asked.data === undefined) return <WaitingPage name={name} lines={lines} />;
  return <>{children(asked.data)}</>;
}

export const ProblemPage = ({ name, problem }: { name: string; problem: Problem }) => (
  <>
    <Head title={name} />
    <ProblemNote problem={problem} />
  </>
);

/** The title is only for screen readers, so that it does not change before the eyes. */
export const WaitingPage = ({ name, lines }: { name: string; lines?: number | undefined }) => (
  <>
    <h1 class="vh">{name}</h1>
    <Waiting {...(lines ? { lines } : {})} />
  </>
);

/** Shows data when there is some, else why there is none. */
export function Loaded<Data>({
  asked,
  lines,
  children,
}: {
  asked: Asked<Data>;
  lines?: number;
  children: (data: Data) => ComponentChildren;
}) {
  if (asked.problem) return <ProblemNote problem={asked.problem} />;
  if (asked.data === undefined) return <Waiting {...(lines ? { lines } : {})} />;
  return <>{children(asked.data)}</>;
}
