/**
 * Reads a data contract (Open Data Contract Standard v3, https://bitol-io.github.io/open-data-contract-standard/)
 * into the plain data that validator, catalog, statements and documents are all derived from.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { defaultTimeRange, isDimension } from './contractFacts.ts';
import { type FileSettings, fileSettingNames, fileSettingProblem, fileSettingValue } from './fileSettings.ts';
import { type Incremental, readIncremental } from './incremental.ts';
import { isDate } from './instant.ts';
import { partitioningProblems } from './partitioning.ts';
import { pathPattern } from './pathPattern.ts';
import { payloadTypeProblem } from './payloadTypes.ts';
import { ContractError, type Problem } from './problem.ts';
import { ddlType, parseType } from './types.ts';

export type LogicalType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'object'
  | 'array';
export type Layer = 'source' | 'silver' | 'gold' | 'marts';
export type Severity = 'refuse' | 'stop' | 'warn';
/**
 * `append`: one row per event, added once. `merge`: compared by its key. `history`: every version of an entity with the time
 * in which it held. `latest`: the newest version of an entity. `view`: computed when it is read.
 */
export type Materialization = 'append' | 'merge' | 'history' | 'latest' | 'view';

export interface Column {
  readonly name: string;
  readonly logicalType: LogicalType;
  /** Athena's type as DDL and Glue spell it, lower case, e.g. `decimal(18,2)`. */
  readonly type: string;
  readonly required: boolean;
  readonly primaryKey: boolean;
  readonly description: string;
  /** ODCS `logicalTypeOptions`: minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, … */
  readonly options: Readonly<Record<string, unknown>>;
  /** Allowed values, from the quality rule `invalidValues` with `validValues` and severity `refuse`. */
  readonly enum?: readonly (string | number | boolean)[];
  readonly partitionKeyPosition?: number;
  /** ODCS `physicalName`: what a delivered file calls the column, where it is not `name`. */
  readonly physicalName?: string;
  /** ODCS `transformLogic`, of a column that a silver file adds: an expression over the derived columns. */
  readonly transformLogic?: string;
  /** Members of an object. */
  readonly properties?: readonly Column[];
  /** Shape of an array's elements. */
  readonly items?: Column;
  /** Of a source's column: what becomes of digits that its type has no place for; absent = as the contract says. */
  readonly excessDigits?: ExcessDigits;
}

/** Digits beyond a decimal's scale or a timestamp's microseconds: the record is refused, or they are rounded half up. */
export type ExcessDigits = 'refuse' | 'round';

/** The range in which a source's times are plausible. */
export interface TimeRange {
  /** `yyyy-MM-dd`. */
  readonly from: string;
  /** Counted from the record's arrival. */
  readonly daysAfterArrival: number;
}

/** How a measured number is compared; exactly one is set (ODCS `DataQualityOperators`). */
export interface Operators {
  readonly mustBe?: number;
  readonly mustNotBe?: number;
  readonly mustBeGreaterThan?: number;
  readonly mustBeGreaterOrEqualTo?: number;
  readonly mustBeLessThan?: number;
  readonly mustBeLessOrEqualTo?: number;
  readonly mustBeBetween?: readonly [number, number];
  readonly mustNotBeBetween?: readonly [number, number];
}

export type Metric = 'nullValues' | 'missingValues' | 'invalidValues' | 'duplicateValues' | 'rowCount';

export interface QualityRule extends Operators {
  readonly name: string;
  readonly type: 'library' | 'sql';
  readonly metric?: Metric;
  /** The column that the rule belongs to; absent for a rule of the whole table. */
  readonly column?: string;
  /** A SELECT that counts; with severity `refuse` a boolean expression that is true for a bad row. */
  readonly query?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly unit: 'rows' | 'percent';
  readonly dimension: string;
  readonly severity: Severity;
  readonly description: string;
}

export interface Contract extends Omit<FileSettings, 'constants'> {
  readonly study: string;
  readonly name: string;
  readonly kind: 'source' | 'table';
  readonly layer: Layer;
  readonly file: string;
  readonly version: string;
  /** One sentence: what a single row or record is. */
  readonly grain: string;
  readonly purpose: string;
  readonly limitations?: string;
  readonly usage?: string;
  readonly columns: readonly Column[];
  /** Column names in the order of `primaryKeyPosition`. */
  readonly primaryKey: readonly string[];
  readonly quality: readonly QualityRule[];
  readonly freshness?: { readonly value: number; readonly unit: string };

