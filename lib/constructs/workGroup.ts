/** A workgroup of Athena: its settings override a client's, and its results are in a prefix of their own. */
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

export interface WorkGroupProps {
  readonly settings: Settings;
  readonly key: IKey;
  readonly name: string;
  readonly description: string;
  /** Prefix of its results in the bucket of Athena, with a slash at its end. */
  readonly resultsPrefix: string;
  /** A query that scans more is cancelled. @default - the profile's */
  readonly scanLimitBytes?: number;
}

export function workGroup(scope: Construct, id: string, props: WorkGroupProps): CfnWorkGroup {
  const { names, profile } = props.settings;
  return new CfnWorkGroup(scope, id, {
    name: props.name,
    description: props.description,
    // What it holds is a history of queries, which would keep the stack from being deleted.
    recursiveDeleteOption: true,
    workGroupConfiguration: {
      enforceWorkGroupConfiguration: true,
      publishCloudWatchMetricsEnabled: true,
      bytesScannedCutoffPerQuery: props.scanLimitBytes ?? profile.scanLimitBytes,
      engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
      resultConfiguration: {
        outputLocation: `s3://${names.bucket('athena')}/${props.resultsPrefix}`,
        encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: props.key.keyArn },
      },
    },
  });
}
