/** ProjectionExpression: which parts of an item a read returns. */
import { validationError } from '../values.ts';
import { type Binding, parsePath } from './binding.ts';
import { type Path, pathText, relation } from './paths.ts';
import { cursorOf } from './tokenizer.ts';

/** Throws `ValidationException` when two of the paths overlap or conflict. */
export function assertApart(paths: readonly Path[], label: string): void {
  paths.forEach((path, at) => {
    for (const earlier of paths.slice(0, at)) {
      const clash = relation(earlier, path);
      if (!clash) continue;
      const verb = clash === 'overlap' ? 'overlap' : 'conflict';
      throw validationError(
        `Invalid ${label}: Two document paths ${verb} with each other; must remove or rewrite one of these paths; ` +
          `path one: ${pathText(earlier)}, path two: ${pathText(path)}`,
      );
    }
  });
}

/** The paths of a comma-separated list. */
export function parseProjection(text: string, binding: Binding): readonly Path[] {
  const label = 'ProjectionExpression';
  const cursor = cursorOf(text, label);
  const paths: Path[] = [];
  do paths.push(parsePath(cursor, binding));
  while (cursor.take(','));
  if (cursor.peek().kind !== 'end') throw cursor.syntaxError();
  assertApart(paths, label);
  return paths;
}
