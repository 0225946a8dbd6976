/** AWS::KMS::Key and AWS::KMS::Alias as CloudFormation deploys them. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { ResourceProvider } from '../../core/service.ts';
import type { Store } from './store.ts';

const keyResource = (store: Store): ResourceProvider => ({
  properties: ['Description'],
  notEmulated: [
    'BypassPolicyLockoutSafetyCheck',
    'EnableKeyRotation',
    'Enabled',
    'KeyPolicy',
    'KeySpec',
    'KeyUsage',
    'MultiRegion',
    'Origin',
    'PendingWindowInDays',
    'RotationPeriodInDays',
    'Tags',
  ],
  async deploy({ properties, physicalId }) {
    const id = physicalId ?? randomUUID();
    store.putKey(id, properties.Description ?? '');
    return { physicalId: id, attributes: { Arn: store.keyArn(id), KeyId: id } };
  },
  async remove(physicalId) {
    store.dropKey(physicalId);
  },
});

const aliasResource = (store: Store): ResourceProvider => ({
  properties: ['AliasName', 'TargetKeyId'],
  nameProperty: 'AliasName',
  replacedBy: ['AliasName'],
  async deploy({ properties, physicalId }) {
    const name: string = properties.AliasName;
    if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name) || name.startsWith('alias/aws/'))
      throw new AwsError(
        'InvalidAliasNameException',
        `AliasName is ${name}; it must be alias/ and letters, digits, /, _ or -, and not begin with alias/aws/.`,
      );
    const target = store.key(properties.TargetKeyId);
    if (physicalId && physicalId !== name) store.dropAlias(physicalId);
    store.putAlias(name, target.id);
    return { physicalId: name, attributes: {} };
  },
  async remove(physicalId) {
    store.dropAlias(physicalId);
  },
});

export const kmsResources = (store: Store): Record<string, ResourceProvider> => ({
  'AWS::KMS::Key': keyResource(store),
  'AWS::KMS::Alias': aliasResource(store),
});
