/** A video service that never was: members, a catalogue, what players do, ratings and watch logs, from a seed. */
import {
  createRandom,
  popularity,
  type Random,
  type Rhythm,
  type SimulatedEvent,
  type SimulatedFile,
  type SimulatedTransaction,
  type Simulation,
  type SimulationOptions,
  sampleTimes,
} from 'headwaters/simulator';
import type { Payloads } from './contracts.ts';
import { expectedAnswers } from './truth.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** People watch in the evening, and longest on Saturday. */
const rhythm: Rhythm = {
  hours: [8, 5, 3, 2, 1, 1, 2, 3, 4, 4, 5, 5, 6, 7, 7, 8, 9, 11, 14, 18, 22, 24, 20, 13],
  days: [0.9, 0.9, 0.9, 0.95, 1.1, 1.3, 1.2],
};

const genres = [
  'Dramas',
  'Comedies',
  'Documentaries',
  'Thrillers',
  'Children & Family Movies',
  'Sci-Fi & Fantasy',
];
const regions = ['US', 'BR', 'IN', 'DE', 'JP', 'KR', 'NG', 'FR'] as const;
const devices = ['tv', 'mobile', 'tablet', 'web'] as const;
const plans = ['basic', 'standard', 'premium'] as const;
const directors = [
  'Ada Moreau',
  'Ben Okafor',
  'Chika Sato',
  'Dana Reis',
  'Ebba Lind',
  'Farid Nasser',
  "Gus O'Neil",
];
const errors = ['M7111', 'UI3010', 'NW-2-5'] as const;

/** Of a series only the seasons are in the catalogue; an episode lasts so long, seconds. */
const EPISODE = 45 * 60;
const RATINGS_SHARE = 0.3;

const iso = (ms: number) => new Date(ms).toISOString();
const day = (ms: number) => iso(ms).slice(0, 10);
const cell = (value: string | number) =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
const csv = (rows: ReadonlyArray<ReadonlyArray<string | number>>) =>
  `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`;

type Event<Source extends keyof Payloads> = SimulatedEvent & {
  readonly source: Source;
  readonly data: Payloads[Source];
};
/** Takes an event unless it is of the future or there are enough. */
type Emit = <Source extends keyof Payloads>(event: Event<Source>) => void;

interface Video {
  readonly id: string;
  readonly title: string;
  readonly year: number;
  readonly isSeries: boolean;
  readonly minutes: number;
  readonly genres: readonly string[];
  readonly directors: readonly string[];
}

interface Film {
  readonly id: number;
  readonly title: string;
  readonly genre: string;
}

interface Member {
  readonly id: string;
  readonly region: (typeof regions)[number];
  readonly taste: string;
}

function simulate({ seed, events: wanted, now, days }: SimulationOptions) {
  const random = createRandom(seed);
  const start = now - days * DAY;
  const videos = makeVideos(random.fork('videos'));
  const films = makeFilms(videos, random.fork('films'));
  const members = makeMembers(Math.max(20, Math.round(wanted / 60)), seed, random.fork('members'));
  const files = [
    ...catalogueFiles(videos, films, random.fork('catalogue')),
    ...memberFiles(members, start, now, random.fork('member-files')),
    watchLogs(videos, members, { start, now, count: Math.round(wanted / 25) }, random.fork('watch-logs')),
  ];

  const events: SimulatedEvent[] = [];
  const emit: Emit = (event) => {
    if (event.time <= now && events.length < wanted) events.push(event);
  };
  rate(Math.floor(wanted * RATINGS_SHARE), {
    seed,
    start,
    now,
    films,
    members,
    random: random.fork('ratings'),
    emit,
  });
  const times = sampleTimes(rhythm, start, now, wanted, random.fork('times'));
  const viewing = random.fork('viewing');
  const drawMember = popularity(members.length, 0.5, random.fork('viewers'));
  const drawVideo = popularity(videos.length, 0.9, random.fork('popularity'));
  for (let number = 1; events.length < wanted; number++)
    watch({
      session: `v${seed}-${String(number).padStart(7, '0')}`,
      member: members[drawMember()]!,
      video: videos[drawVideo()]!,
      time: viewing.pick(times),
      random: viewing,
      emit,
    });
  return {
    files,
    events: events.sort((a, b) => a.time - b.time),
    transactions: savedPositions({
      seed,
      now,
      members: members.slice(0, Math.ceil(wanted / 1_000)).slice(0, 10),
      videos,
      random: random.fork('positions'),
    }),
  };
}

/** A profile whose players save their positions in DynamoDB, so that DynamoDB and the lake tell the same of it. */
const SAVING_PROFILE = 'p3';

