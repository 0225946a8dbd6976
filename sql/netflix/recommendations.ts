/** Item-item recommendations by plain code, to judge the marts' SQL by: cosine of likes, the hundred nearest films of each. */

export interface Rating {
  readonly user: string;
  readonly film: number;
  /** Rated 4.0 or better. */
  readonly isLiked: boolean;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface Recommendation {
  readonly film: number;
  /** The liked film that is most similar to it. */
  readonly because: number;
  /** Sum of similarities, in millionths. */
  readonly score: number;
}

interface Neighbour {
  readonly film: number;
  readonly common: number;
  /** In millionths. */
  readonly similarity: number;
}

const MIN_LIKES = 10;
const MIN_COMMON = 3;
const NEIGHBOURS = 100;
const RECOMMENDED = 10;

/** User → the films that the user likes. */
function likesOf(ratings: readonly Rating[]): Map<string, number[]> {
  const likes = new Map<string, number[]>();
  for (const { user, film, isLiked } of ratings)
    if (isLiked) likes.set(user, [...(likes.get(user) ?? []), film]);
  return likes;
}

const countsOf = (likes: ReadonlyMap<string, readonly number[]>): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const films of likes.values()) for (const film of films) counts.set(film, (counts.get(film) ?? 0) + 1);
  return counts;
};

function neighboursOf(likes: ReadonlyMap<string, readonly number[]>): Map<number, Neighbour[]> {
  const counts = countsOf(likes);
  const common = new Map<number, Map<number, number>>();
  for (const all of likes.values()) {
    const films = all.filter((film) => counts.get(film)! >= MIN_LIKES);
    for (const a of films) {
      const row = common.get(a) ?? new Map<number, number>();
      common.set(a, row);
      for (const b of films) if (a !== b) row.set(b, (row.get(b) ?? 0) + 1);
    }
  }
  return new Map(
    [...common].map(([a, row]) => [
      a,
      [...row]
        .filter(([, shared]) => shared >= MIN_COMMON)
        .map(([film, shared]) => ({
          film,
          common: shared,
          similarity: Math.round((shared / Math.sqrt(counts.get(a)! * counts.get(film)!)) * 1e6),
        }))
        .sort((x, y) => y.similarity - x.similarity || y.common - x.common || x.film - y.film)
        .slice(0, NEIGHBOURS),
    ]),
  );
}

/** The best films for a user by the similarity to what the user likes, without those in `known`. */
function best(
  liked: readonly number[],
  known: ReadonlySet<number>,
  neighbours: ReadonlyMap<number, readonly Neighbour[]>,
): Recommendation[] {
  const found = new Map<number, { score: number; because: number; nearest: number }>();
  for (const from of liked)
    for (const { film, similarity } of neighbours.get(from) ?? []) {
      if (known.has(film)) continue;
      const so = found.get(film) ?? { score: 0, because: from, nearest: -1 };
      const isNearer = similarity > so.nearest || (similarity === so.nearest && from < so.because);
      found.set(film, {
        score: so.score + similarity,
        because: isNearer ? from : so.because,
        nearest: Math.max(similarity, so.nearest),
      });
    }
  return [...found]
    .map(([film, { score, because }]) => ({ film, score, because }))
    .sort((a, b) => b.score - a.score || a.film - b.film)
    .slice(0, RECOMMENDED);
}

const filmsOf = (ratings: readonly Rating[]) => new Set(ratings.map(({ film }) => film));

/** Ten films for the user that the user has not rated. */
export function recommend(ratings: readonly Rating[], user: string): Recommendation[] {
  const likes = likesOf(ratings);
  const known = filmsOf(ratings.filter((rating) => rating.user === user));
  return best(likes.get(user) ?? [], known, neighboursOf(likes));
}

export interface Evaluation {
  readonly method: string;
  readonly users: number;
  readonly recommended: number;
  readonly hits: number;
}

/** Recommends from the first four fifths of each user's ratings and looks the films up among the likes of the last fifth. */
export function evaluate(ratings: readonly Rating[]): Evaluation[] {
  const training: Rating[] = [];
  const later = new Map<string, Set<number>>();
  for (const [user, own] of Map.groupBy(ratings, (rating) => rating.user)) {
    const inOrder = own.sort((a, b) => a.time - b.time || a.film - b.film);
    const kept = Math.ceil((inOrder.length * 4) / 5);
    training.push(...inOrder.slice(0, kept));
    const liked = inOrder.slice(kept).filter(({ isLiked }) => isLiked);
    if (liked.length > 0) later.set(user, filmsOf(liked));
  }
  const likes = likesOf(training);
  const neighbours = neighboursOf(likes);
  const popular = [...countsOf(likes)].sort(([a, x], [b, y]) => y - x || a - b).map(([film]) => film);
  const known = Map.groupBy(training, ({ user }) => user);
  const methods: [string, (user: string, seen: ReadonlySet<number>) => number[]][] = [
    ['item-item', (user, seen) => best(likes.get(user) ?? [], seen, neighbours).map(({ film }) => film)],
    ['popularity', (_user, seen) => popular.filter((film) => !seen.has(film)).slice(0, RECOMMENDED)],
  ];
  return methods.map(([method, recommended]) => {
    const lists = [...later].map(([user, liked]) => ({
      liked,
      films: recommended(user, filmsOf(known.get(user) ?? [])),
    }));
    return {
      method,
      users: later.size,
      recommended: lists.reduce((sum, { films }) => sum + films.length, 0),
      hits: lists.reduce((sum, { films, liked }) => sum + films.filter((film) => liked.has(film)).length, 0),
    };
  });
}
