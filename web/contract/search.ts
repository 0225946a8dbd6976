/** What can be found in a study besides its pages. */

export interface SearchEntry {
  readonly kind: 'table' | 'column' | 'query';
  readonly name: string;
  readonly of: string;
  readonly page: string;
  readonly rest: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
}
