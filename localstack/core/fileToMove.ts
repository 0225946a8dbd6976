/** A local file as an action's body, given away by its owner. */

/**
 * Whoever takes it moves the file, so that it is gone from `path` afterwards. A class rather than a shape: a stream of
 * a file has a path too, and so may what a caller sends as JSON.
 */
export class FileToMove {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}
