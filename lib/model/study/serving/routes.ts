/** The routes that serve a study: method and path after `/studies/<study>`. */

export const servingRoutes = [
  'GET /health',
  'GET /tables',
  'GET /queries',
  'GET /queries/{name}',
  'GET /live/{view}',
  'POST /sql',
  'GET /sql/{id}',
  'GET /sql/{id}/rows',
  'DELETE /sql/{id}',
  'GET /openapi.json',
] as const;

export type ServingRoute = (typeof servingRoutes)[number];
