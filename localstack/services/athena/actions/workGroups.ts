/** Workgroups: where results go, how much a query may scan, and whether a caller may say otherwise. */
import { NotEmulatedError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { invalidRequest, page } from '../paging.ts';
import type { AthenaStore, WorkGroup, WorkGroupConfiguration } from '../store.ts';

export const primaryWorkGroup = 'primary';

const engineVersion = {
  SelectedEngineVersion: 'AUTO',
  EffectiveEngineVersion: 'Athena engine version 3',
};

/** @throws AwsError InvalidRequestException */
export function requireWorkGroup(store: AthenaStore, name: string): WorkGroup {
  const group = store.workGroup(name);
  if (!group) throw invalidRequest('WorkGroup is not found.');
  return group;
}

function checked(configuration: WorkGroupConfiguration): WorkGroupConfiguration {
  const { ResultConfiguration: result, EngineVersion: engine } = configuration;
  if (result?.OutputLocation !== undefined && !/^s3:\/\/[^/]+(\/|$)/.test(result.OutputLocation))
    throw invalidRequest('outputLocation is not a valid S3 path.');
  if (
    engine?.SelectedEngineVersion &&
    !['AUTO', 'Athena engine version 3'].includes(engine.SelectedEngineVersion)
  )
    throw new NotEmulatedError('Athena', `the engine '${engine.SelectedEngineVersion}'`);
  return {
    ...configuration,
    EngineVersion: {
      ...engineVersion,
      ...engine,
      EffectiveEngineVersion: engineVersion.EffectiveEngineVersion,
    },
  };
}

export const workGroupDefaults: WorkGroupConfiguration = {
  EnableMinimumEncryptionConfiguration: false,
  EnforceWorkGroupConfiguration: true,
  PublishCloudWatchMetricsEnabled: false,
  RequesterPaysEnabled: false,
  ResultConfiguration: {},
};

interface ConfigurationUpdates extends WorkGroupConfiguration {
  readonly RemoveBytesScannedCutoffPerQuery?: boolean;
  readonly ResultConfigurationUpdates?: Record<string, unknown>;
}

/** Applies UpdateWorkGroup's form of changes: members are replaced, `Remove…` flags take members away. */
function updated(current: WorkGroupConfiguration, updates: ConfigurationUpdates): WorkGroupConfiguration {
  const { RemoveBytesScannedCutoffPerQuery, ResultConfigurationUpdates, ...replaced } = updates;
  const result: Record<string, unknown> = { ...current.ResultConfiguration };
  for (const [member, value] of Object.entries(ResultConfigurationUpdates ?? {})) {
    if (!member.startsWith('Remove')) result[member] = value;
    else if (value) delete result[member.slice('Remove'.length)];
  }
  const merged: Record<string, unknown> = { ...current, ...replaced, ResultConfiguration: result };
  if (RemoveBytesScannedCutoffPerQuery) delete merged.BytesScannedCutoffPerQuery;
  return merged;
}

export function workGroupActions(context: CloudContext, store: AthenaStore): Record<string, Action> {
  const seconds = () => Math.floor(context.clock.now() / 1000);
  if (!store.workGroup(primaryWorkGroup))
    store.putWorkGroup({
      Name: primaryWorkGroup,
      State: 'ENABLED',
      Configuration: checked({ ...workGroupDefaults, EnforceWorkGroupConfiguration: false }),
      CreationTime: seconds(),
    });
  return {
    CreateWorkGroup(request: { Name: string; Description?: string; Configuration?: WorkGroupConfiguration }) {
      if (!/^[\w.-]{1,128}$/.test(request.Name))
        throw invalidRequest(
          `'${request.Name}' is not a name of 1 to 128 letters, digits, '.', '_' and '-'.`,
        );
      if (store.workGroup(request.Name)) throw invalidRequest('WorkGroup is already created');
      store.putWorkGroup({
        Name: request.Name,
        State: 'ENABLED',
        ...(request.Description !== undefined && { Description: request.Description }),
        Configuration: checked({ ...workGroupDefaults, ...request.Configuration }),
        CreationTime: seconds(),
      });
      return {};
    },
    GetWorkGroup: ({ WorkGroup: name }: { WorkGroup: string }) => ({
      WorkGroup: requireWorkGroup(store, name),
    }),
    ListWorkGroups(request: { MaxResults?: number; NextToken?: string }) {
      const { items, ...rest } = page(store.workGroups(), request);
      const WorkGroups = items.map(({ Configuration, ...shown }) => ({
        ...shown,
        // A listed workgroup always has one, be it empty.
        Description: shown.Description ?? '',
        EngineVersion: Configuration.EngineVersion,
      }));
      return { WorkGroups, ...rest };
    },
    UpdateWorkGroup(request: {
      WorkGroup: string;
      Description?: string;
      State?: 'ENABLED' | 'DISABLED';
      ConfigurationUpdates?: ConfigurationUpdates;
    }) {
      const current = requireWorkGroup(store, request.WorkGroup);
      store.putWorkGroup({
        ...current,
        ...(request.Description !== undefined && { Description: request.Description }),
        ...(request.State && { State: request.State }),
        Configuration: checked(updated(current.Configuration, request.ConfigurationUpdates ?? {})),
      });
      return {};
    },
    DeleteWorkGroup(request: { WorkGroup: string; RecursiveDeleteOption?: boolean }) {
      if (request.WorkGroup === primaryWorkGroup)
        throw invalidRequest('The primary workgroup cannot be deleted');
      requireWorkGroup(store, request.WorkGroup);
      const used =
        store.namedQueries(request.WorkGroup).length > 0 ||
        store.preparedStatements(request.WorkGroup).length > 0 ||
        store.executionIds(request.WorkGroup, 1, 0).length > 0;
      if (used && !request.RecursiveDeleteOption)
        throw invalidRequest(`WorkGroup ${request.WorkGroup} is not empty`);
      store.deleteWorkGroup(request.WorkGroup);
      return {};
    },
  };
}
