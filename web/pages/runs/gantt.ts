/** When each part of a run worked: its own steps by their states, each model by its statements. */
import { duration } from '../../parts/text.ts';
import type { RunStatement, RunView } from './contract.ts';

/** Widest character of a label, px. */
export const CHARACTER = 6.6;

export type Kind = 'step' | 'stage' | 'publish';

export interface Span {
  readonly kind: Kind;
  /** ms since the run began. */
  readonly from: number;
  readonly to: number;
}

export interface GanttRow {
  readonly label: string;
  /** Of a model, which the row leads to. */
  readonly model?: string;
  readonly layer?: string;
  /** The row begins a level or another part of the run. */
  readonly begins: boolean;
  readonly spans: readonly Span[];
}

export interface Gantt {
  readonly rows: readonly GanttRow[];
  /** ms. */
  readonly end: number;
  /** Level → ms, from its first state to its last. */
  readonly levels: readonly number[];
}

/** States before the first level and after the last, as they are called in the drawing. */
const BEFORE = [
  ['Plan', 'plan'],
  ['Tables', 'tables'],
  ['Stage what arrived', 'arrivals'],
] as const;
const AFTER = [
  ['Compose balance', 'balance'],
  ['Balance', 'balance'],
  ['Reconcile', 'reconcile'],
  ['Notify', 'notify'],
] as const;

export function ganttOf({ states, statements, nodes }: RunView): Gantt {
  const began = Math.min(...states.map(({ enteredAt }) => Date.parse(enteredAt)));
  const since = (at: string) => Date.parse(at) - began;
  const known = states.map(({ name, enteredAt, exitedAt }) => ({
    name,
    span: { kind: 'step', from: since(enteredAt), to: since(exitedAt ?? enteredAt) } as Span,
  }));
  const spansOf = (is: (name: string) => boolean) =>
    known.filter(({ name }) => is(name)).map(({ span }) => span);
  const steps = (named: readonly (readonly [string, string])[]): GanttRow[] =>
    [...Map.groupBy(named, ([, label]) => label)].flatMap(([label, states], index) => {
      const spans = spansOf((name) => states.some(([state]) => state === name));
      return spans.length === 0 ? [] : [{ label, begins: index === 0, spans }];
    });
  const statementSpan = (one: RunStatement): Span => ({
    kind: one.purpose === 'publish' || one.purpose === 'view' ? 'publish' : 'stage',
    from: since(one.submittedAt),
    to: since(one.submittedAt) + one.milliseconds,
  });
  const count = Math.max(0, ...nodes.map(({ level }) => level));
  const levels = Array.from({ length: count }, (_, index) => {
    const spans = spansOf((name) => name.startsWith(`Level ${index + 1} of `));
    return spans.length === 0
      ? 0
      : Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from));
  });
  const rows = [
    ...steps(BEFORE),
    ...levels.flatMap((_, index) => [
      {
        label: `level ${index + 1}`,
        begins: true,
        spans: spansOf((name) =>
          new RegExp(`^Level ${index + 1} of \\d+: (?:compose|audit|assess)$`).test(name),
        ),
      },
      ...nodes
        .filter(({ level }) => level === index + 1)
        .map(({ name, layer }) => ({
          label: name,
          model: name,
          layer,
          begins: false,
          spans: statements
            .filter(({ model, level }) => model === name && level === index + 1)
            .map(statementSpan),
        })),
    ]),
    ...steps(AFTER),
  ];
  const end = Math.max(1, ...rows.flatMap(({ spans }) => spans.map(({ to }) => to)));
  return { rows, end, levels };
}

/** The level that took longest, from 1, with its share of the whole; undefined for a run without levels. */
export function slowestLevel({
  levels,
  end,
}: Gantt): { level: number; ms: number; share: number } | undefined {
  const ms = Math.max(0, ...levels);
  return ms === 0 ? undefined : { level: levels.indexOf(ms) + 1, ms, share: ms / end };
}

const STEPS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 300_000, 600_000, 3_600_000];

/** Space between two labels, px. */
const GAP = 6;

/**
 * Times on the axis, ms: whole seconds, or parts of one, at most seven, whose labels are next to each other.
 * @param room px that the run's time takes
 * @param margin px that a label at the run's end has on its right
 */
export function ticksOf(end: number, room: number, margin: number): number[] {
  const widthOf = (ms: number) => duration(ms).length * CHARACTER;
  const timesOf = (step: number) =>
    Array.from({ length: Math.floor(end / step) + 1 }, (_, at) => at * step).filter(
      (ms) => widthOf(ms) / 2 <= (1 - ms / end) * room + margin,
    );
  const fits = (step: number) =>
    end / step <= 6 && Math.max(...timesOf(step).map(widthOf)) + GAP <= (step / end) * room;
  return timesOf(STEPS.find(fits) ?? end);
}
