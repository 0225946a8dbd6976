/** What following a record shows. */
import type { Followed } from '../../../lake/follow.ts';
import type { CellOrigin } from '../../../lake/provenance.ts';

export type { Fact, JourneyHop, Reference, Said } from '../../../lake/journey.ts';
export type { CellOrigin };

/** The way of a record; the layers themselves stay with the lake. */
export type FollowedRecord = Omit<Followed, 'layers'>;

/** A cell of a table by its column and its row's key. */
export interface Cell {
  readonly zone: string;
  readonly table: string;
  readonly column: string;
  readonly key: Readonly<Record<string, string>>;
}

export interface CellAnswer extends CellOrigin {
  readonly cell: Cell;
}

/** Records to choose from. */
export interface Recent {
  /** The event's id, or the record's place where its id says nothing about this record. */
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly way: 'stream' | 'change' | 'file';
  readonly verdict: 'valid' | 'refused' | 'duplicate';
  readonly arrivedAt: string;
}
