/** The right answers to the study's questions, by plain code over what was delivered intact. */
import type { AnswerRows, SimulatedEvent, SimulatedFile } from 'headwaters/simulator';
import { evaluate, type Rating, recommend } from './recommendations.ts';

type Row = Readonly<Record<string, string>>;

/** a / b for whole numbers, rounded half away from zero, as SQL decimals divide. */
const quotient = (a: number, b: number) => Math.sign(a) * Math.floor((2 * Math.abs(a) + b) / (2 * b));
/** `value` / 10^scale with `scale` digits after the point. */
const decimal = (value: number, scale: number) => (value / 10 ** scale).toFixed(scale);
/** a / b with `scale` digits after the point; null for b = 0. */
const ratio = (a: number, b: number, scale: number) =>
  b === 0 ? null : decimal(quotient(a * 10 ** scale, b), scale);
const total = <T>(items: readonly T[], measure: (item: T) => number) =>
  items.reduce((sum, item) => sum + measure(item), 0);
const text = (value: unknown) => value as string;
const grouped = <T>(items: Iterable<T>, key: (item: T) => string): [string, T[]][] => [
  ...Map.groupBy(items, key),
];
const alphabetical = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Rows of a CSV file by its header; quoted cells hold commas and doubled quotes, none a line break. */
function readCsv(body: string): Row[] {
  const [header, ...rows] = body
    .trimEnd()
    .split('\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
        quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
      ),
    );
  return rows.map((cells) => Object.fromEntries(header!.map((name, i) => [name, cells[i] ?? ''])));
}

interface Video {
  readonly id: string;
  readonly title: string;
  readonly isMovie: boolean;
  readonly year: number;
  /** Null for series. */
  readonly minutes: number | null;
  readonly genres: readonly string[];
  readonly creators: readonly string[];
  readonly cast: readonly string[];
  readonly countries: readonly string[];
  readonly isShifted: boolean;
  readonly isPadded: boolean;
}

interface Film {
  readonly id: number;
  readonly title: string;
  readonly genres: readonly string[];
  readonly isInCatalogue: boolean;
}

const elements = (list: string, separator: string) => [
  ...new Set(
    list
      .split(separator)
      .map((element) => element.trim())
      .filter((element) => element !== ''),
  ),
];
const keyOf = (title: string) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

function readVideos(rows: readonly Row[]): Map<string, Video> {
  return new Map(
    rows.map((row) => {
      const isShifted = row.duration === '' && /^\d+ min$/.test(row.rating!);
      const minutes = /^(\d+) min$/.exec(isShifted ? row.rating! : row.duration!)?.[1];
      return [
        row.show_id!,
        {
          id: row.show_id!,
          title: row.title!,
          isMovie: row.type === 'Movie',
          year: Number(row.release_year),
          minutes: minutes === undefined ? null : Number(minutes),
          genres: elements(row.listed_in!, ','),
          creators: elements(row.director!, ','),
          cast: elements(row.cast!, ','),
          countries: elements(row.country!, ','),
          isShifted,
          isPadded: row.date_added !== row.date_added!.trim(),
        },
      ];
    }),
  );
}

function readFilms(rows: readonly Row[], videos: ReadonlyMap<string, Video>): Map<number, Film> {
  const inCatalogue = new Set([...videos.values()].map(({ title, year }) => `${keyOf(title)} ${year}`));
  return new Map(
    rows.map((row) => {
      const [, title = row.title!, year] = /^(.*) \((\d{4})\)$/.exec(row.title!) ?? [];
      const key = keyOf(title.replace(/^(.*), (The|A|An)$/, '$2 $1'));
      const genres = elements(row.genres!, '|').filter((genre) => genre !== '(no genres listed)');
      const id = Number(row.movieId);
      return [id, { id, title, genres, isInCatalogue: inCatalogue.has(`${key} ${year}`) }];
    }),
  );
}

interface View {
  readonly user: string;
  readonly video: string;
  readonly region: string;
  readonly date: string;
  readonly watched: number;
  readonly furthest: number;
  readonly rebuffers: number;
  readonly errors: number;
  /** Seconds; undefined where it is not known. */
  readonly length: number | undefined;
  /** In ten thousandths. */
  readonly retention: number | undefined;
}

interface Action {
  readonly id: string;
  readonly time: number;
  readonly action: string;
  readonly position: number;
  readonly to: number | undefined;
  readonly region: string;
}

