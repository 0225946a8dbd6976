/** What went wrong, as the backend says it (RFC 9457). */

export interface Problem {
  readonly title: string;
  readonly detail?: string;
  readonly status: number;
  /** A command or an act that puts it right. */
  readonly remedy?: string;
}