  /** Of a source: how its records come in. */
  readonly ingestion?: 'stream' | 'file';
  /** Of a source: the CloudEvents `type` that names it. */
  readonly eventType?: string;
  /** Of a source: payload column that becomes the partition key; absent = the event's `subject`. */
  readonly partitionKey?: string;
  /**
   * Of a file source: columns whose values make a row's identity (absent = all). Of an `append` table: the columns
   * that identify one appended row (absent = `_event_source`, `_event_id`).
   */
  readonly identity?: readonly string[];
  /** Of a source: payload column that says when it happened. */
  readonly eventTime?: string;
  /** Of a source: columns by which records of one instant are in order, the first counts most. */
  readonly order?: readonly string[];
  /** Of a source: see `ExcessDigits`; absent = refuse. */
  readonly excessDigits?: ExcessDigits;
  /** Of a source: the range of its times where a column declares none; absent = from 1900 to 366 days after arrival. */
  readonly timeRange?: TimeRange;
  /** Of a file source: texts that mean "no value"; absent = only the empty text. */
  readonly nullTokens?: readonly string[];
  /** Of a file source: JDK pattern of its timestamps, or `epochSeconds`, `epochMilliseconds`; ISO 8601 always passes. */
  readonly timestampFormat?: string;
  /** Of a file source: a row's identity is its place, by file and row number, and not its columns. */
  readonly identityIsPosition?: boolean;
  /** Of a file source: patterns of a file's path, in which `{column}` stands for a value of its rows. */
  readonly path?: readonly string[];

  /** Of a silver `append` table: the sources whose records it accounts for. */
  readonly accountsFor?: readonly string[];
  /** Of a silver file without SQL: the source to whose derived table it adds columns and rules. */
  readonly extends?: string;
  readonly materialization?: Materialization;
  /** Iceberg partition transforms, e.g. `month(order_date)`; of a source, those of its derived silver table. */
  readonly partitioning?: readonly string[];
  /** Column with one value per partition, by which runs recompute and publish. */
  readonly partitionColumn?: string;
  /** Of a `history` or `latest` table: the columns that name the thing whose versions the SELECT gives. */
  readonly entity?: readonly string[];
  /** Of a `history` or `latest` table: the table whose rows are the versions. */
  readonly versionsFrom?: string;
  /** Of a `history` or `latest` table: `table.column` of rows that may name an entity before a version of it has come. */
  readonly inferredFrom?: readonly string[];
  /** How a run finds the partitions that its records change; absent = it recomputes the whole table. */
  readonly incremental?: Incremental;
  /** Of a source: what publishes its derived silver table; absent = Athena. */
  readonly engine?: 'athena' | 'glue-spark';
  /** customProperties that no part of the model reads itself, e.g. measures of the hot path. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const logicalTypes: readonly LogicalType[] = [
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'timestamp',
  'object',
  'array',
];
const metrics: readonly Metric[] = [
  'nullValues',
  'missingValues',
  'invalidValues',
  'duplicateValues',
  'rowCount',
];
const dimensions = [
  'accuracy',
  'completeness',
  'conformity',
  'consistency',
  'coverage',
  'timeliness',
  'uniqueness',
];
const operatorNames = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const;

/** The type that a payload's value has when a source's contract names no physical one. */
const impliedTypes: Readonly<Record<LogicalType, string>> = {
  string: 'string',
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  object: 'string',
  array: 'string',
};

/** `logicalTypeOptions` that have an effect, by logical type (a subset of what ODCS v3.1 allows). */
const knownOptions: Readonly<Record<LogicalType, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
  date: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'format'],
  timestamp: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'format'],
  object: ['minProperties', 'maxProperties'],
  array: ['minItems', 'maxItems', 'uniqueItems'],
};

const materializations: readonly Materialization[] = ['append', 'merge', 'history', 'latest', 'view'];

type Mapping = Record<string, unknown>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where in the file a value of the document is, by its path of keys and indexes. */
type Place = readonly (string | number)[];

const namePattern = /^[a-z_][a-z0-9_]*$/;

/**
 * Reads one contract file (one schema object).
 * @param file path as it should appear in messages; `/sources/`, `/silver/`, `/gold/` or `/marts/` in it gives the layer.
 * @throws ContractError with the place of every problem.
 */
