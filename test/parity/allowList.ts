/** Writes docs/athena-sql.md, the table of what is verified, from the allow-list and the corpus. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FUNCTION_PAGES } from '../../localstack/sql/functions/registry.ts';
import { LAMBDA_FUNCTIONS } from '../../localstack/sql/translate/lambda.ts';
import { SPECIAL_FUNCTIONS } from '../../localstack/sql/translate/special.ts';
import { readCorpus } from './corpus.ts';

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'athena-sql.md');

const specials = (functions: Readonly<Record<string, { signatures: readonly string[] }>>) =>
  Object.entries(functions)
    .filter(([name]) => name !== 'grouping')
    .flatMap(([, { signatures }]) => signatures);

/** Signatures of the functions whose arguments are not plain values. */
export const allSpecials = () => [...specials(SPECIAL_FUNCTIONS), ...specials(LAMBDA_FUNCTIONS)];

const INTRODUCTION = `# Athena's SQL, as far as it is verified

Generated from \`localstack/sql/functions\` and \`test/parity/corpus\`; write it anew with \`node test/parity/allowList.ts --write\`.

Everything here gives the rows, types and column names that Trino 476, the engine under Athena's version 3, gave for the same
statement. What is not here is refused by name before it runs; it never runs on a guess. In a signature a single capital letter stands for
any type, \`varchar(x)\` for any length, \`decimal(p,s)\` for any precision and scale, \`T...\` for one or more.

`;

const LANGUAGE = `## Language

| part | verified | refused by name |
|---|---|---|
| types | boolean, tinyint, smallint, integer, bigint, real, double, decimal, varchar, varbinary, date, timestamp(0–6), timestamp(0–6) with time zone, interval, json, array, map, row | char, time, timestamp(7–12), uuid, ipaddress, sketches, geometry |
| operators | \`+ - * / %\`, \`\\|\\|\`, comparisons, \`IS [NOT] DISTINCT FROM\`, BETWEEN, IN, LIKE … ESCAPE, AND OR NOT, subscripts, AT TIME ZONE | \`NULL\` beside \`\\|\\|\`, order of arrays, rows and maps by \`<\` |
| queries | WITH, joins (inner, left, right, full, cross; ON and USING), UNNEST (WITH ORDINALITY), LATERAL, VALUES, sub-queries (scalar, IN, EXISTS, ALL, ANY), GROUP BY with GROUPING SETS, ROLLUP and CUBE, HAVING, DISTINCT, windows (ROWS, GROUPS, RANGE without offset), UNION, INTERSECT, EXCEPT, ORDER BY, LIMIT, OFFSET | WITH RECURSIVE, NATURAL JOIN, TABLESAMPLE, MATCH_RECOGNIZE, FETCH … WITH TIES, RANGE with an offset, table functions |
| regular expressions | literals, classes, groups, alternatives, greedy and lazy repetition, anchors, \`(?i)\` at the start | look-around, back references, possessive repetition, named groups, patterns that are not literals |
| JSON paths | \`$\`, \`.key\`, \`["key"]\`, \`[0]\` | wildcards, \`..\`, filters, the SQL/JSON functions |

Where an answer is approximate on AWS (\`approx_distinct\`, \`approx_percentile\`), it is exact here. A division of decimals whose digits
do not fit into 38 fails here with an overflow. A time zone of a region is only known when it is a literal.

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
