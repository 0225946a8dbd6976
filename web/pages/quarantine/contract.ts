/** What the quarantine page shows. */
import type { Quarantined, QuarantineGroup } from '../../../lake/quarantine.ts';

export type { Quarantined, QuarantineGroup };