const GAP_MS = 30 * 60_000;

/** Where the video plays from after an action; undefined when it does not play. */
const playsFrom = ({ action, position, to }: Action) =>
  action === 'play' ? position : action === 'seek' ? to : undefined;

/** How long nothing happened between two actions: the clock without what the position moved while the video played. */
const idleMs = (before: Action, after: Action) =>
  after.time - before.time - Math.max(0, after.position - (playsFrom(before) ?? after.position)) * 1000;

function viewsOf(events: readonly SimulatedEvent[], videos: ReadonlyMap<string, Video>): View[] {
  return grouped(events, ({ data }) => `${data.user_id} ${data.video_id}`).flatMap(([key, rows]) => {
    const [user, video] = key.split(' ') as [string, string];
    const actions = rows
      .map(
        ({ id, time, data }): Action => ({
          id,
          time,
          action: text(data.action),
          position: data.position_seconds as number,
          to: data.to_position_seconds as number | undefined,
          region: text(data.region).toUpperCase(),
        }),
      )
      .sort((a, b) => a.time - b.time || alphabetical(a.id, b.id));
    const parts: Action[][] = [];
    for (const [i, action] of actions.entries())
      if (i > 0 && idleMs(actions[i - 1]!, action) <= GAP_MS) parts.at(-1)!.push(action);
      else parts.push([action]);
    const minutes = videos.get(video)?.minutes ?? undefined;
    return parts.map((part) => viewOf({ user, video, length: minutes && minutes * 60 }, part));
  });
}

function viewOf(
  { user, video, length }: Pick<View, 'user' | 'video' | 'length'>,
  actions: readonly Action[],
): View {
  let watched = 0;
  let furthest = 0;
  let rebuffers = 0;
  for (const [i, next] of actions.slice(1).entries()) {
    const from = playsFrom(actions[i]!);
    if (from === undefined) continue;
    const progress = next.position - from;
    const clock = next.time - actions[i]!.time;
    if (progress < 0 || progress * 1000 > clock * 1.5 + 2000) continue;
    watched += progress;
    furthest = Math.max(furthest, next.position);
    const behind = clock - progress * 1000;
    if (next.action !== 'play' && behind >= 2000 && behind <= 120_000) rebuffers++;
  }
  return {
    user,
    video,
    region: actions.reduce((last, { region }) => (region > last ? region : last), ''),
    date: day(actions[0]!.time),
    watched,
    furthest,
    rebuffers,
    errors: actions.filter(({ action }) => action === 'error').length,
    length,
    retention: length === undefined ? undefined : quotient(Math.min(watched, length) * 10_000, length),
  };
}

const isCompleted = ({ furthest, length }: View) => length !== undefined && furthest * 10 >= length * 9;
const measured = (views: readonly View[]) => views.filter(({ length }) => length !== undefined);
/** Mean retention, which the tables keep with four digits. */
const meanRetention = (views: readonly View[]) => {
  const known = measured(views);
  const sum = total(known, ({ retention }) => retention!);
  return known.length === 0 ? null : decimal(quotient(sum, known.length), 4);
};
const completionRate = (views: readonly View[]) =>
  ratio(views.filter(isCompleted).length, measured(views).length, 4);
const watchedOf = (views: readonly View[]) => total(views, ({ watched }) => watched);

export function expectedAnswers(
  files: readonly SimulatedFile[],
  events: readonly SimulatedEvent[],
): Readonly<Record<string, AnswerRows>> {
  const rowsOf = (source: string) =>
    files.filter((file) => file.source === source).flatMap(({ body }) => readCsv(body));
  const of = (source: string) => events.filter((event) => event.source === source);
  const videos = readVideos(rowsOf('titles'));
  const films = readFilms(rowsOf('films'), videos);
  const views = viewsOf(of('player_events'), videos);
  return {
    viewing_overview: overview(views),
    retention_curve: retentionCurve(views),
    ...dropOff(of('player_events'), videos),
    top_content: ranked(views, ({ video }) => [video]).map(([video, rows]) => ({
      video_id: video,
      title: videos.get(video)?.title ?? null,
      views: String(rows.length),
      watched_seconds: String(watchedOf(rows)),
      avg_retention: meanRetention(rows),
    })),
    top_creators: ranked(views, ({ video }) => orUnknown(videos.get(video)?.creators)).map(
      ([creator, rows]) => ({
        creator,
        videos: String(new Set(rows.map(({ video }) => video)).size),
        views: String(rows.length),
        watched_seconds: String(watchedOf(rows)),
      }),
    ),
    top_genres: ranked(views, ({ video }) => orUnknown(videos.get(video)?.genres)).map(([genre, rows]) => ({
      genre,
      videos: String(new Set(rows.map(({ video }) => video)).size),
      views: String(rows.length),
      watched_seconds: String(watchedOf(rows)),
      completion_rate: completionRate(rows),
    })),
    trending: trending(views, videos),
    regional_heatmap: heatmap(views, videos),
    viewing_by_hour: byHour(of('player_events'), videos),
    cohorts: cohorts(views, rowsOf('members')),
    watch_logs: watchLogs(rowsOf('watch_logs'), videos),
    continue_watching: continueWatching(of('viewing_positions')),
    ...recommendations(of('ratings'), films),
    catalogue: catalogue([...videos.values()], [...films.values()]),
  };
}

