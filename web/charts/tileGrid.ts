/** Where the tiles of a map are: one square a state, near its neighbours. */

/** The United States as National Public Radio arranged them in 2015, a character pair a tile, two dots for none. */
const UNITED_STATES = `
AK .. .. .. .. .. .. .. .. .. ME
.. .. .. .. .. .. .. .. .. VT NH
WA ID MT ND MN IL WI MI NY RI MA
OR NV WY SD IA IN OH PA NJ CT ..
CA UT CO NE MO KY WV VA MD DE ..
.. AZ NM KS AR TN NC SC DC .. ..
.. .. .. OK LA MS AL GA .. .. ..
HI .. .. TX .. .. .. .. FL .. ..`;

export interface Tile {
  readonly name: string;
  readonly column: number;
  readonly row: number;
}

export interface TileGrid {
  readonly columns: number;
  readonly rows: number;
  readonly tiles: readonly Tile[];
}

const lines = UNITED_STATES.trim()
  .split('\n')
  .map((line) => line.split(' '));

export const unitedStates: TileGrid = {
  columns: lines[0]!.length,
  rows: lines.length,
  tiles: lines.flatMap((line, row) =>
    line.flatMap((name, column) => (name === '..' ? [] : [{ name, column, row }])),
  ),
};

/** Tiles in reading order, for names that no map knows. */
const inReadingOrder = (names: readonly string[]): TileGrid => {
  const columns = Math.min(11, Math.max(1, Math.ceil(Math.sqrt(names.length * 1.4))));
  return {
    columns,
    rows: Math.max(1, Math.ceil(names.length / columns)),
    tiles: names.map((name, at) => ({ name, column: at % columns, row: Math.floor(at / columns) })),
  };
};

/** The map that has every one of the names, else a grid of just them: half a map would put some in a wrong place. */
export function gridFor(names: readonly string[]): TileGrid {
  const known = new Set(unitedStates.tiles.map(({ name }) => name));
  return names.every((name) => known.has(name)) ? unitedStates : inReadingOrder(names);
}
