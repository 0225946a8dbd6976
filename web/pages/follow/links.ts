/** Where a hop's texts lead to in the playground. */
import { hrefOf } from '../../app/location.ts';
import type { Reference } from './contract.ts';

export function hrefOfReference(to: Reference): string {
  switch (to.kind) {
    case 'record': {
      const from = to.after === undefined ? { at: to.arrivedAt } : { after: to.after };
      return hrefOf({ page: 'stream', query: { shard: to.shard, ...from, record: to.sequenceNumber } });
    }
    case 'object':
      return hrefOf({
        page: 'objects',
        ...(to.bucket === 'landing' && { rest: ['landing'] }),
        query: { key: to.key, line: to.line },
      });
    case 'table':
      return hrefOf({ page: 'tables', rest: [to.zone, to.table], query: { view: to.view } });
    case 'run':
      return hrefOf({ page: 'runs', rest: [to.id], query: { model: to.model } });
    case 'event':
      return hrefOf({ page: 'follow', query: { id: to.id } });
    case 'quarantine':
      return hrefOf({ page: 'quarantine', query: { id: to.id } });
    case 'live':
      return hrefOf({ page: 'live' });
    case 'dynamodb':
      return hrefOf({ page: 'dynamodb' });
  }
}
