/**
 * Athena's data types in their two spellings: DDL and the Glue catalog write `array<struct<a:int>>` and `string`,
 * queries write `array(row(a integer))` and `varchar`
 * (https://docs.aws.amazon.com/athena/latest/ug/data-types.html).
 */

export type AthenaType =
  | { readonly kind: 'scalar'; readonly name: string; readonly parameters: readonly number[] }
  | { readonly kind: 'array'; readonly element: AthenaType }
  | { readonly kind: 'map'; readonly key: AthenaType; readonly value: AthenaType }
  | { readonly kind: 'struct'; readonly fields: readonly { name: string; type: AthenaType }[] };

/** Every accepted spelling of a scalar type → its name in DDL. */
const scalarNames: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  tinyint: 'tinyint',
  smallint: 'smallint',
  int: 'int',
  integer: 'int',
  bigint: 'bigint',
  float: 'float',
  real: 'float',
  double: 'double',
  decimal: 'decimal',
  string: 'string',
  varchar: 'varchar',
  char: 'char',
  date: 'date',
  timestamp: 'timestamp',
  binary: 'binary',
  varbinary: 'binary',
};

const queryNames: Readonly<Record<string, string>> = {
  int: 'integer',
  float: 'real',
  string: 'varchar',
  binary: 'varbinary',
  timestamp: 'timestamp(6)',
};

/**
 * Reads a type in either spelling.
 * @throws RangeError naming the text and what is allowed.
 */
export function parseType(text: string): AthenaType {
  let at = 0;
  const source = text.trim().toLowerCase();
  const fail = (): never => {
    throw new RangeError(
      `unknown type '${text}' at character ${at + 1}; allowed: ${Object.keys(scalarNames).join(', ')}, ` +
        'decimal(p,s), varchar(n), char(n), array<…>, map<…,…>, struct<name:…>',
    );
  };
  const skip = () => {
    while (source[at] === ' ') at++;
  };
  const take = (characters: string) => {
    skip();
    const found = source[at];
    if (found === undefined || !characters.includes(found)) return fail();
    at++;
    return found;
  };
  const word = () => {
    skip();
    const match = /^[a-z_][a-z0-9_]*/.exec(source.slice(at)) ?? fail();
    at += match[0].length;
    return match[0];
  };

  const readType = (): AthenaType => {
    const name = word();
    if (name === 'array') {
      take('<(');
      const element = readType();
      take('>)');
      return { kind: 'array', element };
    }
    if (name === 'map') {
      take('<(');
      const key = readType();
      take(',');
      const value = readType();
      take('>)');
      return { kind: 'map', key, value };
    }
    if (name === 'struct' || name === 'row') {
      take('<(');
      const fields: { name: string; type: AthenaType }[] = [];
      do {
        const field = word();
        skip();
        if (source[at] === ':') at++;
        fields.push({ name: field, type: readType() });
      } while (take(',>)') === ',');
      return { kind: 'struct', fields };
    }
    const scalar = scalarNames[name] ?? fail();
    const parameters: number[] = [];
    skip();
    if (source[at] === '(') {
      at++;
      do {
        skip();
        const digits = /^\d+/.exec(source.slice(at)) ?? fail();
        at += digits[0].length;
        parameters.push(Number(digits[0]));
      } while (take(',)') === ',');
    }
    return scalarType(scalar, parameters, fail);
  };

  const type = readType();
  skip();
  if (at < source.length) fail();
  return type;
}

function scalarType(name: string, parameters: readonly number[], fail: () => never): AthenaType {
  if (name === 'decimal') {
    const [precision = 38, scale = 0] = parameters;
    if (precision < 1 || precision > 38 || scale > precision) return fail();
    return { kind: 'scalar', name, parameters: [precision, scale] };
  }
  if (name === 'varchar' && parameters.length === 0)
    return { kind: 'scalar', name: 'string', parameters: [] };
  if (name === 'timestamp') {
    // Iceberg keeps microseconds, and Athena allows no other precision there.
    if (parameters.length > 0 && parameters[0] !== 6) return fail();
    return { kind: 'scalar', name, parameters: [] };
  }
  if (name === 'varchar' || name === 'char')
    return parameters.length === 1 ? { kind: 'scalar', name, parameters } : fail();
  return parameters.length === 0 ? { kind: 'scalar', name, parameters: [] } : fail();
}

/** The type as DDL and Glue spell it, e.g. `array<struct<sku:string,quantity:int>>`. */
export function ddlType(type: AthenaType): string {
  switch (type.kind) {
    case 'array':
      return `array<${ddlType(type.element)}>`;
    case 'map':
      return `map<${ddlType(type.key)},${ddlType(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${ddlType(field.type)}`).join(',')}>`;
    case 'scalar':
      return type.parameters.length ? `${type.name}(${type.parameters.join(',')})` : type.name;
  }
}

/** The type as a query's CAST spells it, e.g. `array(row("sku" varchar, "quantity" integer))`. */
export function queryType(type: AthenaType): string {
  switch (type.kind) {
    case 'array':
      return `array(${queryType(type.element)})`;
    case 'map':
      return `map(${queryType(type.key)}, ${queryType(type.value)})`;
    case 'struct':
      return `row(${type.fields.map((field) => `"${field.name}" ${queryType(field.type)}`).join(', ')})`;
    case 'scalar': {
      const name = queryNames[type.name] ?? type.name;
      return type.parameters.length ? `${name}(${type.parameters.join(',')})` : name;
    }
  }
}

/** The range of Athena's integer types. */
export const integerRanges: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  tinyint: [-(2n ** 7n), 2n ** 7n - 1n],
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};
