/**
 * What Hive's own parser fails on though Athena has taken it: a block comment before a Hive table's name, and DROP COLUMN. Iceberg
 * tables never meet that parser. Source of rules and wording: aoyagikouhei/athena-local, docs/dev/measurements/statements.md
 */
import type { AlterAction, QualifiedName, Statement } from '../../../sql/index.ts';
import { isIceberg } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import type { Session } from '../session.ts';
import { isView } from '../view.ts';
import { notForHive, tableId } from './names.ts';

type Family = 'show create' | 'msck' | 'alter' | 'describe';

/** @throws QueryFailure in the words of Hive's ParseException */
export async function passHiveParser(session: Session, statement: Statement, sql: string): Promise<void> {
  const named = tableOf(statement);
  if (!named) return;
  const change = statement.kind === 'alter-table' ? statement.change : undefined;
  const dropped = change?.action === 'drop-column' ? droppedColumn(sql, change) : undefined;
  const said = commentSaid(named.family, sql) ?? dropped?.said;
  if (said === undefined) return;
  const { database, table } = tableId(session, named.table);
  const found = await session.catalog.table(database, table);
  if (found && (isIceberg(found) || (isView(found) && named.family === 'describe'))) return;
  const reason = `FAILED: ParseException ${said}`;
  if (change === undefined || change.action === 'add-columns')
    throw new QueryFailure('', reason, { category: 'system' });
  throw new QueryFailure('', reason, { type: 1006, errorMessage: dropped?.errorMessage ?? notForHive });
}

/** Changes of columns, and of the table's name: the others reach another parser. */
const ALTERS = ['add-columns', 'replace-columns', 'change-column', 'drop-column', 'rename-table'];

function tableOf(statement: Statement): { family: Family; table: QualifiedName } | undefined {
  switch (statement.kind) {
    case 'show':
      return statement.what === 'create-table' ? { family: 'show create', table: statement.name } : undefined;
    case 'msck':
    case 'describe':
      return { family: statement.kind, table: statement.name };
    case 'alter-table':
      return ALTERS.includes(statement.change.action)
        ? { family: 'alter', table: statement.name }
        : undefined;
    default:
      return undefined;
  }
}

/** A text, a name or a line's comment, in which no block comment begins; or a block comment. */
const PIECES = /'(?:[^'\\]|\\[\s\S])*'|"[^"]*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\//g;

const NAME = '(?:`[^`]*`|[\\w$]+)';
const QUALIFIED = `${NAME}(?: ?\\. ?${NAME})*`;

/**
 * The words before the comment → how Hive says that it got no further. `$1` is the word in brackets, `$C` the comment's first.
 * Where Hive reports the statement's beginning instead of the comment, it says so.
 */
const STUMBLES: Readonly<Record<Family, readonly (readonly [RegExp, string, 'at the beginning'?])[]>> = {
  'show create': [
    [/^(show)$/i, "cannot recognize input near '$1' '/' '*' in ddl statement"],
    [/^show (create)$/i, "mismatched input '/' expecting TABLE near '$1' in show statement"],
    [/^show create table$/i, "cannot recognize input near '/' '*' '$C' in table name"],
    [/^show create table (?:.* )?(\S+) ?\.$/i, "cannot recognize input near '$1' '.' '/' in table name"],
  ],
  msck: [
    [/^(?:msck )?(msck|repair)$/i, "missing EOF at '/' near '$1'"],
    [/^msck repair table$/i, "cannot recognize input near '/' '*' '$C' in table name"],
    [new RegExp(`^msck repair table (?:${NAME} ?\\. ?)*(${NAME})$`, 'i'), "missing EOF at '/' near '$1'"],
  ],
  alter: [
    [/^(alter)$/i, "cannot recognize input near '$1' '/' '*' in alter statement", 'at the beginning'],
    [/^alter table$/i, "cannot recognize input near '/' '*' '$C' in table name"],
    [
      new RegExp(`^alter table ${QUALIFIED}$`, 'i'),
      "cannot recognize input near '/' '*' '$C' in alter table statement",
    ],
  ],
  // Athena takes the database out of the name before Hive reads it.
  describe: [
    [
      new RegExp(`^(desc|describe)(?: (?:${NAME} ?\\. ?)+)?$`, 'i'),
      "cannot recognize input near '$1' '/' '*' in describe statement",
      'at the beginning',
    ],
  ],
};

/** What Hive says of the first block comment, if that is where it says anything. */
function commentSaid(family: Family, sql: string): string | undefined {
  const found = [...sql.matchAll(PIECES)].find(([piece]) => piece.startsWith('/*'));
  if (!found) return undefined;
  const before = sql.slice(0, found.index);
  const words = before
    .replace(/--[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const inComment = firstWord(found[0].slice(2));
  if (words === '') return `${placeAfter(before)} cannot recognize input near '/' '*' '${inComment}'`;
  for (const [pattern, said, beginning] of STUMBLES[family]) {
    const match = pattern.exec(words);
    if (!match) continue;
    const place = beginning ? 'line 1:0' : placeAfter(before);
    return `${place} ${said.replace('$1', () => match[1]!).replace('$C', () => inComment)}`;
  }
  return undefined;
}

/** As Hive's lexer cuts it, which passes over what is outside of ASCII and over a quote that is never closed. */
function firstWord(comment: string): string {
  const word = /'(?:[^'\\*]|''|\\[\s\S])*'|"[^"*]*"|\d+\.\d+|\w+|<=>|[<>!=]=|<>|[!#-&(-~]/.exec(comment);
  return word?.[0] ?? '*';
}

/** Lines count from 1 and columns from 0, and blanks next to each other are one. */
function placeAfter(before: string): string {
  const lines = before.replace(/\s{2,}/g, ' ').split('\n');
  return `line ${lines.length}:${lines.at(-1)!.length}`;
}

/** What Hive says of DROP COLUMN, for it knows only partitions to drop; and what the AthenaError says of it. */
function droppedColumn(sql: string, { written }: Extract<AlterAction, { action: 'drop-column' }>) {
  const { drop, column, at } = written;
  const place = placeAfter(sql.slice(0, at));
  const next = place.replace(/\d+$/, (before) => String(Number(before) + 1));
  return {
    said: `${place} mismatched input '${column}' expecting PARTITION near '${drop}' in drop partition statement`,
    errorMessage: `${next}: mismatched input '${column}' expecting 'PARTITION'`,
  };
}
