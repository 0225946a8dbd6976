/** Where new tables go, and the rule that nothing may be there yet. */
import { QueryFailure } from '../failures.ts';
import { asFolder, type Session, s3Location } from '../session.ts';

/** A table made without a location is next to the query's results, as on AWS. */
export const defaultLocation = (session: Session) =>
  `${session.outputFolder}tables/${session.queryExecutionId}/`;

/** @throws QueryFailure HIVE_PATH_ALREADY_EXISTS when there is an object below the location */
export async function requireEmpty(session: Session, location: string, table: string): Promise<void> {
  const { bucket, key } = s3Location(asFolder(location));
  for await (const object of session.lake.store.list(bucket, key))
    if (object.size > 0)
      throw new QueryFailure(
        'HIVE_PATH_ALREADY_EXISTS',
        `Target directory for table '${table}' already exists: ${location}.`,
      );
}
