/** Starts the end-to-end tests first: they take longest, and begun last they would leave a core idle at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const isEndToEnd = ({ moduleId }: TestSpecification) => moduleId.includes('/test/e2e/');

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isEndToEnd), ...sorted.filter((file) => !isEndToEnd(file))];
  }
}
