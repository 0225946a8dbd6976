"""Iceberg's own maintenance as Spark SQL. https://iceberg.apache.org/docs/1.7.1/spark-procedures/"""

from __future__ import annotations

from headwaters_spark.arguments import ArgumentError
from headwaters_spark.silver import text

MIB = 2**20


def chosen_tables(all_tables: list[str], wanted: str) -> list[str]:
    """`database.table` of each table wanted, comma separated; all of them when the text is empty.

    :raises ArgumentError: for a table that the study does not have.
    """
    if not wanted:
        return all_tables
    names = [name.strip() for name in wanted.split(",")]
    for name in names:
        if name not in all_tables:
            raise ArgumentError(f"--tables names '{name}'; the study has: {', '.join(all_tables)}.")
    return names


def rewrite(table: str, target_mib: int) -> str:
    """Bin-packs the files that are too small or too large, and folds position deletes into what they belong to."""
    options = {
        "target-file-size-bytes": str(target_mib * MIB),
        # A group that is done stays done when the job is killed.
        "partial-progress.enabled": "true",
        "partial-progress.max-commits": "10",
        "delete-file-threshold": "1",
        "min-input-files": "2",
    }
    listed = ", ".join(f"{text(key)}, {text(value)}" for key, value in options.items())
    return f"call lake.system.rewrite_data_files(table => {text(table)}, strategy => 'binpack', options => map({listed}))"