export function parseContract(text: string, file: string, study: string): Contract {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: Problem[] = document.errors.map((error) => {
    const place = lines.linePos(error.pos[0]);
    return { file, line: place.line, column: place.col, message: error.message.split('\n')[0] ?? '' };
  });
  if (problems.length) throw new ContractError(problems);

  const report = (place: Place, message: string) => {
    let node: Node | null = document.contents;
    for (const step of place) {
      const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
      if (!next || typeof next !== 'object') break;
      node = next as Node;
    }
    const offset = isMap(node) || isSeq(node) || isScalar(node) ? (node.range?.[0] ?? 0) : 0;
    const position = lines.linePos(offset);
    problems.push({ file, line: position.line, column: position.col, message });
  };

  const root: unknown = document.toJS();
  if (!isMapping(root)) {
    report([], 'a contract is a YAML mapping with apiVersion, kind, id, version, status and schema');
    throw new ContractError(problems);
  }
  const contract = readContract(root, file, study, report);
  if (problems.length) throw new ContractError(problems);
  return contract;
}

type Report = (place: Place, message: string) => void;

function layerOf(file: string, report: Report): Layer {
  const folder = /(?:^|[\\/])(sources|silver|gold|marts)[\\/][^\\/]+$/.exec(file)?.[1];
  if (!folder) {
    report([], 'a contract is in a folder sources, silver, gold or marts');
    return 'silver';
  }
  return folder === 'sources' ? 'source' : (folder as Layer);
}

function readContract(root: Mapping, file: string, study: string, report: Report): Contract {
  const layer = layerOf(file, report);
  const kind = layer === 'source' ? 'source' : 'table';
  if (!/^v3\.\d+\.\d+$/.test(String(root.apiVersion)))
    report(['apiVersion'], `apiVersion is '${root.apiVersion}'; this reads v3, e.g. v3.1.0`);
  if (root.kind !== 'DataContract') report(['kind'], `kind is '${root.kind}'; it must be DataContract`);
  for (const key of ['id', 'version', 'status'])
    if (typeof root[key] !== 'string')
      report([key], `${key} is missing or no text (write it in quotes if it looks like a number)`);

  const schemas = Array.isArray(root.schema) ? root.schema : [];
  if (schemas.length !== 1)
    report(['schema'], `schema has ${schemas.length} objects; one file declares exactly one`);
  const schema: Mapping = isMapping(schemas[0]) ? schemas[0] : {};
  const place: Place = ['schema', 0];
  const name = String(schema.name ?? '');
  if (!namePattern.test(name))
    report([...place, 'name'], `name '${name}' must be lower case letters, digits and _`);
  const grain = String(schema.dataGranularityDescription ?? '').trim();
  if (!grain) report(place, 'dataGranularityDescription is missing: say in one sentence what one row is');

  const columns = readColumns(schema.properties, [...place, 'properties'], kind, true, report);
  const quality = [
    ...readQuality(schema.quality, [...place, 'quality'], name, undefined, report),
    ...(Array.isArray(schema.properties) ? schema.properties : []).flatMap((property: unknown, index) =>
      isMapping(property)
        ? readQuality(
            property.quality,
            [...place, 'properties', index, 'quality'],
            String(property.name),
            String(property.name),
            report,
          )
        : [],
    ),
  ];
  const names = new Map<string, number>();
  for (const rule of quality) names.set(rule.name, (names.get(rule.name) ?? 0) + 1);
  for (const [rule, count] of names)
    if (count > 1) report(place, `${count} quality rules are named '${rule}'; give each its own name`);

  const description: Mapping = isMapping(root.description) ? root.description : {};
  const text = (value: unknown) => (value === undefined ? undefined : String(value).trim());
  const contract: Contract = {
    study,
    name,
    kind,
    layer,
    file,
    version: String(root.version),
    grain,
    purpose: text(description.purpose) ?? '',
    limitations: text(description.limitations),
    usage: text(description.usage),
    columns,
    primaryKey: readPrimaryKey(schema.properties),
    quality,
    freshness: readFreshness(root.slaProperties, report),
    ...readSettings(root.customProperties, kind, columns, report),
  };
  if (kind === 'table') {
    if (!contract.extends)
      for (const problem of partitioningProblems(contract)) report(['customProperties'], problem);
    for (const [index, column] of columns.entries())
      if (/\b(?:tinyint|smallint|char|varchar)\b/.test(column.type))
        report(
          [...place, 'properties', index, 'physicalType'],
          `column '${column.name}' is ${column.type}, which Iceberg tables do not have; use int, or string`,
        );
  }
  return contract;
}

