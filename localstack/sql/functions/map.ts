/** Maps: trino.io/docs/476/functions/map.html. DuckDB keeps keys in order of insertion, as Trino does. */
import { failWith } from '../translate/failure.ts';
import { fieldNames, mapOf, physicalType, quoteText, type Type } from '../types.ts';
import { type Emission, scalar, unlessNull } from './entry.ts';

const NO_KEYS: Type = mapOf({ kind: 'unknown' }, { kind: 'unknown' });

const PLAIN_KEYS = ({ kind }: Type) => !['double', 'real', 'row', 'array', 'map', 'json'].includes(kind);

/** Keys that DuckDB compares as Trino does. */
function plainKeys(call: Emission): void {
  for (const { type } of call.arguments)
    if (type.kind === 'map' && ['double', 'real', 'row', 'array', 'map', 'json'].includes(type.key.kind))
      call.refuse(`${call.name} with ${type.key.kind} keys`);
}

const wrongDelimiters = (entries: string, pairs: string) =>
  `${entries} = '' OR ${pairs} = '' OR ${entries} = ${pairs} THEN ${failWith('The delimiters must not be empty and must differ')}`;

export const MAP_FUNCTIONS = [
  scalar('map() -> map(unknown, unknown)', () => `CAST(MAP {} AS ${physicalType(NO_KEYS)})`),
  scalar('map(array(K), array(V)) -> map(K, V)', ([keys, values]) =>
    unlessNull(
      [keys!, values!],
      `CASE WHEN len(${keys}) <> len(${values}) THEN ${failWith('Key and value arrays must be the same length')} WHEN list_count(${keys}) < len(${keys}) THEN ${failWith('map key cannot be null')} WHEN len(list_distinct(${keys})) < len(${keys}) THEN ${failWith('Duplicate map keys are not allowed')} ELSE map(${keys}, ${values}) END`,
    ),
  ),
  scalar('map_from_entries(array(row(K, V))) -> map(K, V)', ([entries]) => `map_from_entries(${entries})`),
  scalar('cardinality(map(K, V)) -> bigint', ([map]) => `CAST(cardinality(${map}) AS BIGINT)`),
  scalar('element_at(map(K, V), K) -> V', ([map, key], call) => {
    plainKeys(call);
    return `map_extract_value(${map}, ${key})`;
  }),
  scalar('map_keys(map(K, V)) -> array(K)', ([map]) => `map_keys(${map})`),
  scalar('map_values(map(K, V)) -> array(V)', ([map]) => `map_values(${map})`),
  scalar(
    'map_entries(map(K, V)) -> array(row(K, V))',
    ([map], call) => {
      const entry = call.fresh();
      return `list_transform(map_entries(${map}), lambda ${entry}: struct_pack(field0 := ${entry}.key, field1 := ${entry}.value))`;
    },
    ([map]) => ({
      kind: 'array',
      element: {
        kind: 'row',
        fields: map!.type.kind === 'map' ? [{ type: map!.type.key }, { type: map!.type.value }] : [],
      },
    }),
  ),
  scalar('map_concat(map(K, V)...) -> map(K, V)', (args, call) => {
    plainKeys(call);
    return unlessNull(args, `map_concat(${args.join(', ')})`);
  }),
  scalar(
    'split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)',
    ([text, entries, pairs], call) => {
      const entry = call.fresh();
      const at = `strpos(${entry}, ${pairs})`;
      const broken = failWith(`Key-value delimiter must appear exactly once in each entry`);
      return unlessNull(
        [text!, entries!, pairs!],
        `CASE WHEN ${wrongDelimiters(entries!, pairs!)} WHEN ${text} = '' THEN MAP {} ELSE hw_split_map(list_transform(list_filter(string_split(${text}, ${entries}), lambda ${entry}: ${entry} <> ''), lambda ${entry}: CASE WHEN ${at} = 0 OR strpos(substr(${entry}, ${at} + length(${pairs})), ${pairs}) > 0 THEN ${broken} ELSE struct_pack(k := substr(${entry}, 1, ${at} - 1), v := substr(${entry}, ${at} + length(${pairs}))) END)) END`,
      );
    },
  ),
  scalar(
    'split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar))',
    ([text, entries, pairs], call) => {
      const entry = call.fresh();
      const at = `strpos(${entry}, ${pairs})`;
      const broken = failWith(`Key-value delimiter must appear exactly once in each entry`);
      return unlessNull(
        [text!, entries!, pairs!],
        `CASE WHEN ${wrongDelimiters(entries!, pairs!)} ELSE hw_multimap(list_transform(list_filter(string_split(${text}, ${entries}), lambda ${entry}: ${entry} <> ''), lambda ${entry}: CASE WHEN ${at} = 0 OR strpos(substr(${entry}, ${at} + length(${pairs})), ${pairs}) > 0 THEN ${broken} ELSE struct_pack(k := substr(${entry}, 1, ${at} - 1), v := substr(${entry}, ${at} + length(${pairs}))) END)) END`,
      );
    },
  ),
  scalar('multimap_from_entries(array(row(K, V))) -> map(K, array(V))', ([entries], call) => {
    const { type } = call.arguments[0]!;
    const row = type.kind === 'array' ? type.element : undefined;
    if (row?.kind !== 'row') return call.refuse('multimap_from_entries of other than rows');
    if (!PLAIN_KEYS(row.fields[0]!.type))
      call.refuse(`multimap_from_entries with ${row.fields[0]!.type.kind} keys`);
    const [key, value] = fieldNames(row);
    const entry = call.fresh();
    const read = (name: string) => `struct_extract(${entry}, ${quoteText(name)})`;
    const nullKey = failWith('map key cannot be null');
    return `hw_multimap(list_transform(${entries}, lambda ${entry}: CASE WHEN ${entry} IS NULL THEN ${failWith('map entry cannot be null')} WHEN ${read(key!)} IS NULL THEN ${nullKey} ELSE struct_pack(k := ${read(key!)}, v := ${read(value!)}) END))`;
  }),
];