const orUnknown = (names: readonly string[] | undefined) => (names?.length ? names : ['Unknown']);

/** Views by name, the ten that are watched longest; a view counts for each of its names. */
function ranked(views: readonly View[], names: (view: View) => readonly string[]): [string, View[]][] {
  const named = views.flatMap((view) => names(view).map((name) => ({ name, view })));
  return grouped(named, ({ name }) => name)
    .map(([name, rows]): [string, View[]] => [name, rows.map(({ view }) => view)])
    .sort(([a, x], [b, y]) => watchedOf(y) - watchedOf(x) || alphabetical(a, b))
    .slice(0, 10);
}

function overview(views: readonly View[]): AnswerRows {
  return [
    {
      views: String(views.length),
      viewers: String(new Set(views.map(({ user }) => user)).size),
      watched_hours: ratio(watchedOf(views), 3600, 2),
      avg_retention: meanRetention(views),
      completion_rate: completionRate(views),
      rebuffer_gaps: String(total(views, ({ rebuffers }) => rebuffers)),
      errors: String(total(views, ({ errors }) => errors)),
    },
  ];
}

function retentionCurve(views: readonly View[]): AnswerRows {
  const viewers = grouped(measured(views), ({ video, user }) => `${video} ${user}`).map(([, rows]) => ({
    furthest: Math.max(...rows.map(({ furthest }) => furthest)),
    length: rows[0]!.length!,
  }));
  if (viewers.length === 0) return [];
  return Array.from({ length: 21 }, (_, i) => i * 5).map((percent) => {
    const still = viewers.filter(({ furthest, length }) => furthest * 100 >= length * percent).length;
    return {
      percent: String(percent),
      still_watching: String(still),
      share: ratio(still, viewers.length, 4),
    };
  });
}

function dropOff(events: readonly SimulatedEvent[], videos: ReadonlyMap<string, Video>) {
  const left = events.flatMap(({ time, data }) => {
    const length = (videos.get(text(data.video_id))?.minutes ?? 0) * 60;
    const position = data.position_seconds as number;
    const isLeaving = data.action === 'stop' || data.action === 'seek';
    if (!isLeaving || length === 0 || position * 2 < length) return [];
    const percent = Math.floor((position * 20) / length) * 5;
    if (percent >= 95) return [];
    return [{ date: day(time), percent: String(percent), isStop: data.action === 'stop' }];
  });
  const counts = (rows: typeof left) => {
    const stops = rows.filter(({ isStop }) => isStop).length;
    return { stops: String(stops), seeks: String(rows.length - stops) };
  };
  return {
    drop_off_timeline: grouped(left, ({ date }) => date)
      .sort(([a], [b]) => alphabetical(b, a))
      .slice(0, 14)
      .reverse()
      .map(([event_date, rows]) => ({ event_date, ...counts(rows) })),
    drop_off_by_percent: grouped(left, ({ percent }) => percent)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([percent, rows]) => ({ percent, ...counts(rows) })),
  };
}

