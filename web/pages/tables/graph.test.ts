/** A table on a path is after all that it reads; edges go from left to right between boxes that do not overlap. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { studiesOf } from '../../../lake/studies.ts';
import { studyLineage } from '../../../lib/model/study/lineage.ts';
import { pathOf } from './backend.ts';
import { layOutPath, levelsOf } from './graph.ts';

const studies = studiesOf();

describe.each(studies.names)('the paths of %s', (name) => {
  const study = studies.find(name);
  const gold = [...studyLineage(study).values()].filter(({ layer }) => layer === 'gold');

  test('have each table after those that it reads', () => {
    for (const { id } of gold) {
      const { columns } = pathOf(study, id);
      const levels = levelsOf(columns);
      const levelOf = (one: string) =>
        levels.findIndex((tables) => tables.some((table) => one.startsWith(`${table}.`)));
      for (const column of columns)
        for (const from of column.from)
          if (columns.some((one) => one.id === from))
            assert.ok(levelOf(from) < levelOf(column.id), `${from} → ${column.id}`);
    }
  });

  test('are drawn without overlaps', () => {
    for (const { id } of gold) {
      const { boxes, boxWidth } = layOutPath(pathOf(study, id).columns, 900);
      for (const [at, one] of boxes.entries())
        for (const other of boxes.slice(at + 1))
          assert.ok(
            one.x + boxWidth <= other.x ||
              other.x + boxWidth <= one.x ||
              one.y + one.height <= other.y ||
              other.y + other.height <= one.y,
            `${one.id} and ${other.id}`,
          );
    }
  });
});
