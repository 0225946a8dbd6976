/** Small marks: the layer (a shape and a word), the verdict (a sign and a word), and the project's sign. */
import type { ComponentChildren } from 'preact';

export type Layer = 'ingestion' | 'bronze' | 'silver' | 'gold' | 'serving';

const shapes = {
  ingestion: <path d="M1 1l10 5-10 5z" />,
  bronze: <rect x="1" y="1" width="10" height="10" />,
  silver: <path d="M6 0l6 6-6 6-6-6z" />,
  gold: <circle cx="6" cy="6" r="5.4" />,
  serving: <path d="M6 1l5.5 10H.5z" />,
} satisfies Record<Layer, ComponentChildren>;

/** Databases and model layers as the five layers of the map. */
export const layerOf = (zone: string): Layer =>
  zone === 'marts' ? 'serving' : zone in shapes ? (zone as Layer) : 'bronze';

export function LayerMark({ layer, children }: { layer: Layer; children?: ComponentChildren }) {
  return (
    <span class={`lm k-${layer}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {shapes[layer]}
      </svg>
      {children}
    </span>
  );
}

/** The layer's shape inside a drawing. */
export const LayerShape = ({ layer, x, y, size }: { layer: Layer; x: number; y: number; size: number }) => (
  <svg
    class={`shape k-${layer}`}
    x={x}
    y={y}
    width={size}
    height={size}
    viewBox="0 0 12 12"
    aria-hidden="true"
  >
    {shapes[layer]}
  </svg>
);

export type Tone = 'ok' | 'warn' | 'bad' | 'idle';

const stroke = { fill: 'none', stroke: 'currentColor' } as const;
const signs = {
  ok: <path d="M2 7.2l3.2 3.3L12 3.6" {...stroke} stroke-width="2" />,
  bad: <path d="M3 3l8 8M11 3l-8 8" {...stroke} stroke-width="2" />,
  warn: <path d="M7 1.8L13 12.4H1zM7 5.4v3.4M7 10.2v1" {...stroke} stroke-width="1.4" />,
  copy: <path d="M1.5 1.5h7.5v7.5H1.5zM5 9v3.5h7.5V5H9" {...stroke} stroke-width="1.4" />,
  idle: <circle cx="7" cy="7" r="4.6" {...stroke} stroke-width="1.5" />,
  run: <path d="M7 2.4a4.6 4.6 0 11-4.6 4.6" {...stroke} stroke-width="1.7" />,
};

/** The sign of a verdict inside a drawing; its word has to be next to it. */
export const VerdictSign = ({ tone, x, y }: { tone: Tone; x: number; y: number }) => (
  <svg class={`v ${tone}`} x={x} y={y} width="12" height="12" viewBox="0 0 14 14" aria-hidden="true">
    {signs[tone]}
  </svg>
);

export function Verdict({
  tone,
  sign,
  children,
}: {
  tone: Tone;
  sign?: keyof typeof signs;
  children: ComponentChildren;
}) {
  return (
    <span class={`v ${tone}`}>
      <svg viewBox="0 0 14 14" aria-hidden="true">
        {signs[sign ?? tone]}
      </svg>
      {children}
    </span>
  );
}

/** Three springs that join one stem. */
export const ProjectSign = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" aria-hidden="true">
    <path d="M4 3c0 4.2 2.2 6.4 8 9.6" stroke-width="1.4" />
    <path d="M20.5 3.2c0 4-2.6 6-8.5 9.4" stroke-width="1.9" stroke="var(--accent)" />
    <path d="M11.4 2.6c-.4 3.8.6 6.4.6 10" stroke-width="1.2" />
    <path d="M12 12.4c0 3.2-2.4 5.2-2.4 9.2" stroke-width="3.4" stroke="var(--accent)" />
  </svg>
);
