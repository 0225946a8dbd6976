/** Writes docs/athena-sql.md, the table of what is verified, from the allow-list and the corpus. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FUNCTION_PAGES, LAMBDA_FUNCTIONS, SPECIAL_FUNCTIONS } from '@headwaters/localstack/sql';
import { readCorpus } from './corpus.ts';

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'athena-sql.md');

const specials = (functions: Readonly<Record<string, { signatures: readonly string[] }>>) =>
  Object.entries(functions)
    .filter(([name]) => name !== 'grouping')
    .flatMap(([, { signatures }]) => signatures);

/** Signatures of the functions whose arguments are not plain values. */
export const allSpecials = () => [...specials(SPECIAL_FUNCTIONS), ...specials(LAMBDA_FUNCTIONS)];

const INTRODUCTION = `# Athena's SQL, as far as it is verified

Generated from \`localstack/sql/functions\` and \`test/parity/corpus\`; write it again with \`node test/parity/allowList.ts --write\`.

Everything here gives the rows, types and column names that Trino 476, the engine under Athena's version 3, gave for the same
statement. What is not here is refused by name before it runs; it never runs on a guess. In a signature a single capital letter stands for
any type, \`varchar(x)\` for any length, \`decimal(p,s)\` for any precision and scale, \`T...\` for one or more.

`;

const LANGUAGE = `## Language

| part | verified | refused by name |
|---|---|---|
| types | boolean, tinyint, smallint, integer, bigint, real, double, decimal, varchar, varbinary, date, timestamp(0–6), timestamp(0–6) with time zone, interval, json, uuid, array, map, row | char, time, timestamp(7–12), ipaddress, sketches, geometry |
| operators | \`+ - * / %\`, \`\\|\\|\`, comparisons, \`IS [NOT] DISTINCT FROM\`, BETWEEN, IN, LIKE … ESCAPE, AND OR NOT, subscripts, AT TIME ZONE | \`NULL\` with \`\\|\\|\`, order of arrays, rows and maps by \`<\`, equality of maps and of arrays of doubles, rows or arrays, a row IN a sub-query |
| queries | WITH, WITH RECURSIVE (UNION ALL, ten steps deep as on Trino), joins (inner, left, right, full, cross; ON and USING), UNNEST (WITH ORDINALITY), LATERAL, VALUES, sub-queries (scalar, IN, EXISTS, ALL, ANY), GROUP BY with GROUPING SETS, ROLLUP and CUBE, HAVING, DISTINCT, windows (ROWS, GROUPS, RANGE; its offset a literal), UNION, INTERSECT, EXCEPT, ORDER BY, LIMIT, OFFSET, FETCH FIRST … ONLY and WITH TIES, TABLESAMPLE (SYSTEM: 0 and 100 only) | NATURAL JOIN (Trino has none), MATCH_RECOGNIZE, OFFSET before WITH TIES, table functions |
| regular expressions | literals, classes, groups, alternatives, greedy and lazy repetition, anchors, look-around, back references, named groups, \`(?i)\`, \`(?m)\` and \`(?s)\` at the start, \`\\p{L}\`, computed patterns | possessive repetition, nested classes, \`\\h\`, flags inside, POSIX classes |
| JSON paths | \`$\`, \`.key\`, \`["key"]\`, \`[0]\` | wildcards, \`..\`, filters, the SQL/JSON functions |

In one thing Athena differs from Trino, and so does this: a number with a point, as \`1.5\`, is a double, and \`DECIMAL '1.5'\` a decimal.

Where an answer is approximate on AWS (\`approx_distinct\`, \`approx_percentile\`), it is exact here. A division of decimals whose digits
do not fit into 38 fails here with an overflow. A few things are only seen to be unverified in a row, which then fails by name: NaN, or NULL
inside rows and arrays, where elements are compared; infinities in variances; equal keys where several values are taken by \`max_by\`.

`;

/** The whole page. */
export function allowListPage(): string {
  const pages = readCorpus();
  const count = pages.reduce((sum, page) => sum + page.statements.length, 0);
  const corpus = pages.map((page) => `| ${page.name} | ${page.statements.length} |`).join('\n');
  const sections = Object.entries({
    ...Object.fromEntries(
      Object.entries(FUNCTION_PAGES).map(([name, entries]) => [name, entries.map((entry) => entry.text)]),
    ),
    'Conditionals and typeof': specials(SPECIAL_FUNCTIONS),
    Lambdas: specials(LAMBDA_FUNCTIONS),
  }).map(([name, signatures]) => {
    const rows = signatures.map((signature) => {
      const [call, result] = signature.split(' -> ');
      return `| \`${call}\` | \`${result}\` |`;
    });
    return `## ${name}\n\n| function | returns |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `${INTRODUCTION}${LANGUAGE}${sections.join('\n')}\n## Corpus\n\n${count} statements in \`test/parity/corpus\`.\n\n| page | statements |\n|---|---|\n${corpus}\n`;
}

if (process.argv.includes('--write')) await writeFile(PATH, allowListPage());
