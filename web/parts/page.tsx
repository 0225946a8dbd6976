/** The frame of a page's content: its finding as the title, a lead, its acts, and sections divided by rules. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { place } from '../app/location.ts';

export interface HeadProps {
  /** The finding of the page. */
  readonly title: string;
  readonly lead?: ComponentChildren;
  /** Buttons and links at the right. */
  readonly children?: ComponentChildren;
}

export function Head({ title, lead, children }: HeadProps) {
  const { study } = place.value;
  useEffect(() => {
    document.title = `${title}${study ? ` · ${study}` : ''} · Headwaters`;
  }, [title, study]);
  return (
    <div class="head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {children && <div class="row">{children}</div>}
    </div>
  );
}

/** The rule with a section's title at its left and a remark at its right. */
export function Bar({
  title,
  id,
  children,
}: {
  title: ComponentChildren;
  id?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="bar">
      <h2 id={id}>{title}</h2>
      {children && <span class="small muted">{children}</span>}
    </div>
  );
}

export function Panel({
  title,
  aside,
  label,
  children,
}: {
  title: ComponentChildren;
  aside?: ComponentChildren;
  label?: string;
  children: ComponentChildren;
}) {
  return (
    <section class="panel" aria-label={label}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      <div class="in">{children}</div>
    </section>
  );
}

/** A list of names and values. Each entry: name, value. */
export function KeyValues({ entries }: { entries: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="kv">
      {entries.map(([name, value]) => (
        <>
          <dt key={`${name}-name`}>{name}</dt>
          <dd key={`${name}-value`}>{value}</dd>
        </>
      ))}
    </dl>
  );
}

export interface TabItem {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly href: string;
}

export function Tabs({
  items,
  current,
  label,
}: {
  items: readonly TabItem[];
  current: string;
  label: string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {items.map(({ id, title, href }) => (
        <a key={id} href={href} aria-current={id === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
