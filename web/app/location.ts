/** Where the reader is: the address holds study, page, selection and filters, so that every view can be linked and Back works. */
import { computed, signal } from '@preact/signals';
import { PREFIX } from '../contract/prefix.ts';

export interface Place {
  /** Undefined on the page that has no study yet. */
  readonly study: string | undefined;
  readonly page: string;
  /** What follows the page in the path: the selection. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads `/_playground/<study>/<page>/<rest…>?<query>`. */
export function readPlace(pathname: string, search: string): Place {
  const parts = pathname.slice(PREFIX.length).split('/').filter(Boolean).map(decodeURIComponent);
  const [study, page = 'home', ...rest] = parts;
  return { study, page, rest, query: new URLSearchParams(search) };
}

export interface Target {
  readonly study?: string | undefined;
  readonly page?: string;
  readonly rest?: readonly string[];
  readonly query?: Readonly<Record<string, string | number | undefined>>;
}

/** The address of a place; parts that are left out are those of today's place, a new page has no query of the old one. */
export function hrefOf(target: Target, from: Place = place.value): string {
  const study = target.study ?? from.study ?? '';
  const page = target.page ?? from.page;
  const path = [study, page, ...(target.rest ?? [])].map(encodeURIComponent).join('/');
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(target.query ?? {}))
    if (value !== undefined && value !== '') query.set(name, String(value));
  const text = query.toString();
  return `${PREFIX}${path}${text && `?${text}`}`;
}

const address = signal(typeof location === 'undefined' ? PREFIX : `${location.pathname}${location.search}`);

export const place = computed(() => {
  const [pathname = PREFIX, search = ''] = address.value.split(/(?=\?)/);
  return readPlace(pathname, search);
});

/** Goes to an address of the page. `replace` keeps the history short: for filters and positions. */
export function go(href: string, { replace = false } = {}): void {
  if (href === address.value) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  const samePage = readPlace(href.split('?')[0]!, '').page === place.value.page;
  address.value = href;
  if (!samePage) scrollTo(0, 0);
}

/** Sets parts of the query of today's place. */
export function setQuery(changes: Readonly<Record<string, string | number | undefined>>): void {
  const { study, page, rest, query } = place.value;
  go(hrefOf({ study, page, rest, query: { ...Object.fromEntries(query), ...changes } }), { replace: true });
}

/** Follows links inside the page without loading it again. */
export function listenToAddress(): void {
  addEventListener('popstate', () => {
    address.value = `${location.pathname}${location.search}`;
  });
  addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || link.target || link.hasAttribute('download') || event.defaultPrevented) return;
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(PREFIX)) return;
    if (url.hash && url.pathname === location.pathname && url.search === location.search) return;
    event.preventDefault();
    go(`${url.pathname}${url.search}`);
  });
}
