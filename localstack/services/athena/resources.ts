/** How CloudFormation makes workgroups and named queries. */
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import { workGroupDefaults } from './actions/workGroups.ts';
import type { AthenaStore } from './store.ts';

export function athenaResources(context: CloudContext, store: AthenaStore): Record<string, ResourceProvider> {
  const athena = (action: string, input: unknown) => context.call('athena', action, input);
  return {
    'AWS::Athena::WorkGroup': {
      properties: ['Name', 'Description', 'State', 'WorkGroupConfiguration', 'RecursiveDeleteOption'],
      notEmulated: ['Tags'],
      nameProperty: 'Name',
      replacedBy: ['Name'],
      async deploy({ properties, logicalId, physicalId }) {
        const name = String(properties.Name ?? physicalId ?? logicalId);
        const configuration = numeric(properties.WorkGroupConfiguration ?? {});
        if (store.workGroup(name)) {
          await athena('UpdateWorkGroup', {
            WorkGroup: name,
            Description: properties.Description ?? '',
            State: properties.State ?? 'ENABLED',
            ConfigurationUpdates: updatesTo(configuration),
          });
        } else {
          await athena('CreateWorkGroup', {
            Name: name,
            Description: properties.Description,
            Configuration: configuration,
          });
        }
        if (properties.State) await athena('UpdateWorkGroup', { WorkGroup: name, State: properties.State });
        const created = store.workGroup(name)!;
        return {
          physicalId: name,
          attributes: {
            CreationTime: String(created.CreationTime),
            'WorkGroupConfiguration.EngineVersion.EffectiveEngineVersion':
              created.Configuration.EngineVersion?.EffectiveEngineVersion ?? '',
          },
        };
      },
      async remove(physicalId, properties) {
        if (store.workGroup(physicalId))
          await athena('DeleteWorkGroup', {
            WorkGroup: physicalId,
            RecursiveDeleteOption: properties.RecursiveDeleteOption,
          });
      },
    },
    'AWS::Athena::NamedQuery': {
      properties: ['Name', 'Database', 'Description', 'QueryString', 'WorkGroup'],
      replacedBy: ['Name', 'Database', 'Description', 'QueryString', 'WorkGroup'],
      async deploy({ properties, logicalId, physicalId }) {
        if (physicalId && store.namedQuery(physicalId)) store.deleteNamedQuery(physicalId);
        const { NamedQueryId } = await athena('CreateNamedQuery', {
          ...properties,
          Name: properties.Name ?? logicalId,
        });
        return { physicalId: NamedQueryId, attributes: { NamedQueryId } };
      },
      async remove(physicalId) {
        store.deleteNamedQuery(physicalId);
      },
    },
  };
}

/** UpdateWorkGroup's form of a whole configuration: what a template no longer says is removed, or AWS's default again. */
function updatesTo({ ResultConfiguration, ...configuration }: Record<string, unknown>) {
  const { ResultConfiguration: _result, ...defaults } = workGroupDefaults;
  const result = (ResultConfiguration ?? {}) as Record<string, unknown>;
  const gone = [
    'OutputLocation',
    'EncryptionConfiguration',
    'ExpectedBucketOwner',
    'AclConfiguration',
  ].filter((member) => result[member] === undefined);
  return {
    ...defaults,
    ...configuration,
    RemoveBytesScannedCutoffPerQuery: configuration.BytesScannedCutoffPerQuery === undefined,
    ResultConfigurationUpdates: {
      ...result,
      ...Object.fromEntries(gone.map((member) => [`Remove${member}`, true])),
    },
  };
}

/** A template may write numbers and booleans as text. */
function numeric(configuration: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => {
      if (value === 'true' || value === 'false') return [key, value === 'true'];
      if (typeof value === 'string' && /^\d+$/.test(value)) return [key, Number(value)];
      return [key, value];
    }),
  );
}
