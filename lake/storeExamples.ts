/** Parameters with which each access pattern reads something that the store holds, so that nobody has to know a key. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { exampleOf } from '../lib/model/study/oltp/example.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';

/** Items that are looked at: one page, so that it costs the same in a store of any size. */
const LOOKED_AT = 500;

export type StoreExamples = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Access pattern → parameters; without those that find none of the items looked at. */
export async function storeExamples(
  { target: { clients, names } }: LakeContext,
  { name, oltp }: Study,
): Promise<StoreExamples> {
  if (!oltp) return {};
  const { Items = [] } = await clients.dynamodb.send(
    new ScanCommand({ TableName: names.storeTable(name), Limit: LOOKED_AT }),
  );
  return Object.fromEntries(
    Object.entries(oltp.access).flatMap(([pattern, access]) => {
      const example = exampleOf(access, Items);
      return example ? [[pattern, example]] : [];
    }),
  );
}