function readColumns(
  value: unknown,
  place: Place,
  kind: Contract['kind'],
  top: boolean,
  report: Report,
): Column[] {
  if (!Array.isArray(value) || value.length === 0) {
    report(place, 'properties is missing: declare at least one column');
    return [];
  }
  const seen = new Set<string>();
  return value.map((item: unknown, index) => {
    const at = [...place, index];
    const property: Mapping = isMapping(item) ? item : {};
    const name = String(property.name ?? '');
    if (kind === 'table' ? !namePattern.test(name) : name === '')
      report([...at, 'name'], `column name '${name}' must be lower case letters, digits and _`);
    // Athena folds the case of names: two columns that differ in case only would be one.
    if (seen.has(name.toLowerCase())) report([...at, 'name'], `column '${name}' is declared twice`);
    seen.add(name.toLowerCase());
    if (top && !String(property.description ?? '').trim())
      report(at, `column '${name}' has no description: say what it means`);
    return readColumn(property, name, at, kind, report);
  });
}

function readColumn(
  property: Mapping,
  name: string,
  at: Place,
  kind: Contract['kind'],
  report: Report,
): Column {
  const logicalType = property.logicalType as LogicalType;
  if (!logicalTypes.includes(logicalType))
    report(
      [...at, 'logicalType'],
      `logicalType of '${name}' is '${logicalType}'; allowed: ${logicalTypes.join(', ')}`,
    );
  const options: Mapping = isMapping(property.logicalTypeOptions) ? property.logicalTypeOptions : {};
  for (const option of Object.keys(options))
    if (!knownOptions[logicalType]?.includes(option))
      report(
        [...at, 'logicalTypeOptions', option],
        option === 'enum'
          ? `ODCS has no option enum: declare a quality rule of '${name}': {metric: invalidValues, arguments: {validValues: […]}, mustBe: 0, severity: refuse}`
          : `option '${option}' of '${name}' has no effect on a ${logicalType}; allowed: ${knownOptions[logicalType]?.join(', ')}`,
      );
  const allowed = readEnum(property.quality);
  return {
    name,
    logicalType,
    type: readPhysicalType(property, logicalType, name, at, kind, report),
    required: property.required === true || property.primaryKey === true,
    primaryKey: property.primaryKey === true,
    description: String(property.description ?? '').trim(),
    options,
    ...(allowed && { enum: allowed }),
    ...(typeof property.physicalName === 'string' &&
      property.physicalName !== name && { physicalName: property.physicalName }),
    ...(typeof property.transformLogic === 'string' && { transformLogic: property.transformLogic.trim() }),
    ...(typeof property.partitionKeyPosition === 'number' && {
      partitionKeyPosition: property.partitionKeyPosition,
    }),
    ...columnSettings(property.customProperties, at, report),
    ...(logicalType === 'object' &&
      property.properties !== undefined && {
        properties: readColumns(property.properties, [...at, 'properties'], 'source', false, report),
      }),
    ...(logicalType === 'array' &&
      isMapping(property.items) && {
        items: readColumn(property.items, `${name}[]`, [...at, 'items'], 'source', report),
      }),
  };
}

/** The settings that a column may have for itself. */
function columnSettings(value: unknown, at: Place, report: Report): Pick<Column, 'excessDigits'> {
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  const index = items.findIndex((item) => isMapping(item) && item.property === 'excessDigits');
  if (index < 0) return {};
  const found = (items[index] as Mapping).value;
  checkExcessDigits(found, [...at, 'customProperties', index], report);
  return { excessDigits: found as ExcessDigits };
}

function checkExcessDigits(value: unknown, at: Place, report: Report): void {
  if (value !== undefined && value !== 'refuse' && value !== 'round')
    report(at, `excessDigits is '${value}'; allowed: refuse, round`);
}

