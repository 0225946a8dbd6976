/** What following a record shows. */
import type { PreviewLine } from '../../../lake/objects.ts';
import type { Layer } from '../../../lake/trace.ts';

/** One layer that holds the event, and for bronze where in each object it is. */
export interface Hop extends Layer {
  readonly places?: readonly (PreviewLine & { readonly object: string })[];
}

export interface Followed {
  readonly id: string;
  readonly hops: readonly Hop[];
}

/** Records to choose from. */
export interface Recent {
  readonly eventId: string;
  readonly source: string;
  readonly verdict: string;
  readonly arrivedAt: string;
}
