/** What a million records like this one cost, hop by hop. */
import { Bar } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import type { FollowedRecord } from './contract.ts';
import { price } from './words.ts';

export function Price({ hops, region }: FollowedRecord['price']) {
  const total = hops.reduce((sum, { dollarsAMillion }) => sum + dollarsAMillion, 0);
  return (
    <section aria-labelledby="price">
      <Bar id="price" title="Price of a million like it">
        List prices, {region}
      </Bar>
      <Table
        caption="Price of a million such records by hop"
        flat
        rows={hops}
        keyOf={({ hop }) => hop}
        total={{ hop: 'Together', unit: '', dollarsAMillion: total }}
        columns={[
          { id: 'hop', title: 'Hop', heads: true, cell: ({ hop }) => hop },
          { id: 'unit', title: 'Unit', cell: ({ unit }) => unit },
          { id: 'usd', title: 'USD', right: true, cell: ({ dollarsAMillion }) => price(dollarsAMillion) },
        ]}
      />
      <p class="small muted">
        Its share of what its batch and its run did. Shards, storage and the seconds of functions are left
        out.
      </p>
    </section>
  );
}
