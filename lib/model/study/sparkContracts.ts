/**
 * A study's contracts as the PySpark jobs of `glue-scripts/` read them: the columns of each silver table that is derived
 * from a source, so that Spark and Athena make the same rows from one declaration.
 */

import { parseTransform } from '../contract/partitioning.ts';
import type { Problem } from '../contract/problem.ts';
import { refusesKeys, rowRules } from '../contract/rules.ts';
import { ddlType, parseType } from '../contract/types.ts';
import { ownDatabase, studyPrefix } from '../layout.ts';
import { appendIdentity } from '../run/statements/names.ts';
import { columnName, derivedSql } from './derivedSilver.ts';
import { tableType } from './payloadSql.ts';
import type { Model, Study } from './study.ts';

/** A payload's member and the column that it becomes. */
interface SparkColumn {
  readonly name: string;
  readonly member: string;
  /** DDL spelling, e.g. `decimal(18,2)`; Spark's is the same but for `timestamp`, which is without a zone. */
  readonly type: string;
}

/** A silver table that Spark can fill from bronze. */
export interface SparkTable {
  readonly source: string;
  readonly model: string;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly SparkColumn[];
  /** Columns of the published table with their types and comments, in its order. */
  readonly declared: readonly { readonly name: string; readonly type: string; readonly comment: string }[];
  /** By what rows of one instant are sorted; integers are padded with zeros. @default the table has no `_order` */
  readonly order?: readonly { readonly column: string; readonly isInteger: boolean }[];
  /** Columns without which a row is refused. */
  readonly required: readonly string[];
  readonly identity: readonly string[];
  /** A second row with this key is refused. @default the key refuses nothing */
  readonly key?: readonly string[];
  /** Iceberg partition transforms, e.g. `day(order_date)`. */
  readonly partitioning: readonly string[];
  /** Key prefix of the table in the lake's bucket, without a slash at its end. */
  readonly location: string;
}

export interface SparkContracts {
  readonly study: string;
  readonly tables: readonly SparkTable[];
  /** Model → why only Athena makes it. */
  readonly athenaOnly: Readonly<Record<string, string>>;
  /** Every Iceberg table of the study, as `database.table`. */
  readonly compacted: readonly string[];
}

/** Why only Athena fills the silver table; undefined where Spark can too. */
function athenaOnly(study: Pick<Study, 'sources'>, model: Model): string | undefined {
  const source = study.sources.find(({ name }) => name === model.derivedFrom);
  if (!source || model.sql !== derivedSql(source)) return 'its SELECT is written in Athena’s SQL';
  const rule = rowRules(model.contract).find(
    ({ name, severity }) => severity === 'refuse' && !name.startsWith('required:'),
  );
  if (rule) return `its rule '${rule.name}' is judged by Athena’s SQL`;
  const nested = source.columns.find(
    ({ type, logicalType }) =>
      logicalType === 'object' || logicalType === 'array' || parseType(type).kind !== 'scalar',
  );
  return nested && `its column '${nested.name}' is a nested value`;
}

function tableOf(study: Pick<Study, 'sources'>, model: Model, prefix: string): SparkTable {
  const source = study.sources.find(({ name }) => name === model.derivedFrom)!;
  return {
    source: source.name,
    model: model.name,
    database: ownDatabase(prefix, model.database),
    table: model.table,
    columns: source.columns.map(({ name, type }) => ({
      name: columnName(name),
      member: name,
      type: ddlType(parseType(tableType(type))),
    })),
    declared: model.contract.columns.map(({ name, type, description }) => ({
      name,
      type,
      comment: description,
    })),
    ...(source.order && {
      order: source.order.map((name) => ({
        column: columnName(name),
        isInteger: source.columns.find((column) => column.name === name)?.logicalType === 'integer',
      })),
    }),
    required: model.contract.columns.filter(({ required }) => required).map(({ name }) => name),
    identity: appendIdentity(model),
    ...(refusesKeys(model.contract) && { key: model.contract.primaryKey }),
    partitioning: (model.contract.partitioning ?? []).map((text) => {
      const { name, column, argument } = parseTransform(text);
      return name === 'identity' ? column : `${name}(${argument ? `${argument}, ` : ''}${column})`;
    }),
    location: `${studyPrefix(model.layer, model.contract.study)}${model.table}`,
  };
}

/** Silver tables that a source hands to Spark and that Spark cannot make. */
export const sparkProblems = (study: Pick<Study, 'sources' | 'models'>): Problem[] =>
  study.models.flatMap((model) => {
    if (model.contract.engine !== 'glue-spark') return [];
    const why = athenaOnly(study, model);
    if (!why) return [];
    const message = `engine is glue-spark, but Spark cannot make silver of ${model.name}: ${why}`;
    return [{ file: model.contract.file, line: 1, column: 1, message }];
  });

/** The document of a study in the lake with this prefix. */
export function sparkContracts(
  study: Pick<Study, 'name' | 'sources' | 'models'>,
  prefix: string,
): SparkContracts {
  const silver = study.models.filter(({ layer }) => layer === 'silver');
  const reasons = silver.map((model) => ({ model, why: athenaOnly(study, model) }));
  return {
    study: study.name,
    tables: reasons.filter(({ why }) => !why).map(({ model }) => tableOf(study, model, prefix)),
    athenaOnly: Object.fromEntries(reasons.flatMap(({ model, why }) => (why ? [[model.name, why]] : []))),
    compacted: study.models
      .filter(({ contract }) => contract.materialization !== 'view')
      .map(({ database, table }) => `${ownDatabase(prefix, database)}.${table}`),
  };
}