function readPhysicalType(
  property: Mapping,
  logicalType: LogicalType,
  name: string,
  at: Place,
  kind: Contract['kind'],
  report: Report,
): string {
  if (property.physicalType === undefined) {
    if (kind === 'table') report(at, `column '${name}' has no physicalType (an Athena type)`);
    return impliedTypes[logicalType] ?? 'string';
  }
  try {
    const type = parseType(String(property.physicalType));
    const problem =
      kind === 'source' && logicalTypes.includes(logicalType) && payloadTypeProblem(logicalType, type);
    if (problem) report([...at, 'physicalType'], `column '${name}': ${problem}`);
    return ddlType(type);
  } catch (error) {
    report([...at, 'physicalType'], `column '${name}': ${(error as RangeError).message}`);
    return 'string';
  }
}

function readEnum(quality: unknown): Column['enum'] {
  if (!Array.isArray(quality)) return undefined;
  for (const rule of quality as unknown[])
    if (
      isMapping(rule) &&
      rule.metric === 'invalidValues' &&
      rule.severity === 'refuse' &&
      isMapping(rule.arguments) &&
      Array.isArray(rule.arguments.validValues)
    )
      return rule.arguments.validValues as (string | number | boolean)[];
  return undefined;
}

function readPrimaryKey(properties: unknown): string[] {
  if (!Array.isArray(properties)) return [];
  return (properties as unknown[])
    .filter((property): property is Mapping => isMapping(property) && property.primaryKey === true)
    .map((property, index) => ({
      name: String(property.name),
      position: typeof property.primaryKeyPosition === 'number' ? property.primaryKeyPosition : index + 1,
    }))
    .sort((a, b) => a.position - b.position)
    .map((key) => key.name);
}

function readQuality(
  value: unknown,
  place: Place,
  owner: string,
  column: string | undefined,
  report: Report,
): QualityRule[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((item, index) => {
    const at = [...place, index];
    const rule: Mapping = isMapping(item) ? item : {};
    if (rule.type === 'text') return [];
    return [readRule(rule, at, owner, column, report)];
  });
}

function readRule(
  rule: Mapping,
  at: Place,
  owner: string,
  column: string | undefined,
  report: Report,
): QualityRule {
  const type = rule.type ?? (rule.metric === undefined ? undefined : 'library');
  const metric = rule.metric as Metric | undefined;
  const severity = (rule.severity ?? 'warn') as Severity;
  const name = String(rule.name ?? rule.id ?? `${owner}_${metric ?? 'rule'}`);
  if (type !== 'library' && type !== 'sql')
    report([...at, 'type'], `rule '${name}' has type '${rule.type}'; allowed: library, sql, text`);
  if (type === 'library' && !metrics.includes(metric as Metric))
    report([...at, 'metric'], `rule '${name}' has metric '${metric}'; allowed: ${metrics.join(', ')}`);
  if (type === 'sql' && typeof rule.query !== 'string') report(at, `rule '${name}' has no query`);
  if (!['refuse', 'stop', 'warn'].includes(severity))
    report([...at, 'severity'], `rule '${name}' has severity '${severity}'; allowed: refuse, stop, warn`);
  if (rule.dimension !== undefined && !dimensions.includes(String(rule.dimension)))
    report(
      [...at, 'dimension'],
      `rule '${name}' has dimension '${rule.dimension}'; allowed: ${dimensions.join(', ')}`,
    );
  const operators = operatorNames.filter((operator) => rule[operator] !== undefined);
  if (operators.length !== 1)
    report(at, `rule '${name}' needs exactly one of ${operatorNames.join(', ')}; it has ${operators.length}`);
  if (severity === 'refuse' && (metric === 'duplicateValues' || metric === 'rowCount'))
    report(at, `rule '${name}': ${metric} counts a table and cannot refuse a row; use severity stop or warn`);
  if (severity === 'refuse' && rule.mustBe !== 0)
    report(at, `rule '${name}' refuses every row that breaks it, so it says mustBe: 0`);
  const parameters: Mapping | undefined = isMapping(rule.arguments) ? rule.arguments : undefined;
  if (metric === 'invalidValues' && !Array.isArray(parameters?.validValues) && !parameters?.pattern)
    report(at, `rule '${name}' needs arguments.validValues or arguments.pattern`);
  if (metric && metric !== 'rowCount' && !column && !Array.isArray(parameters?.properties))
    report(at, `rule '${name}': ${metric} belongs to a column, or names columns in arguments.properties`);
  return {
    name,
    type: type === 'sql' ? 'sql' : 'library',
    ...(metric && { metric }),
    ...(column && { column }),
    ...(typeof rule.query === 'string' && { query: rule.query.trim() }),
    ...(parameters && { arguments: parameters }),
    unit: rule.unit === 'percent' ? 'percent' : 'rows',
    dimension: String(rule.dimension ?? impliedDimension(metric)),
    severity,
    description: String(rule.description ?? '').trim(),
    ...Object.fromEntries(operators.map((operator) => [operator, rule[operator]])),
  };
}

