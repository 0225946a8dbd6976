/** `headwaters plan`: what the next run would rebuild because a model changed, with rows, bytes and dollars. */
import { type RebuildPreview, rebuildRequest } from '../../lake/rebuild.ts';
import type { Studies } from '../../lake/studies.ts';
import { bytes, count, counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import { choiceOf, type RebuildOptions } from '../rebuildOptions.ts';
import { because, showPostponed } from '../rebuiltText.ts';
import type { Terminal } from '../terminal.ts';

export interface PlanOptions extends LakeOptions, RebuildOptions {
  readonly json: boolean;
}

export async function plan(study: string, options: PlanOptions): Promise<void> {
  const choice = choiceOf(options);
  const check = (studies: Studies) => void rebuildRequest(studies.find(study), choice);
  await withLake({ ...options, check, port: 0, quiet: options.json }, async (lake, terminal) => {
    const preview = await lake.plan(study, choice);
    if (options.json) terminal.line(JSON.stringify(preview, undefined, 2));
    else show(terminal, preview);
  });
}

function show(terminal: Terminal, preview: RebuildPreview): void {
  const { study, landed, models, postponed, readsBronze } = preview;
  terminal.line(
    `${counted(landed.records, 'record')} in ${counted(landed.objects, 'object')} ${landed.records === 1 ? 'waits' : 'wait'} for a run of ${study}.`,
  );
  if (models.length === 0)
    terminal.line('Nothing has to be rebuilt: every table was built by its model as it is now.');
  else {
    terminal.line(`\n${terminal.style('bold', 'Rebuilt by the next run')}`);
    terminal.line(
      table(
        ['model', 'layer', 'why', 'rows', 'scans at most', 'US dollars'],
        models.map((model) => [
          model.model,
          model.layer,
          model.reason === undefined && readsBronze ? 'bronze is read again' : because(model),
          count(model.rows),
          bytes(model.bytes),
          model.dollars.toFixed(4),
        ]),
      ),
    );
    terminal.line(
      `In all ${counted(preview.rows, 'row')}, at most ${bytes(preview.bytes)} and ${preview.dollars.toFixed(4)} US dollars on AWS (Athena's list price in us-east-1, at least 10 MB a statement).`,
    );
  }
  showPostponed(terminal, postponed);
}
