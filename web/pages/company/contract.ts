/** What the company page shows. */
import type { StudyAbout } from '../../../lib/model/study/about/design.ts';

export interface Company {
  readonly title: string;
  readonly description: string;
  readonly about?: StudyAbout;
  /** The study's folder, from the project's. */
  readonly folder: string;
  readonly hasSimulation: boolean;
}
