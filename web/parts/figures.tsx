/** Figures and their ages: gauges read off the lake, each with its layer, its table and how old it is. */
import type { ComponentChildren } from 'preact';
import { isLost } from '../app/backend.ts';
import { nowFor } from '../app/clock.ts';
import type { Layer } from './marks.tsx';
import { Verdict } from './marks.tsx';
import { age } from './text.ts';

/** `2 min ago`; ticks, and keeps the exact time in its title. */
export function Age({ at }: { at: number | string }) {
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  return (
    <time dateTime={new Date(ms).toISOString()} title={new Date(ms).toISOString()}>
      {age(ms, nowFor(ms))}
    </time>
  );
}

export const Gauges = ({
  children,
  label,
  busy,
}: {
  children: ComponentChildren;
  label?: string;
  /** The figures are on their way. */
  busy?: boolean;
}) => (
  <dl class="gauges" aria-label={label} aria-busy={busy}>
    {children}
  </dl>
);

export interface GaugeProps {
  readonly layer: Layer;
  readonly label: string;
  /** As written; undefined keeps the size while it is loading, null says that there is none. */
  readonly value: string | null | undefined;
  readonly unit?: ComponentChildren;
  /** Where the figure leads to. */
  readonly href?: string | undefined;
  /** The table, view or metric that it was read from, and a link to it. */
  readonly source?: ComponentChildren;
  /** How old it is counts from here, ms or ISO: for what a run published, from the run. */
  readonly at?: number | string | undefined;
  readonly none?: string;
}

/** More characters than this have no room in the narrowest gauge. */
const LONGEST = 11;
export const valueClass = (value: string | null | undefined) =>
  `val${(value?.length ?? 0) > LONGEST ? ' wide' : ''}`;

export function Gauge({ layer, label, value, unit, href, source, at, none = 'none' }: GaugeProps) {
  const lost = isLost.value;
  return (
    <div class={`gauge k-${layer}`}>
      <dt>{label}</dt>
      <dd class={valueClass(value)}>
        {value === undefined ? (
          <span class="wait" style={{ width: '70px' }} />
        ) : value === null ? (
          <span class="muted">{none}</span>
        ) : href ? (
          <a class="num" href={href}>
            {value}
          </a>
        ) : (
          <span class="nowrap">{value}</span>
        )}
        {unit !== undefined && value !== null && <small> {unit}</small>}
      </dd>
      <dd class="src">
        {source}
        {source !== undefined && (at !== undefined || value === undefined) && <br />}
        {value === undefined && '\u00a0'}
        {at !== undefined &&
          (lost ? (
            <Verdict tone="warn">
              stale, <Age at={at} />
            </Verdict>
          ) : (
            <Age at={at} />
          ))}
      </dd>
    </div>
  );
}
