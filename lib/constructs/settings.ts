/** What the whole app is made from: names, profile, studies and whether data may go with its stack. */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Study } from '../model/study.ts';
import type { Names } from './names.ts';
import type { Profile } from './profile.ts';

export interface Settings {
  readonly names: Names;
  readonly profile: Profile;
  readonly studies: readonly Study[];
  /** The context flag `deleteData=yes`: the second of the two yeses. */
  readonly deleteData: boolean;
  /** Whether the schedules are on; the context flag `schedules` overrides the profile. */
  readonly schedules: boolean;
}

/** Data outlives its stack unless the profile and the context flag both say otherwise. */
export const removalOfData = ({ profile, deleteData }: Settings) =>
  profile.dataMayBeDeleted && deleteData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
