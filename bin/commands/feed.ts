/** `headwaters feed`: a study's data in, up to bronze; the next run takes it on. */
import { counted } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import { type FeedInputOptions, feedable, feedInput, showPublished, withPreset } from '../feedInput.ts';
import { showRefusedFiles } from '../summary.ts';

export interface FeedOptions extends LakeOptions, FeedInputOptions {
  readonly json: boolean;
}

export async function feed(study: string, options: FeedOptions): Promise<void> {
  const { json } = options;
  await withLake({ ...options, check: feedable(study, options), quiet: json }, async (lake, terminal) => {
    await lake.makeReady(study, terminal);
    const { onProgress } = terminal;
    const chosen = withPreset(lake.studies.find(study), options);
    const { rate } = chosen;
    if (!json) showPublished(terminal, lake.studies.find(study), options);
    const { feed, isNew } = await lake.feed(study, feedInput(chosen), { ...(rate && { rate }), onProgress });
    if (json) return terminal.line(JSON.stringify({ feed, isNew }, undefined, 2));
    terminal.line(
      isNew
        ? `${feed.title}: ${counted(feed.files, 'file')} and ${counted(feed.records, 'record')} are in bronze.`
        : `${feed.title}: sent before, nothing sent now.`,
    );
    showRefusedFiles(terminal, feed);
  });
}
