/** The pages: their place in the navigation, and the chunk that holds each. */
import type { ComponentType } from 'preact';

export interface PageEntry {
  readonly id: string;
  readonly title: string;
  readonly group: 'Top' | 'Learn' | 'Look inside' | 'Ask';
  /** Pressed after `g`. */
  readonly key: string;
  readonly load: () => Promise<{ default: ComponentType }>;
  /** Whether it has something to show before the study is deployed. */
  readonly withoutLake?: boolean;
  /** Which count of the overview is next to it in the navigation. */
  readonly count?: 'objects' | 'tables' | 'runs';
}

export const pages: readonly PageEntry[] = [
  {
    id: 'home',
    title: 'Home',
    group: 'Top',
    key: 'h',
    withoutLake: true,
    load: () => import('../pages/home/page.tsx'),
  },
  {
    id: 'company',
    title: 'The company',
    group: 'Top',
    key: 'c',
    withoutLake: true,
    load: () => import('../pages/company/page.tsx'),
  },
  {
    id: 'walk',
    title: 'Walk',
    group: 'Learn',
    key: 'w',
    load: () => import('../pages/walk/page.tsx'),
  },
  {
    id: 'follow',
    title: 'Follow a record',
    group: 'Learn',
    key: 'f',
    load: () => import('../pages/follow/page.tsx'),
  },
  {
    id: 'stream',
    title: 'Stream',
    group: 'Look inside',
    key: 's',
    load: () => import('../pages/stream/page.tsx'),
  },
  {
    id: 'objects',
    title: 'Objects',
    group: 'Look inside',
    key: 'o',
    count: 'objects',
    load: () => import('../pages/objects/page.tsx'),
  },
  {
    id: 'tables',
    title: 'Tables',
    group: 'Look inside',
    key: 't',
    count: 'tables',
    load: () => import('../pages/tables/page.tsx'),
  },
  {
    id: 'runs',
    title: 'Runs',
    group: 'Look inside',
    key: 'r',
    count: 'runs',
    load: () => import('../pages/runs/page.tsx'),
  },
  {
    id: 'quarantine',
    title: 'Quarantine',
    group: 'Look inside',
    key: 'q',
    load: () => import('../pages/quarantine/page.tsx'),
  },
  {
    id: 'dynamodb',
    title: 'DynamoDB',
    group: 'Look inside',
    key: 'd',
    load: () => import('../pages/dynamodb/page.tsx'),
  },
  { id: 'sql', title: 'SQL', group: 'Ask', key: 'e', load: () => import('../pages/sql/page.tsx') },
  {
    id: 'dashboards',
    title: 'Dashboards',
    group: 'Ask',
    key: 'b',
    load: () => import('../pages/dashboards/page.tsx'),
  },
  { id: 'live', title: 'Live', group: 'Ask', key: 'l', load: () => import('../pages/live/page.tsx') },
  { id: 'api', title: 'API', group: 'Ask', key: 'a', load: () => import('../pages/api/page.tsx') },
];
