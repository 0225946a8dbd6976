/** `headwaters teardown`: deletes a lake's stacks, on a second yes its data too, and says what is left and what it costs. */
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import { type Leftover, leftovers } from '../../lake/leftovers.ts';
import { teardown as takeDown } from '../../lake/teardown.ts';
import { counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import type { Terminal } from '../terminal.ts';

export interface TeardownOptions extends LakeOptions {
  readonly check: boolean;
  readonly yes: boolean;
  /** The lake's prefix, which is the second yes. */
  readonly deleteData?: string;
  readonly liftProtection: boolean;
  readonly json: boolean;
}

export async function teardown(options: TeardownOptions): Promise<void> {
  if (options.check && (options.yes || options.deleteData !== undefined))
    throw new UsageError('--check deletes nothing; leave out --yes and --delete-data.');
  const { check, ...opening } = options;
  await withLake({ ...opening, port: 0, quiet: options.json, mayBeGone: true }, async (lake, terminal) => {
    const { target } = lake;
    const { prefix } = target.names;
    if (options.deleteData !== undefined && options.deleteData !== prefix)
      throw new UsageError(
        `--delete-data is '${options.deleteData}'; to delete the data of this lake it must be its prefix: ${prefix}.`,
      );
    if (check || !options.yes) {
      const left = await leftovers(target, terminal);
      show(options, terminal, { left });
      if (!check)
        throw new UsageError(
          `Nothing was deleted. --yes deletes the stacks, and the data stays; --yes --delete-data ${prefix} deletes the data too.`,
        );
      if (left.length > 0) throw new RunFailedError(sumOf(left));
      return;
    }
    const { deleted, left } = await takeDown(
      target,
      { deleteData: options.deleteData !== undefined, liftProtection: options.liftProtection },
      terminal,
    );
    show(options, terminal, { deleted, left });
    if (options.json || left.length === 0) return;
    const key = left.find(({ kind }) => kind === 'key')?.name;
    terminal.line(
      `\nTo deploy again over what is left: npx cdk deploy --all --import-existing-resources${key ? ` -c key=${key}` : ''}\n` +
        `To delete it: ${lake.command(`teardown --yes --delete-data ${prefix}`)}`,
    );
  });
}

const sumOf = (left: readonly Leftover[]) =>
  `${counted(left.length, 'thing')} ${left.length === 1 ? 'is' : 'are'} left, and ${left.length === 1 ? 'costs' : 'cost'} ${dollars(left.reduce((sum, one) => sum + one.dollarsAMonth, 0))} US$ a month.`;

const dollars = (value: number) => value.toFixed(2);

function show(
  { json }: TeardownOptions,
  terminal: Terminal,
  found: { readonly deleted?: readonly Leftover[]; readonly left: readonly Leftover[] },
): void {
  const { deleted, left } = found;
  if (json) {
    terminal.line(JSON.stringify(found, undefined, 2));
    return;
  }
  if (deleted) terminal.line(`Deleted ${counted(deleted.length, 'thing')}.`);
  if (left.length === 0) terminal.line('Nothing of this lake is left.');
  else
    terminal.line(
      table(
        ['what', 'name', 'holds', 'US$ a month'],
        left.map(({ kind, name, holds, dollarsAMonth }) => [kind, name, holds, dollars(dollarsAMonth)]),
      ),
    );
}
