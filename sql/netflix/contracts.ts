/** Payloads of the study netflix's sources, derived from its contracts by `npm run derive`. */

/** One row per version of a film’s numbers. */
export type FilmLinksPayload = {
  /** Film number. */
  readonly film_id: number;
  /** Number in the Internet Movie Database. */
  readonly imdb_id?: string | null;
  /** Number in The Movie Database. */
  readonly tmdb_id?: string | null;
};

/** One row per version of a film. */
export type FilmsPayload = {
  /** Film number. */
  readonly film_id: number;
  /** Title with the year of release in parentheses. */
  readonly title: string;
  /** Genres, joined by vertical bars; (no genres listed) where there are none. */
  readonly genres?: string | null;
};

/** One row per version of a member. */
export type MembersPayload = {
  /** Member number. */
  readonly user_id: string;
  /** Year of birth. */
  readonly birth_year?: number | null;
  /** Gender, where the member gave it. */
  readonly gender?: string | null;
  /** Country of the account, ISO 3166 alpha-2. */
  readonly country?: string | null;
  /** Subscription. */
  readonly plan?: 'basic' | 'standard' | 'premium' | null;
  /** First day of the membership. */
  readonly signed_up_on?: string | null;
  /** Since when the row holds, UTC; absent means since its delivery. */
  readonly updated_at?: string | null;
};

/** One record per action of a player. */
export type PlayerEventsPayload = {
  /** Playback session, as the player names it. */
  readonly session_id: string;
  /** Member who watches. */
  readonly user_id: string;
  /** Profile of the member. */
  readonly profile_id?: string | null;
  /** Video, as the catalogue names it. */
  readonly video_id: string;
  /** What the player did. */
  readonly action: 'play' | 'pause' | 'seek' | 'stop' | 'error';
  /** Position in the video when it happened, seconds; of a seek where the viewer left. */
  readonly position_seconds: number;
  /** Of a seek: the position that the viewer went to, seconds. */
  readonly to_position_seconds?: number | null;
  /** Country of the player, ISO 3166 alpha-2; some players send it in lower case. */
  readonly region: string;
  /** Kind of device. */
  readonly device: 'tv' | 'mobile' | 'tablet' | 'web';
  /** Of an error: its code. */
  readonly error_code?: string | null;
  /** When it happened, UTC. */
  readonly happened_at: string;
};

/** One record per rating. */
export type RatingsPayload = {
  /** User who rates. */
  readonly user_id: string;
  /** Film that is rated. */
  readonly film_id: number;
  /** From 0.5 (worst) to 5.0 (best). */
  readonly rating: number;
  /** When the user rated, UTC. */
  readonly rated_at: string;
};

/** One row per tag of a user on a film. */
export type TagsPayload = {
  /** User who tags. */
  readonly user_id: string;
  /** Film that is tagged. */
  readonly film_id: number;
  /** Tag, as written. */
  readonly tag: string;
  /** When the user tagged, UTC. */
  readonly tagged_at: string;
};

/** One row per version of a title. */
export type TitlesPayload = {
  /** Title number. */
  readonly video_id: string;
  /** Movie or TV Show. */
  readonly type: 'Movie' | 'TV Show';
  /** Title. */
  readonly title: string;
  /** Directors, joined by commas. */
  readonly director?: string | null;
  /** Cast, joined by commas. */
  readonly cast_members?: string | null;
  /** Countries of production, joined by commas. */
  readonly country?: string | null;
  /** Day on which the title joined the catalogue, as delivered, for example September 25, 2021. */
  readonly date_added_text?: string | null;
  /** Year of release. */
  readonly release_year?: number | null;
  /** Maturity rating, as delivered; in some rows the duration was put here. */
  readonly rating?: string | null;
  /** Minutes of a film or seasons of a series, as delivered, for example 90 min or 2 Seasons. */
  readonly duration?: string | null;
  /** Genres, joined by commas. */
  readonly listed_in?: string | null;
  /** Summary. */
  readonly description?: string | null;
};

/** One record per stored position. */
export type ViewingPositionsPayload = {
  /** Member. */
  readonly user_id: string;
  /** Profile of the member. */
  readonly profile_id: string;
  /** Video. */
  readonly video_id: string;
  /** Position, seconds. */
  readonly position_seconds: number;
  /** The profile has watched the video to its end. */
  readonly is_finished: boolean;
  /** When it was stored, UTC. */
  readonly stored_at: string;
};

/** One row per watch. */
export type WatchLogsPayload = {
  /** Member who watched. */
  readonly user_id: string;
  /** Title as the log writes it. */
  readonly show_name: string;
  /** Minutes watched. */
  readonly watch_duration_minutes: number;
  /** Day of the watch, UTC. */
  readonly watch_date: string;
};

/** Source → payload. */
export type Payloads = {
  readonly film_links: FilmLinksPayload;
  readonly films: FilmsPayload;
  readonly members: MembersPayload;
  readonly player_events: PlayerEventsPayload;
  readonly ratings: RatingsPayload;
  readonly tags: TagsPayload;
  readonly titles: TitlesPayload;
  readonly viewing_positions: ViewingPositionsPayload;
  readonly watch_logs: WatchLogsPayload;
};
