/** Starts the tests first that take longest: those in the browser and end to end. Begun last they would leave a core idle at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const SLOWEST = ['/test/web/', '/test/e2e/', '/test/targets/', '/test/chaos/', '/test/study/'];

/** Place of its folder among the slowest; after them for any other. */
function placeOf({ moduleId }: TestSpecification): number {
  const place = SLOWEST.findIndex((folder) => moduleId.includes(folder));
  return place < 0 ? SLOWEST.length : place;
}

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
