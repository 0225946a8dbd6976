/** Reads a request about a stack: its template, parameters and settings. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { TemplateError } from './intrinsics.ts';
import type { StackRecord, StackSettings, StackStore } from './store.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export interface StackRequest {
  readonly StackName: string;
  readonly TemplateBody?: string;
  readonly TemplateURL?: string;
  readonly UsePreviousTemplate?: boolean;
  readonly Parameters?: readonly {
    readonly ParameterKey: string;
    readonly ParameterValue?: string;
    readonly UsePreviousValue?: boolean;
  }[];
  readonly Capabilities?: readonly string[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly RoleARN?: string;
  readonly DisableRollback?: boolean;
  /** Its mode makes no difference here: a resource that is deployed is ready. */
  readonly DeploymentConfig?: { readonly Mode?: 'STANDARD' | 'EXPRESS'; readonly DisableRollback?: boolean };
  readonly OnFailure?: string;
  readonly OnStackFailure?: string;
  readonly EnableTerminationProtection?: boolean;
  readonly ImportExistingResources?: boolean;
  readonly ClientRequestToken?: string;
}

export const invalid = (message: string) => new AwsError('ValidationError', message);

export function requireStack(store: StackStore, nameOrId: string): StackRecord {
  const stack = store.stack(nameOrId);
  if (!stack) throw invalid(`Stack with id ${nameOrId} does not exist`);
  return stack;
}

export async function templateText(
  context: CloudContext,
  store: StackStore,
  request: StackRequest,
): Promise<string> {
  if (request.TemplateBody !== undefined) return request.TemplateBody;
  if (request.UsePreviousTemplate) return requireStack(store, request.StackName).template;
  if (request.TemplateURL === undefined) {
    throw invalid('Either Template URL or Template Body must be specified.');
  }
  const { Bucket, Key } = objectOf(request.TemplateURL);
  const { Body } = await context.call('s3', 'GetObject', { Bucket, Key });
  return Buffer.from(Body).toString('utf8');
}

/** Bucket and key of a template's URL: path-style, virtual-host or `s3://`. */
function objectOf(templateUrl: string): { Bucket: string; Key: string } {
  const url = new URL(templateUrl);
  const path = decodeURIComponent(url.pathname.slice(1));
  if (url.protocol === 's3:') return { Bucket: url.host, Key: path };
  const virtualHost = /^(.+)\.s3[.-]/.exec(url.hostname);
  if (virtualHost) return { Bucket: virtualHost[1] as string, Key: path };
  const slash = path.indexOf('/');
  return { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) };
}

/** The parameters' values as given; `UsePreviousValue` takes the stack's. */
export function givenParameters(store: StackStore, request: StackRequest): Record<string, string> {
  const previous = store.stack(request.StackName)?.parameters ?? {};
  return Object.fromEntries(
    (request.Parameters ?? []).map(({ ParameterKey, ParameterValue, UsePreviousValue }) => {
      if (!UsePreviousValue) return [ParameterKey, ParameterValue ?? ''];
      const value = previous[ParameterKey];
      if (value === undefined)
        throw new TemplateError(
          `Invalid input for parameter key ${ParameterKey}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        );
      return [ParameterKey, value];
    }),
  );
}

/** A stack's settings after a request; what it leaves out stays as it was. */
export function settingsAfter(request: StackRequest, before?: StackSettings): StackSettings {
  const onFailure = request.OnFailure ?? request.OnStackFailure;
  return {
    tags: request.Tags ?? before?.tags ?? [],
    capabilities: request.Capabilities ?? before?.capabilities ?? [],
    roleArn: request.RoleARN ?? before?.roleArn,
    terminationProtection: request.EnableTerminationProtection ?? before?.terminationProtection ?? false,
    disableRollback:
      request.DisableRollback ?? request.DeploymentConfig?.DisableRollback ?? onFailure === 'DO_NOTHING',
    importExisting: request.ImportExistingResources ?? false,
    token: request.ClientRequestToken,
  };
}
