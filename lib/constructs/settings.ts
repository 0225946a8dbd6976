/** Settings of the whole app: names, profile, studies and whether data may go with its stack. */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Names } from '../model/layout.ts';
import type { Study } from '../model/study/study.ts';
import type { Profile } from './profile.ts';

export interface Settings {
  readonly names: Names;
  readonly profile: Profile;
  readonly studies: readonly Study[];
  /** The context flag `deleteData=yes`: the second of the two yeses. */
  readonly deleteData: boolean;
  /** Whether the pipeline and its maintenance are started by the clock; otherwise somebody starts them. */
  readonly schedules: boolean;
  /** Whether Glue's table optimizers keep the Iceberg tables; otherwise the weekly maintenance does. */
  readonly tableOptimizers: boolean;
  /** Id of a key that a former deployment retained and that its data is encrypted with. @default a new key */
  readonly keyId?: string;
  /** Who gets alarms and the verdicts of runs by e-mail, once they confirm it. @default nobody */
  readonly alarmEmail?: string;
}

/**
 * Data outlives its stack unless the profile and the context flag both say otherwise. What a failed first deploy made holds
 * none, and goes, so that the next deploy finds its names free.
 */
export const removalOfData = ({ profile, deleteData }: Settings) =>
  profile.dataMayBeDeleted && deleteData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