function impliedDimension(metric: Metric | undefined): string {
  if (metric === 'nullValues' || metric === 'missingValues') return 'completeness';
  if (metric === 'duplicateValues') return 'uniqueness';
  if (metric === 'rowCount') return 'coverage';
  return 'accuracy';
}

function readFreshness(value: unknown, report: Report): Contract['freshness'] {
  if (!Array.isArray(value)) return undefined;
  const index = (value as unknown[]).findIndex((item) => isMapping(item) && item.property === 'freshness');
  if (index < 0) return undefined;
  const item = value[index] as Mapping;
  if (typeof item.value !== 'number' || typeof item.unit !== 'string') {
    report(
      ['slaProperties', index],
      'freshness needs a number as value and a unit, e.g. {value: 24, unit: h}',
    );
    return undefined;
  }
  return { value: item.value, unit: item.unit };
}

/** Our few settings: the property in `customProperties` → its shape. */
const sourceSettings = {
  ingestion: 'text',
  eventType: 'text',
  partitionKey: 'column',
  identity: 'columns',
  eventTime: 'column',
  order: 'columns',
  excessDigits: 'text',
  timeRange: 'range',
  nullTokens: 'texts',
  timestampFormat: 'text',
  path: 'texts',
  partitioning: 'texts',
  engine: 'text',
} as const;
/** What an input may say of its files too; only an input has constants. */
const fileSettings = fileSettingNames.filter((name) => name !== 'constants');
const tableSettings = {
  source: 'texts',
  extends: 'text',
  identity: 'columns',
  materialization: 'text',
  partitioning: 'texts',
  partitionColumn: 'column',
  entity: 'columns',
  versionsFrom: 'text',
  inferredFrom: 'texts',
  incremental: 'incremental',
  engine: 'text',
} as const;

type Settings = Pick<
  Contract,
  | 'ingestion'
  | 'eventType'
  | 'partitionKey'
  | 'identity'
  | 'eventTime'
  | 'order'
  | 'excessDigits'
  | 'timeRange'
  | 'nullTokens'
  | 'timestampFormat'
  | 'identityIsPosition'
  | 'path'
  | keyof Omit<FileSettings, 'constants'>
  | 'accountsFor'
  | 'extends'
  | 'materialization'
  | 'partitioning'
  | 'partitionColumn'
  | 'entity'
  | 'versionsFrom'
  | 'inferredFrom'
  | 'incremental'
  | 'engine'
  | 'settings'
>;

