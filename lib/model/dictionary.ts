/** The data dictionary of a study: one Markdown page derived from its contracts. */

import type { Column, Contract, QualityRule } from './contract.ts';
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
    contract.door === 'stream' ? 'Arrives by stream' : 'Arrives by file',
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

function modelSection(model: Model): string {
  const { contract } = model;
  const reads = model.references.map((name) => `\`${name}\``).join(', ');
  const facts = [
    contract.materialization === 'append' ? 'One row per accepted record, added only' : 'Merged by its key',
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
  ].join('\n\n');
}

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
  ].join('\n\n')}\n`;
}