/** Positions of the last hour, each a minute after the other; the last video of a member is finished. */
function savedPositions(world: {
  readonly seed: number;
  readonly now: number;
  readonly members: readonly Member[];
  readonly videos: readonly Video[];
  readonly random: Random;
}): SimulatedTransaction[] {
  const { seed, now, members, videos, random } = world;
  let saved = 0;
  return members.flatMap((member) => {
    const watched = [...new Set(Array.from({ length: 4 }, () => random.pick(videos)))];
    return watched.map((video, i): SimulatedTransaction => {
      const finished = i === watched.length - 1;
      const length = video.isSeries ? EPISODE : video.minutes * 60;
      const number = ++saved;
      const time = now - HOUR + number * MINUTE;
      const position = {
        user_id: member.id,
        profile_id: SAVING_PROFILE,
        video_id: video.id,
        position_seconds: finished ? length : random.integer(1, Math.floor(length / 2)),
        stored_at: iso(time),
      };
      return {
        name: finished ? 'finish-video' : 'save-position',
        input: { request_id: `s${seed}-${String(number).padStart(4, '0')}`, ...position },
        changes: [
          {
            source: 'viewing_positions',
            id: `${SAVING_PROFILE}/${number}`,
            time,
            subject: member.id,
            data: { ...position, is_finished: finished },
          },
        ],
      };
    });
  });
}

function makeVideos(random: Random): Video[] {
  return Array.from({ length: 80 }, (_, i) => {
    const second = random.pick(genres);
    const first = genres[i % genres.length]!;
    return {
      id: `s${i + 1}`,
      title: i % 9 === 0 ? `The Story of ${i + 1}, Retold` : `Story ${i + 1}`,
      year: 1990 + (i % 35),
      isSeries: i % 4 === 3,
      minutes: random.integer(70, 150),
      genres: first === second ? [first] : [first, second],
      directors: i % 5 === 4 ? [] : [...new Set([random.pick(directors), random.pick(directors)])],
    };
  });
}

/** The films among the videos, and as many again that the catalogue does not have. */
function makeFilms(videos: readonly Video[], random: Random): Film[] {
  const known = videos.filter(({ isSeries }) => !isSeries).slice(0, 25);
  return [
    ...known.map(({ title, year, genres: [genre] }, i) => ({
      id: i + 1,
      title: `${title.startsWith('The ') ? `${title.slice(4)}, The` : title} (${year})`,
      genre: genre!,
    })),
    ...Array.from({ length: 25 }, (_, i) => ({
      id: 1_000 + i,
      title: `Feature ${i + 1} (${random.integer(1950, 2015)})`,
      genre: genres[i % genres.length]!,
    })),
  ];
}

function makeMembers(count: number, seed: number, random: Random): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `u${seed}-${String(i + 1).padStart(5, '0')}`,
    region: regions[random.weighted([8, 4, 4, 3, 2, 2, 1, 2])]!,
    taste: genres[random.weighted([4, 3, 2, 2, 1, 1])]!,
  }));
}

/** With the faults that such catalogues have: shifted durations, padded dates, empty elements. */
function catalogueFiles(videos: readonly Video[], films: readonly Film[], random: Random): SimulatedFile[] {
  const header =
    'show_id,type,title,director,cast,country,date_added,release_year,rating,duration,listed_in,description';
  const titles = videos.map((video, i) => {
    const isShifted = !video.isSeries && i % 20 === 0;
    const duration = video.isSeries ? `${(i % 3) + 1} Season${i % 3 ? 's' : ''}` : `${video.minutes} min`;
    const country = i % 13 === 0 ? ', France' : i % 7 === 0 ? 'India, United States' : 'United States';
    return [
      video.id,
      video.isSeries ? 'TV Show' : 'Movie',
      video.title,
      video.directors.join(', '),
      `Actor ${i}, Actor ${i + 1}, Actor ${i}`,
      country,
      `${i % 10 === 0 ? ' ' : ''}September ${(i % 28) + 1}, 2021`,
      video.year,
      isShifted ? duration : random.pick(['PG-13', 'TV-MA', 'R']),
      isShifted ? '' : duration,
      video.genres.join(', '),
      'Made up, for trials.',
    ];
  });
  return [
    { source: 'titles', name: 'titles.csv', body: csv([header.split(','), ...titles]) },
    {
      source: 'films',
      name: 'films.csv',
      body: csv([
        ['movieId', 'title', 'genres'],
        ...films.map(({ id, title, genre }, i) => [
          id,
          title,
          i % 17 === 16 ? '(no genres listed)' : `${genre}|Any`,
        ]),
      ]),
    },
    {
      source: 'film_links',
      name: 'film_links.csv',
      body: csv([
        ['movieId', 'imdbId', 'tmdbId'],
        ...films.map(({ id }) => [id, `0${100_000 + id}`, id % 9 ? id : '']),
      ]),
    },
  ];
}

function memberFiles(
  members: readonly Member[],
  start: number,
  now: number,
  random: Random,
): SimulatedFile[] {
  const header = ['user_id', 'birth_year', 'gender', 'country', 'plan', 'signed_up_on', 'updated_at'];
  const joined = start - 30 * DAY;
  const first: (string | number)[][] = [];
  const changed: (string | number)[][] = [];
  for (const { id, region } of members) {
    const born = random.chance(0.95) ? random.integer(1945, 2006) : '';
    const gender = random.pick(['female', 'male', '']);
    const plan = random.weighted([4, 5, 3]);
    first.push([
      id,
      born,
      gender,
      region,
      plans[plan]!,
      day(joined - random.integer(0, 900) * DAY),
      iso(joined),
    ]);
    if (random.chance(0.06)) {
      const since = iso(Math.floor(start + random.next() * (now - start)));
      changed.push([id, born, gender, region, plans[(plan + 1) % plans.length]!, day(joined), since]);
    }
  }
  return [
    { source: 'members', name: 'members.csv', body: csv([header, ...first]) },
    { source: 'members', name: 'members-changes.csv', body: csv([header, ...changed]) },
  ];
}

