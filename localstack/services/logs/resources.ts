/** AWS::Logs::LogGroup. */
import type { ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import { groupArn, type Logs } from './state.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
export const logGroupResource = (logs: Logs): ResourceProvider => ({
  properties: ['LogGroupName', 'RetentionInDays'],
  notEmulated: ['DataProtectionPolicy', 'DeletionProtectionEnabled', 'KmsKeyId', 'LogGroupClass'],
  nameProperty: 'LogGroupName',
  replacedBy: ['LogGroupName'],
  async deploy(request) {
    const { properties, physicalId } = request;
    const call = (action: string, input: object) => logs.context.call('logs', action, input);
    const logGroupName: string = properties.LogGroupName ?? physicalId ?? physicalName(request, 512);
    if (!logs.store.group(logGroupName)) await call('CreateLogGroup', { logGroupName });
    const days = properties.RetentionInDays;
    if (days === undefined) await call('DeleteRetentionPolicy', { logGroupName });
    else await call('PutRetentionPolicy', { logGroupName, retentionInDays: Number(days) });
    return { physicalId: logGroupName, attributes: { Arn: `${groupArn(logs, logGroupName)}:*` } };
  },
  async remove(name) {
    logs.store.dropGroup(name);
  },
});