function trending(views: readonly View[], videos: ReadonlyMap<string, Video>): AnswerRows {
  const newest = views.reduce((last, { date }) => (date > last ? date : last), '');
  if (newest === '') return [];
  const from = day(Date.parse(newest) - 7 * 86_400_000);
  const before = Map.groupBy(
    views.filter(({ date }) => date >= from && date < newest),
    ({ video }) => video,
  );
  return grouped(
    views.filter(({ date }) => date === newest),
    ({ video }) => video,
  )
    .flatMap(([video, rows]) => {
      const earlier = before.get(video)?.length ?? 0;
      return earlier === 0
        ? []
        : [{ video, views: rows.length, earlier, lift: quotient(rows.length * 70_000, earlier) }];
    })
    .sort((a, b) => b.lift - a.lift || b.views - a.views || alphabetical(a.video, b.video))
    .slice(0, 10)
    .map(({ video, views: count, earlier, lift }) => ({
      view_date: newest,
      video_id: video,
      title: videos.get(video)?.title ?? null,
      views: String(count),
      views_before: String(earlier),
      lift: decimal(lift, 4),
    }));
}

function heatmap(views: readonly View[], videos: ReadonlyMap<string, Video>): AnswerRows {
  return grouped(views, ({ region }) => region)
    .sort(([a], [b]) => alphabetical(a, b))
    .flatMap(([region, rows]) => {
      const cells = rows.flatMap((view) =>
        orUnknown(videos.get(view.video)?.genres).map((genre) => ({ genre, view })),
      );
      const all = total(cells, ({ view }) => view.watched);
      return grouped(cells, ({ genre }) => genre)
        .sort(([a], [b]) => alphabetical(a, b))
        .map(([genre, inGenre]) => {
          const watched = total(inGenre, ({ view }) => view.watched);
          return {
            region,
            genre,
            views: String(inGenre.length),
            watched_seconds: String(watched),
            share: ratio(watched, all, 4),
          };
        });
    });
}

function byHour(events: readonly SimulatedEvent[], videos: ReadonlyMap<string, Video>): AnswerRows {
  return grouped(events, ({ time }) => String(new Date(time).getUTCHours()))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([hour_of_day, rows]) => ({
      hour_of_day,
      actions: String(rows.length),
      viewers: String(new Set(rows.map(({ data }) => text(data.user_id))).size),
      of_series: String(rows.filter(({ data }) => videos.get(text(data.video_id))?.isMovie === false).length),
    }));
}

function cohorts(views: readonly View[], rows: readonly Row[]): AnswerRows {
  const members = new Map<string, Row>();
  for (const row of rows) {
    const known = members.get(row.user_id!);
    if (!known || row.updated_at! > known.updated_at!) members.set(row.user_id!, row);
  }
  const cohortOf = ({ user }: View) => {
    const member = members.get(user);
    const decade = member?.birth_year ? `${member.birth_year.slice(0, 3)}0s` : 'Unknown';
    return `${decade}/${member?.plan || 'Unknown'}`;
  };
  return grouped(views, cohortOf)
    .sort(([a], [b]) => alphabetical(a, b))
    .map(([cohort, inCohort]) => ({
      birth_decade: cohort.split('/')[0]!,
      plan: cohort.split('/')[1]!,
      viewers: String(new Set(inCohort.map(({ user }) => user)).size),
      views: String(inCohort.length),
      watched_seconds: String(watchedOf(inCohort)),
      avg_retention: meanRetention(inCohort),
    }));
}

function watchLogs(rows: readonly Row[], videos: ReadonlyMap<string, Video>): AnswerRows {
  const byKey = new Map<string, Video>();
  for (const video of videos.values()) {
    const known = byKey.get(keyOf(video.title));
    if (!known || video.year > known.year) byKey.set(keyOf(video.title), video);
  }
  const watches = rows.map((row) => ({
    user: row.user_id!,
    date: row.watch_date!,
    minutes: Number(row.watch_duration_minutes),
    video: byKey.get(keyOf(row.show_name!)),
  }));
  const ofDay = Map.groupBy(watches, ({ user, date, video }) => `${user} ${date} ${video?.id}`);
  const days = new Map(
    grouped(watches, ({ user }) => user).map(([user, own]) => [user, new Set(own.map(({ date }) => date))]),
  );
  const rated = watches.flatMap(({ user, date, minutes, video }) => {
    if (!video?.minutes) return [];
    const completion = quotient(Math.min(minutes, video.minutes) * 10_000, video.minutes);
    const first = day(Date.parse(date) - 6 * 86_400_000);
    const active = [...days.get(user)!].filter((other) => other >= first && other <= date).length;
    return [{ completion, engagement: quotient(80 * completion + quotient(active * 200_000, 7), 100) }];
  });
  const binges = watches.filter(
    ({ user, date, video }) =>
      video && !video.isMovie && ofDay.get(`${user} ${date} ${video.id}`)!.length >= 2,
  );
  const mean = (measure: (one: (typeof rated)[number]) => number, scale: number) =>
    rated.length === 0 ? null : decimal(quotient(total(rated, measure), rated.length), scale);
  return [
    {
      watches: String(watches.length),
      with_length: String(rated.length),
      avg_completion: mean(({ completion }) => completion, 4),
      binge_sessions: String(binges.length),
      unknown_titles: String(watches.filter(({ video }) => !video).length),
      avg_engagement: mean(({ engagement }) => engagement, 2),
    },
  ];
}

