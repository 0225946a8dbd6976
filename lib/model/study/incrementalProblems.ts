/** Checks what a model's contract declares in `incremental` and `partitioning` against the tables that it names. */

import type { Contract } from '../contract/contract.ts';
import { cutOf } from '../contract/partitioning.ts';
import type { Problem } from '../contract/problem.ts';
import { entityCut, entityCutProblems, namesOfEntity } from '../run/entities.ts';
import { memberOf } from '../run/keys/keyKinds.ts';
import type { Model } from './study.ts';

interface Known {
  readonly models: readonly Model[];
  readonly sources: readonly Contract[];
}

/** Every problem of every model's `incremental`, and of tables by `first_seen_at`; the models are in the order in which they read each other. */
export function incrementalProblems(known: Known): Problem[] {
  return known.models.flatMap((model) =>
    [
      ...(model.contract.incremental
        ? problemsOf(model, known).map((message) => `incremental: ${message}`)
        : []),
      ...entityProblems(model, known),
    ].map((message) => ({ file: model.contract.file, line: 1, column: 1, message })),
  );
}

/** A table that is partitioned by when its entities were first seen finds them by keys of silver. */
function entityProblems(model: Model, known: Known): string[] {
  if (!entityCut(model.contract)) return [];
  const versions = known.models.find(({ name }) => name === model.contract.versionsFrom);
  return [
    ...entityCutProblems(model, versions),
    ...namesOfEntity(model.contract).flatMap(({ table, columns }) => columnProblems(table, columns, known)),
  ].map((message) => `partitioning: ${message}`);
}

function problemsOf(model: Model, known: Known): string[] {
  const { contract } = model;
  const { from: name, by, with: joins } = contract.incremental!;
  const from = known.models.find((other) => other.name === name);
  if (contract.materialization !== 'merge') return ['only a table with materialization merge has it'];
  if (!from || !model.dependsOn.includes(name))
    return [`from is '${name}'; the SELECT reads ${model.dependsOn.join(', ') || 'no table of the study'}`];
  const units = sameUnit(contract, from.contract);
  const uncovered = [...ancestors(model, known)].filter((table) => !covered(model, known).has(table));
  return [
    ...units,
    ...(from.layer === 'silver'
      ? [
          ...columnProblems(from.name, by ?? [], known),
          ...joins.flatMap(({ table, on, to }) => [
            ...columnProblems(
              table,
              on.map(([own]) => own),
              known,
            ),
            ...columnProblems(
              to,
              on.map(([, other]) => other),
              known,
            ),
          ]),
        ]
      : by || joins.length > 0
        ? [
            `from is '${name}', which is not in silver: its partitions are followed as they are, without by and with`,
          ]
        : []),
    ...uncovered.map(
      (table) =>
        `the SELECT also depends on '${table}': name it in with and say by which columns its rows are found, or in unaffectedBy`,
    ),
  ];
}

/** Both tables must be cut alike, or the partitions of one say nothing about the other's. */
function sameUnit(contract: Contract, from: Contract): string[] {
  const [own, other] = [cutOf(contract)?.unit, cutOf(from)?.unit];
  if (own && own === other) return [];
  return [
    `the table is partitioned by ${own ?? 'no span of time'} and '${from.name}' by ${other ?? 'no span of time'}; both must be by year, month, day or hour alike`,
  ];
}

/** Only members of a payload are indexed, so keys are columns of derived silver tables. */
function columnProblems(table: string, columns: readonly string[], { models, sources }: Known): string[] {
  const model = models.find(({ name }) => name === table);
  const source = sources.find(({ name }) => name === model?.derivedFrom);
  if (!model || !source) {
    const derived = models.filter(({ derivedFrom }) => derivedFrom).map(({ name }) => name);
    return [`'${table}' is not a silver table derived from a source; those are ${derived.join(', ')}`];
  }
  return columns
    .filter((column) => !memberOf(source, model.contract, column))
    .map((column) => `'${table}' has no column '${column}' that comes from its source`);
}

/** Silver tables that the model is made from, by whatever way. */
function ancestors(model: Model, { models }: Known): Set<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    const other = models.find((one) => one.name === name);
    if (!other || found.has(name)) return;
    if (other.layer === 'silver') found.add(name);
    other.dependsOn.forEach(visit);
  };
  model.dependsOn.forEach(visit);
  return found;
}

/** Silver tables whose new rows lead to the model's partitions, or are declared to change none of its rows. */
function covered(model: Model, known: Known): Set<string> {
  const { incremental } = model.contract;
  if (!incremental) return ancestors(model, known);
  const from = known.models.find(({ name }) => name === incremental.from);
  return new Set([
    incremental.from,
    ...incremental.with.map(({ table }) => table),
    ...incremental.unaffectedBy,
    ...(from && from.layer !== 'silver' ? covered(from, known) : []),
  ]);
}
