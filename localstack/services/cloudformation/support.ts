/** Decides before anything is created what the local cloud honours of a template, by type and property name. */
import { NotEmulatedError } from '../../core/errors.ts';
import type { ResourceProvider, Service } from '../../core/service.ts';
import type { Template } from './template.ts';

/** Something that a deploy accepted though it has no effect here. */
export interface NotEmulated {
  readonly type: string;
  /** A property name, or a sentence for what a whole type leaves out. */
  readonly property: string;
}

/** A provider may say in words what its type leaves out as a whole, such as the enforcement of a policy. */
export type Provider = ResourceProvider & { readonly limits?: readonly string[] };

/** CDK's usage record; it is not a resource on AWS either. */
const metadataProvider: Provider = {
  properties: ['Analytics'],
  deploy: async ({ logicalId }) => ({ physicalId: logicalId, attributes: {} }),
};

/** The resource providers of all services, by CloudFormation type. */
export function providersOf(services: readonly Service[]): Map<string, Provider> {
  const providers = new Map<string, Provider>([['AWS::CDK::Metadata', metadataProvider]]);
  for (const service of services) {
    for (const [type, provider] of Object.entries(service.resources ?? {})) providers.set(type, provider);
  }
  return providers;
}

/**
 * Checks every resource of the templates. Returns what is accepted without effect, each (type, property) once;
 * throws `NotEmulatedError` naming every type and property that is not known, with the resource that uses it.
 */
export function checkSupport(
  templates: Readonly<Record<string, Template>>,
  providers: ReadonlyMap<string, Provider>,
): NotEmulated[] {
  const accepted = new Map<string, NotEmulated>();
  const accept = (type: string, property: string) => accepted.set(`${type} ${property}`, { type, property });
  const refused: string[] = [];
  for (const [stackName, template] of Object.entries(templates)) {
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      const { Type: type } = resource;
      const provider = providers.get(type);
      if (!provider) {
        refused.push(`${type} (${stackName}/${logicalId})`);
        continue;
      }
      for (const limit of provider.limits ?? []) accept(type, limit);
      for (const property of Object.keys(resource.Properties ?? {})) {
        if (provider.properties.includes(property)) continue;
        if (property === 'Tags' || provider.notEmulated?.includes(property)) accept(type, property);
        else refused.push(`${type}.${property} (${stackName}/${logicalId})`);
      }
    }
  }
  if (refused.length > 0) throw new NotEmulatedError('CloudFormation', refused.join(', '));
  return [...accepted.values()].sort((a, b) =>
    `${a.type} ${a.property}` < `${b.type} ${b.property}` ? -1 : 1,
  );
}