/** Titles in any case, a few that the catalogue does not know, and rows that equal one another. */
function watchLogs(
  videos: readonly Video[],
  members: readonly Member[],
  { start, now, count }: { readonly start: number; readonly now: number; readonly count: number },
  random: Random,
): SimulatedFile {
  const rows: (string | number)[][] = [];
  for (let i = 0; i < count; i++) {
    const video = random.pick(videos);
    const name = random.chance(0.05)
      ? `Lost Reel ${i}`
      : random.chance(0.3)
        ? video.title.toUpperCase()
        : video.title;
    const minutes = random.integer(1, Math.round(video.minutes * 1.1));
    const row = [
      random.pick(members).id,
      name,
      minutes,
      day(Math.floor(start + random.next() * (now - start))),
    ];
    rows.push(row);
    if (random.chance(0.15)) rows.push(row);
  }
  return {
    source: 'watch_logs',
    name: 'watch_logs.csv',
    body: csv([['user_id', 'show_name', 'watch_duration_minutes', 'watch_date'], ...rows]),
  };
}

function rate(
  count: number,
  world: {
    readonly seed: number;
    readonly start: number;
    readonly now: number;
    readonly films: readonly Film[];
    readonly members: readonly Member[];
    readonly random: Random;
    readonly emit: Emit;
  },
) {
  const { seed, start, now, films, members, random, emit } = world;
  const drawFilm = popularity(films.length, 0.6, random.fork('films'));
  for (let i = 0; i < count; i++) {
    const member = random.pick(members);
    const film = films[drawFilm()]!;
    const steps =
      film.genre === member.taste
        ? random.integer(7, 10)
        : random.weighted([1, 1, 2, 2, 3, 4, 4, 4, 2, 1]) + 1;
    const time = Math.floor(start + random.next() * (now - start));
    emit({
      source: 'ratings',
      id: `r${seed}-${i + 1}`,
      time,
      subject: member.id,
      data: { user_id: member.id, film_id: film.id, rating: steps / 2, rated_at: iso(time) },
    });
  }
}

interface Viewing {
  readonly session: string;
  readonly member: Member;
  readonly video: Video;
  readonly time: number;
  readonly random: Random;
  readonly emit: Emit;
}

/** A playback session: it plays, pauses, seeks and stalls until the viewer stops, the video ends or an error ends it. */
function watch({ session, member, video, time, random, emit }: Viewing) {
  const device = devices[random.weighted([5, 4, 1, 2])]!;
  const region = random.chance(0.92) ? member.region : random.pick(regions);
  const profile = `p${random.weighted([3, 1]) + 1}`;
  const length = video.isSeries ? EPISODE : video.minutes * 60;
  let at = time;
  let position = random.chance(0.85) ? 0 : random.integer(0, Math.floor(length / 2));
  let actions = 0;
  const act = (
    action: Payloads['player_events']['action'],
    more: Pick<Payloads['player_events'], 'to_position_seconds' | 'error_code'> = {},
  ) =>
    emit({
      source: 'player_events',
      id: `${session}-${String(++actions).padStart(3, '0')}`,
      time: at,
      subject: session,
      data: {
        session_id: session,
        user_id: member.id,
        profile_id: profile,
        video_id: video.id,
        action,
        position_seconds: position,
        ...more,
        // One kind of player sends its region in lower case.
        region: device === 'web' ? region.toLowerCase() : region,
        device,
        happened_at: iso(at),
      },
    });
  act('play');
  for (;;) {
    const watched = Math.min(length - position, Math.ceil(random.exponential(length / 2.5)));
    position += watched;
    at +=
      watched * 1_000 + random.integer(0, 999) + (random.chance(0.12) ? random.integer(3_000, 40_000) : 0);
    if (position >= length) break;
    const next = random.weighted([4, 3, 4, 0.4]);
    if (next === 0) {
      act('pause');
      at += Math.ceil(random.exponential(9 * MINUTE));
      act('play');
    } else if (next === 1) {
      const to = Math.max(0, Math.min(length - 1, position + random.pick([-30, 10, 60, 300, 600])));
      act('seek', { to_position_seconds: to });
      position = to;
    } else if (next === 3) {
      act('error', { error_code: random.pick(errors) });
      return;
    } else break;
  }
  act('stop');
  emit({
    source: 'viewing_positions',
    id: `${session}-position`,
    time: at + 1,
    subject: member.id,
    data: {
      user_id: member.id,
      profile_id: profile,
      video_id: video.id,
      position_seconds: position,
      is_finished: position * 10 >= length * 9,
      stored_at: iso(at + 1),
    },
  });
}

export default { simulate, expectedAnswers } satisfies Simulation;
