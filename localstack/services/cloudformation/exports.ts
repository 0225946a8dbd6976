/** Exports that stacks share: what one exports may neither change nor go while another imports it. */
import { AwsError } from '../../core/errors.ts';
import { TemplateError } from './intrinsics.ts';
import type { StackOutput, StackRecord, StackStore } from './store.ts';

const importerOf = (stacks: readonly StackRecord[], exportName: string): StackRecord | undefined =>
  stacks.find(({ imports }) => imports.includes(exportName));

const othersThan = (store: StackStore, stack: StackRecord) =>
  store.stacks().filter(({ name }) => name !== stack.name);

/** Throws `TemplateError` when the stack's new outputs change an export in use, or take another stack's name. */
export function checkExports(store: StackStore, stack: StackRecord, outputs: readonly StackOutput[]): void {
  const others = othersThan(store, stack);
  for (const { ExportName, OutputValue } of stack.outputs) {
    if (ExportName === undefined) continue;
    if (outputs.some((output) => output.ExportName === ExportName && output.OutputValue === OutputValue))
      continue;
    const user = importerOf(others, ExportName);
    if (user) {
      throw new TemplateError(
        `Export ${ExportName} cannot be updated or removed as it is in use by ${user.name}`,
      );
    }
  }
  for (const { ExportName } of outputs) {
    const owner = others.find(({ outputs: theirs }) =>
      theirs.some((output) => ExportName !== undefined && output.ExportName === ExportName),
    );
    if (owner)
      throw new TemplateError(`Export with name ${ExportName} is already exported by stack ${owner.name}.`);
  }
}

/** Throws `ValidationError` when another stack imports what this one exports. */
export function checkUnused(store: StackStore, stack: StackRecord): void {
  const others = othersThan(store, stack);
  for (const { ExportName } of stack.outputs) {
    const user = ExportName === undefined ? undefined : importerOf(others, ExportName);
    if (user) {
      throw new AwsError(
        'ValidationError',
        `Delete canceled. Cannot delete export ${ExportName} as it is in use by ${user.name}.`,
      );
    }
  }
}
