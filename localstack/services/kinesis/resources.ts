/** AWS::Kinesis::Stream as CloudFormation deploys it. */
import type { ResourceProvider } from '../../core/service.ts';
import { setShardCount } from './actions/reshard.ts';
import { createStream, modeOf, setRetention, updateMaxRecordSize } from './actions/streamLifecycle.ts';
import type { Kinesis } from './state.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html */
export const streamResource = (kinesis: Kinesis): ResourceProvider => ({
  properties: ['Name', 'ShardCount', 'StreamModeDetails', 'RetentionPeriodHours', 'MaxRecordSizeInKiB'],
  notEmulated: ['DesiredShardLevelMetrics', 'StreamEncryption', 'Tags'],
  nameProperty: 'Name',
  replacedBy: ['Name'],
  exists: ({ Name }) => Name !== undefined && kinesis.streams.find(String(Name)) !== undefined,
  async deploy({ stackName, logicalId, properties, physicalId }) {
    const { streams } = kinesis;
    const name: string = properties.Name ?? physicalId ?? `${stackName}-${logicalId}`;
    const mode = modeOf(properties.StreamModeDetails?.StreamMode ?? 'PROVISIONED');
    const shardCount = properties.ShardCount === undefined ? undefined : Number(properties.ShardCount);
    if (!streams.find(name))
      createStream(kinesis, {
        StreamName: name,
        ShardCount: shardCount,
        StreamModeDetails: { StreamMode: mode },
      });
    const stream = streams.require({ StreamName: name });
    if (mode === 'PROVISIONED') setShardCount(kinesis, stream, shardCount ?? 1);
    if (mode !== stream.record.mode) streams.update(stream, { mode });
    setRetention(kinesis, stream, Number(properties.RetentionPeriodHours ?? 24));
    updateMaxRecordSize(kinesis, {
      StreamName: name,
      MaxRecordSizeInKiB: Number(properties.MaxRecordSizeInKiB ?? 1024),
    });
    return {
      physicalId: name,
      attributes: { Arn: streams.arn(name) },
    };
  },
  async remove(physicalId) {
    const stream = kinesis.streams.find(physicalId);
    if (stream) kinesis.streams.remove(stream);
  },
});
