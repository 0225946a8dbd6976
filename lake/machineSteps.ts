/** Counts what an execution of a study's pipeline costs, from its definition: states, functions and statements on its way. */

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly Choices?: readonly {
    readonly Next: string;
    readonly IsPresent?: boolean;
    readonly StringEquals?: string;
  }[];
  readonly ItemProcessor?: Machine;
  readonly Branches?: readonly Machine[];
}

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Steps {
  /** AWS bills each state that is entered (https://aws.amazon.com/step-functions/pricing/). */
  readonly transitions: number;
  /** Name that the definition has for a function → how often it is invoked. */
  readonly invocations: Readonly<Record<string, number>>;
  readonly statements: number;
  readonly notices: number;
}

/**
 * The way of an execution that goes well.
 * @param decision what the planner says; where it is not `run`, nothing is there to be gone through or told
 * @param statements how many a Map of this name runs
 */
export function stepsOf(
  { StartAt, States }: Machine,
  decision: 'run' | 'nothing-new',
  statements: (map: string) => number,
): Steps {
  const invocations: Record<string, number> = {};
  let transitions = 0;
  let run = 0;
  let notices = 0;
  const next = (state: State): string | undefined => {
    if (state.Type !== 'Choice') return state.Next;
    const [first] = state.Choices ?? [];
    const isTaken =
      first !== undefined &&
      (States[first.Next]?.Type === 'Map'
        ? statements(first.Next) > 0
        : (decision === 'run' && first.IsPresent === true) || first.StringEquals === decision);
    return isTaken ? first.Next : state.Default;
  };
  for (let name: string | undefined = StartAt; name !== undefined; ) {
    const state: State | undefined = States[name];
    if (!state) throw new Error(`The definition has no state '${name}'.`);
    transitions++;
    if (state.Type === 'Map') {
      const count = statements(name);
      run += count;
      transitions += count * statesOfItem(state.ItemProcessor);
    }
    if (state.Resource?.endsWith(':lambda:invoke')) {
      const called = state.Parameters?.FunctionName?.replace(/[${}]/g, '') ?? '';
      invocations[called] = (invocations[called] ?? 0) + 1;
    }
    if (state.Resource?.endsWith(':sns:publish')) notices++;
    name = next(state);
  }
  return { transitions, invocations, statements: run, notices };
}

/** States of a statement that succeeds. */
function statesOfItem(processor: Machine | undefined): number {
  let count = 0;
  for (let name = processor?.StartAt; name !== undefined; name = processor?.States[name]?.Next)
    count += 1 + (processor?.States[name]?.Branches ?? []).reduce((all, one) => all + statesOfItem(one), 0);
  return count;
}
