/** Tags, kept by the ARN of what carries them. */
import type { Action } from '../../../core/service.ts';
import type { CatalogStore } from '../store.ts';

type Tags = Readonly<Record<string, string>>;

const kind = 'Tags';

/** Replaces the tags of a resource; none are forgotten. */
export function putTags(store: CatalogStore, arn: string, tags: Tags): void {
  store.deleteDefinition(kind, arn);
  if (Object.keys(tags).length > 0) store.putDefinition(kind, arn, tags);
}

export const tagActions = (store: CatalogStore): Record<string, Action> => ({
  GetTags: ({ ResourceArn }: { ResourceArn: string }) => ({
    Tags: store.definition(kind, ResourceArn) ?? {},
  }),
});
