/** Limits that Athena sets to a statement. */

/** Partitions that one statement may write: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html */
export const mostPartitionsWritten = 100;
