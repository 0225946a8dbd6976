/** The data dictionary of a study: one Markdown page derived from its contracts. */

import type { Column, Contract, Materialization, QualityRule } from '../contract/contract.ts';
import { isSliding, type LiveView } from '../live/design.ts';
import type { Model, Study } from './study.ts';

const cell = (text: string) => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();

const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;

const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

/** What a value may be, in words. */
function allowed(column: Column): string {
  const options = Object.entries(column.options).map(([name, value]) => `${name} ${String(value)}`);
  return [...(column.enum ? [column.enum.map(String).join(', ')] : []), ...options].join('; ');
}

const columnTable = (contract: Contract) =>
  table(
    ['column', 'type', 'required', 'meaning', 'allowed'],
    contract.columns.map((column) => [
      `\`${column.name}\`${column.primaryKey ? ' (key)' : ''}`,
      `\`${column.type}\``,
      column.required ? 'yes' : '',
      column.description,
      allowed(column),
    ]),
  );

const ruleTable = (rules: readonly QualityRule[]) =>
  table(
    ['rule', 'dimension', 'if broken', 'meaning'],
    rules.map((rule) => [`\`${rule.name}\``, rule.dimension, rule.severity, rule.description]),
  );

function sourceSection(contract: Contract): string {
  const came = [
    contract.ingestion === 'stream' ? 'Arrives by stream' : 'Arrives by file',
    ...(contract.eventType ? [`event type \`${contract.eventType}\``] : []),
    ...(contract.partitionKey ? [`partition key \`${contract.partitionKey}\``] : []),
  ];
  return [
    `### ${contract.name}`,
    contract.purpose,
    `${contract.grain} ${came.join(', ')}.`,
    columnTable(contract),
  ].join('\n\n');
}

const makings: Readonly<Record<Materialization, string>> = {
  append: 'One row per accepted record, added only',
  merge: 'Merged by its key',
  history: 'Every version with the time in which it held',
  latest: 'The newest version of each entity',
  view: 'A view, computed when it is read',
};

function modelSection(model: Model): string {
  const { contract } = model;
  const reads = model.references.map((name) => `\`${name}\``).join(', ');
  const facts = [
    makings[contract.materialization ?? 'merge'],
    ...(contract.partitioning?.length ? [`partitioned by \`${contract.partitioning.join(', ')}\``] : []),
    ...(contract.freshness ? [`fresh within ${contract.freshness.value} ${contract.freshness.unit}`] : []),
  ];
  return [
    `### ${model.database}.${model.table}`,
    contract.purpose,
    `${contract.grain} ${facts.join(', ')}.${reads ? ` Reads ${reads}.` : ''}`,
    columnTable(contract),
    ...(contract.quality.length ? [ruleTable(contract.quality)] : []),
    ...(contract.limitations ? [`Limits: ${contract.limitations}`] : []),
    ...(model.derivedFrom ? [derivedSqlBlock(model.derivedFrom, model.sql)] : []),
  ].join('\n\n');
}

const seconds = (value: number) =>
  value % 86_400 === 0
    ? `${value / 86_400} d`
    : value % 3600 === 0
      ? `${value / 3600} h`
      : value % 60 === 0
        ? `${value / 60} min`
        : `${value} s`;

function liveSection(view: LiveView): string {
  const window = isSliding(view)
    ? `Windows of ${seconds(view.sizeSeconds)}, every ${seconds(view.everySeconds)}`
    : `Windows of ${seconds(view.sizeSeconds)}`;
  const time =
    view.time.by === 'arrival'
      ? 'by arrival'
      : `by event time, ${seconds(view.time.latenessSeconds)} late at most`;
  const key = view.key.length > 0 ? `, per ${view.key.map(({ name }) => `\`${name}\``).join(', ')}` : '';
  return [
    `### ${view.name}`,
    `${view.title}.${view.description ? ` ${view.description}` : ''}`,
    `${window}, ${time}, over the source \`${view.source}\`${key}.`,
    table(
      ['measure', 'function', 'unit'],
      view.measures.map((measure) => [`\`${measure.name}\``, measureText(measure), measure.unit ?? '']),
    ),
  ].join('\n\n');
}

function measureText(measure: LiveView['measures'][number]): string {
  if (measure.function === 'count') return 'count of events';
  if (measure.function === 'ratio') return `\`${measure.of}\` over \`${measure.over}\``;
  const times = measure.function === 'sum' && measure.times ? ` × \`${measure.times.name}\`` : '';
  const name = measure.function === 'distinct' ? 'distinct, approximate, of' : `${measure.function} of`;
  return `${name} \`${measure.column.name}\`${times}`;
}

const derivedSqlBlock = (source: string, sql: string) =>
  `<details><summary>SQL, derived from the source ${source}</summary>\n\n\`\`\`sql\n${sql}\n\`\`\`\n\n</details>`;

/** The page. */
export function dictionaryPage(study: Study): string {
  const layers = (['silver', 'gold', 'marts'] as const).flatMap((layer) => {
    const models = study.models.filter((model) => model.layer === layer);
    return models.length ? [`## ${layer}`, ...models.map(modelSection)] : [];
  });
  return `${[
    `# ${study.title}: data dictionary`,
    study.description,
    '## Sources',
    ...study.sources.map(sourceSection),
    ...layers,
    ...(study.live.length > 0 ? ['## live views', ...study.live.map(liveSection)] : []),
  ].join('\n\n')}\n`;
}