function readSettings(
  value: unknown,
  kind: Contract['kind'],
  columns: readonly Column[],
  report: Report,
): Settings {
  const shapes: Readonly<Record<string, string>> = kind === 'source' ? sourceSettings : tableSettings;
  const found: Mapping = {};
  const settings: Mapping = {};
  const names = new Set(columns.map((column) => column.name));
  for (const [index, item] of (Array.isArray(value) ? (value as unknown[]) : []).entries()) {
    const at: Place = ['customProperties', index];
    if (!isMapping(item) || typeof item.property !== 'string') {
      report(at, 'a custom property has the members property and value');
      continue;
    }
    const fileSetting = kind === 'source' && fileSettings.find((name) => name === item.property);
    if (fileSetting) {
      const problem = fileSettingProblem(fileSetting, item.value);
      if (problem) report(at, problem);
      found[fileSetting] = fileSettingValue(fileSetting, item.value);
      continue;
    }
    if (kind === 'source' && item.property === 'identity' && item.value === 'position') {
      found.identityIsPosition = true;
      continue;
    }
    const shape = shapes[item.property];
    if (!shape) {
      settings[item.property] = item.value;
      continue;
    }
    if (shape === 'range') {
      found[item.property] = readTimeRange(item.value, at, report);
      continue;
    }
    if (shape === 'incremental') {
      const read = readIncremental(item.value);
      if (typeof read === 'string') report(at, read);
      else found.incremental = read;
      continue;
    }
    const listed = Array.isArray(item.value) ? (item.value as unknown[]) : [item.value];
    if (shape === 'flag' ? typeof item.value !== 'boolean' : listed.some((one) => typeof one !== 'string'))
      report(at, `${item.property} must be ${shape === 'flag' ? 'true or false' : 'text'}`);
    if (shape === 'column' || shape === 'columns')
      for (const name of listed)
        if (!names.has(String(name)))
          report(at, `${item.property} names '${name}', which is not a column here`);
    found[item.property === 'source' ? 'accountsFor' : item.property] =
      shape === 'texts' || shape === 'columns' ? listed : item.value;
  }
  const read = { ...found, settings } as Settings;
  for (const column of (read.path ?? []).flatMap((text) => pathPattern(text).columns))
    if (!names.has(column))
      report(['customProperties'], `path takes '${column}' from a file's path, which is not a column here`);
  const time = columns.find((column) => column.name === read.eventTime);
  if (time && time.logicalType !== 'date' && time.logicalType !== 'timestamp')
    report(['customProperties'], `eventTime names '${time.name}', which must be a date or a timestamp`);
  for (const name of read.order ?? []) {
    const type = columns.find((column) => column.name === name)?.logicalType;
    if (type && type !== 'integer' && type !== 'string')
      report(['customProperties'], `order names '${name}', which is a ${type}; allowed: integer, string`);
    const options = columns.find((column) => column.name === name)?.options;
    if (type === 'integer' && !(typeof options?.minimum === 'number' && options.minimum >= 0))
      report(
        ['customProperties'],
        `order names '${name}', an integer that may be negative; declare its minimum, 0 or more`,
      );
  }
  checkSettings(read, kind, report);
  return read;
}

function readTimeRange(value: unknown, at: Place, report: Report): TimeRange {
  const range: Mapping = isMapping(value) ? value : {};
  const from = range.from ?? defaultTimeRange.from;
  const daysAfterArrival = range.daysAfterArrival ?? defaultTimeRange.daysAfterArrival;
  const known = Object.keys(range).every((name) => name === 'from' || name === 'daysAfterArrival');
  if (!isMapping(value) || !known || !isDate(String(from)) || !Number.isInteger(daysAfterArrival))
    report(
      at,
      `timeRange is ${JSON.stringify(value)}; it has from, a date (default ${defaultTimeRange.from}), and daysAfterArrival, whole days (default ${defaultTimeRange.daysAfterArrival})`,
    );
  return { from: String(from), daysAfterArrival: Number(daysAfterArrival) };
}

function checkSettings(settings: Settings, kind: Contract['kind'], report: Report): void {
  const at: Place = ['customProperties'];
  if (
    settings.engine &&
    settings.engine !== 'athena' &&
    !(kind === 'source' && settings.engine === 'glue-spark')
  )
    report(at, `engine is '${settings.engine}'; allowed: athena, and of a source glue-spark`);
  if (kind === 'source') {
    checkExcessDigits(settings.excessDigits, at, report);
    if (settings.ingestion !== 'stream' && settings.ingestion !== 'file')
      report(at, `ingestion is '${settings.ingestion}'; allowed: stream, file`);
    if (settings.ingestion === 'stream' && !settings.eventType)
      report(
        at,
        "a source of the stream needs eventType, the CloudEvents type that names it, e.g. 'shop.orders'",
      );
    return;
  }
  if (settings.extends) {
    if (settings.materialization || settings.accountsFor)
      report(at, `a file that extends '${settings.extends}' has its materialization and its source`);
    return;
  }
  if (!materializations.includes(settings.materialization as Materialization))
    report(at, `materialization is '${settings.materialization}'; allowed: ${materializations.join(', ')}`);
  const { entity, versionsFrom, inferredFrom } = settings;
  if (isDimension(settings) ? !entity || !versionsFrom : entity || versionsFrom || inferredFrom)
    report(
      at,
      'entity, versionsFrom and inferredFrom belong to materialization history or latest, which needs the first two',
    );
  if (settings.incremental && !settings.partitioning)
    report(at, 'incremental finds the partitions that a run changes: declare partitioning too');
}