function continueWatching(events: readonly SimulatedEvent[]): AnswerRows {
  const newest = new Map<string, SimulatedEvent>();
  for (const event of events) {
    const key = `${event.data.user_id} ${event.data.profile_id} ${event.data.video_id}`;
    const known = newest.get(key);
    if (!known || event.time > known.time) newest.set(key, event);
  }
  const open = [...newest.values()].filter(({ data }) => !data.is_finished);
  return [
    {
      profiles: String(new Set(open.map(({ data }) => `${data.user_id} ${data.profile_id}`)).size),
      unfinished: String(open.length),
      avg_position_seconds: ratio(
        total(open, ({ data }) => data.position_seconds as number),
        open.length,
        2,
      ),
    },
  ];
}

function recommendations(events: readonly SimulatedEvent[], films: ReadonlyMap<number, Film>) {
  const newest = new Map<string, Rating>();
  for (const { data, time } of events) {
    const rating = {
      user: text(data.user_id),
      film: data.film_id as number,
      isLiked: (data.rating as number) >= 4,
      time,
    };
    const known = newest.get(`${rating.user} ${rating.film}`);
    if (!known || time > known.time) newest.set(`${rating.user} ${rating.film}`, rating);
  }
  const ratings = [...newest.values()];
  const liked = ratings.filter(({ isLiked }) => isLiked);
  const titleOf = (film: number) => films.get(film)?.title ?? null;
  const [most] = grouped(liked, ({ user }) => user).sort(
    ([a, x], [b, y]) => y.length - x.length || alphabetical(a, b),
  );
  const byGenre = grouped(
    liked.flatMap(({ film }) => (films.get(film)?.genres ?? []).map((genre) => ({ genre, film }))),
    ({ genre }) => genre,
  );
  return {
    recommendation_quality: evaluate(ratings).map(({ method, users, recommended, hits }) => ({
      method,
      users: String(users),
      recommended: String(recommended),
      hits: String(hits),
      precision_at_10: ratio(hits, users * 10, 6),
    })),
    because_you_watched: most
      ? recommend(ratings, most[0]).map(({ film, because, score }, i) => ({
          user_id: most[0],
          rank: String(i + 1),
          film: titleOf(film),
          because_you_liked: titleOf(because),
          score: decimal(score, 6),
        }))
      : [],
    cold_start: byGenre
      .sort(([a], [b]) => alphabetical(a, b))
      .map(([genre, rows]) => {
        const counts = grouped(rows, ({ film }) => String(film)).map(
          ([film, likes]) => [Number(film), likes.length] as const,
        );
        const [film, likes] = counts.sort(([a, x], [b, y]) => y - x || a - b)[0]!;
        return { genre, film_id: String(film), title: titleOf(film), likes: String(likes) };
      }),
  };
}

const catalogue = (videos: readonly Video[], films: readonly Film[]): AnswerRows => [
  {
    titles: String(videos.length),
    movies: String(videos.filter(({ isMovie }) => isMovie).length),
    with_minutes: String(videos.filter(({ minutes }) => minutes !== null).length),
    durations_mended: String(videos.filter(({ isShifted }) => isShifted).length),
    dates_mended: String(videos.filter(({ isPadded }) => isPadded).length),
    genre_links: String(total(videos, ({ genres }) => genres.length)),
    creator_links: String(total(videos, ({ creators }) => creators.length)),
    cast_links: String(total(videos, ({ cast }) => cast.length)),
    country_links: String(total(videos, ({ countries }) => countries.length)),
    films: String(films.length),
    films_in_catalogue: String(films.filter(({ isInCatalogue }) => isInCatalogue).length),
  },
];
