/** The order in which a stack's resources are deployed: what a resource refers to comes before it. */
import { referencesIn, TemplateError } from './intrinsics.ts';
import type { Template, TemplateResource } from './template.ts';

/**
 * The template's resources whose condition holds, dependencies first, otherwise in the template's own order.
 * Throws `TemplateError` for a circle, or for `DependsOn` of a resource that the template does not have.
 */
export function deployOrder(
  template: Template,
  condition: (name: string) => boolean,
): [logicalId: string, resource: TemplateResource][] {
  const active = Object.entries(template.Resources).filter(
    ([, resource]) => resource.Condition === undefined || condition(resource.Condition),
  );
  const byId = new Map(active);
  const needs = new Map(
    active.map(([logicalId, resource]) => {
      const references = referencesIn(resource.Properties ?? {}, condition);
      for (const name of [resource.DependsOn ?? []].flat()) {
        if (!(name in template.Resources)) {
          throw new TemplateError(
            `Resource ${logicalId} depends on ${name}, which the template does not have.`,
          );
        }
        references.add(name);
      }
      return [logicalId, [...references].filter((name) => byId.has(name) && name !== logicalId)];
    }),
  );

  const ordered: [string, TemplateResource][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    if (state.get(logicalId) === 'done') return;
    if (state.get(logicalId) === 'open') {
      const circle = [...path.slice(path.indexOf(logicalId)), logicalId];
      throw new TemplateError(`Circular dependency between resources: [${circle.slice(1).join(', ')}]`);
    }
    state.set(logicalId, 'open');
    for (const needed of needs.get(logicalId) ?? []) visit(needed, [...path, logicalId]);
    state.set(logicalId, 'done');
    ordered.push([logicalId, byId.get(logicalId)!]);
  };
  for (const [logicalId] of active) visit(logicalId, []);
  return ordered;
}
