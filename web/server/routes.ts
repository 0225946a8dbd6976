/** Every address of the backend: those of the shell, and what each page adds. */

import { apiRoutes } from '../pages/api/backend.ts';
import { companyRoutes } from '../pages/company/backend.ts';
import { dashboardRoutes } from '../pages/dashboards/backend.ts';
import { dynamodbRoutes } from '../pages/dynamodb/backend.ts';
import { followRoutes } from '../pages/follow/backend.ts';
import { homeRoutes } from '../pages/home/backend.ts';
import { liveRoutes } from '../pages/live/backend.ts';
import { objectRoutes } from '../pages/objects/backend.ts';
import { quarantineRoutes } from '../pages/quarantine/backend.ts';
import { runRoutes } from '../pages/runs/backend.ts';
import { sqlRoutes } from '../pages/sql/backend.ts';
import { streamRoutes } from '../pages/stream/backend.ts';
import { tableRoutes } from '../pages/tables/backend.ts';
import { walkRoutes } from '../pages/walk/backend.ts';
import type { Route } from './http.ts';
import { jobRoutes } from './jobRoutes.ts';
import { overviewRoutes } from './overview.ts';
import { searchRoutes } from './search.ts';

export const routes: readonly Route[] = [
  ...overviewRoutes,
  ...searchRoutes,
  ...jobRoutes,
  ...homeRoutes,
  ...companyRoutes,
  ...walkRoutes,
  ...followRoutes,
  ...objectRoutes,
  ...tableRoutes,
  ...runRoutes,
  ...quarantineRoutes,
  ...sqlRoutes,
  ...dashboardRoutes,
  ...streamRoutes,
  ...dynamodbRoutes,
  ...liveRoutes,
  ...apiRoutes,
];
