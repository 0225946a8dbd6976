/** Functions in JavaScript that DuckDB calls: as they are, or as stand-ins where JavaScript must not run. */
import './wholeTexts.ts';
import { type DuckDBConnection, DuckDBScalarFunction, type DuckDBType } from '@duckdb/node-api';

/** A NULL argument gives NULL. */
export interface ScalarFunction {
  readonly name: string;
  readonly parameters: readonly DuckDBType[];
  readonly result: DuckDBType;
  // biome-ignore lint/suspicious/noExplicitAny: DuckDB's values, as the parameter types say.
  readonly apply: (...args: any[]) => unknown;
  /**
   * Whether statements name the function for few of their rows, those that DuckDB's own functions read otherwise: most run to
   * their end without a call.
   */
  readonly seldom?: boolean;
}

/** Is called when a function begins to work on a batch of rows, and when it has ended. */
export interface CallWatch {
  began(functionIndex: number): void;
  ended(): void;
}

/** Registers the functions for every connection of the database. DuckDB waits for this thread whenever it calls one. */
export function registerScalarFunctions(
  connection: DuckDBConnection,
  functions: readonly ScalarFunction[],
  watch?: CallWatch,
): void {
  for (const [index, { name, parameters, result, apply }] of functions.entries())
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        parameterTypes: parameters,
        returnType: result,
        mainFunction(_info, input, output) {
          watch?.began(index);
          try {
            const columns = parameters.map((_, column) => input.getColumnVector(column));
            for (let row = 0; row < input.rowCount; row++) {
              const args = columns.map((column) => column.getItem(row));
              output.setItem(row, (args.includes(null) ? null : apply(...args)) as never);
            }
            output.flush();
          } finally {
            watch?.ended();
          }
        },
      }),
    );
}

/** Which connections ran a statement that needs JavaScript. */
export interface StandIns {
  /** Whether the connection's last statement needs it; its result, if it has one, is void. */
  taken(connectionId: number): boolean;
  /** Until then, statements such as CREATE MACRO may name the functions. */
  refuse(): void;
}

/**
 * Registers functions of the same names and types that compute nothing. A statement that names one fails when it is bound,
 * or, where the function is called seldom, with its first call. TRY hides such a failure, so `taken` is to be asked after
 * every statement.
 */
export function registerStandIns(
  connection: DuckDBConnection,
  functions: readonly ScalarFunction[],
): StandIns {
  const takenBy = new Set<number>();
  let refuses = false;
  for (const { name, parameters, result, seldom } of functions)
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        parameterTypes: parameters,
        returnType: result,
        bindFunction(info) {
          const { connectionId } = info.clientContext;
          info.setBindData({ connectionId });
          if (!refuses || seldom) return;
          takenBy.add(connectionId);
          info.setError(`${name} does not run here`);
        },
        mainFunction(info) {
          takenBy.add((info.bindData as { connectionId: number }).connectionId);
          throw new Error(`${name} does not run here`);
        },
      }),
    );
  return {
    taken: (connectionId) => takenBy.delete(connectionId),
    refuse() {
      refuses = true;
    },
  };
}
