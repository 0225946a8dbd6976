/** The package's entry: the local cloud, its clock, and what it says of itself and of what it deployed. */
export { type Cloud, type CloudOptions, type ServiceFactory, startCloud } from './cloud.ts';
export { type Clock, systemClock } from './core/clock.ts';
export type { Mount } from './core/edge.ts';
export type { HttpRequest, HttpResponse } from './core/http.ts';
export { readAnnouncement } from './core/stateDir.ts';
export { type AssemblyDeployment, readAssembly } from './services/cloudformation/assembly.ts';
