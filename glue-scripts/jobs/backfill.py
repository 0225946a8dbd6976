"""Glue job `backfill`: bronze to silver for any number of days, or what a run staged, without Athena's limit of partitions.

A silver table only takes rows of events that it does not have, a group of days in one commit, so that the job may be
killed at any point and started again: it ends in the same table.

--lake BUCKET --run_id ID             always
--from DAY --to DAY                   bronze that arrived in these days
    --sources A,B                     (default: all that Spark can fill)
    --days_a_commit N                 (default: 31)
--stages JSON                         instead of days: [{"model": ..., "stage": "database.table", "source": ... or null}]
"""

from __future__ import annotations

import json
import sys
from typing import Any

from headwaters_spark import contracts, silver
from headwaters_spark.arguments import ArgumentError, day, day_groups, job_arguments
from headwaters_spark.session import folders, in_catalog, open_session, write_text


def insert(spark: Any, target: str, select: str) -> int:
    """Appends the rows in one commit; no commit where there are none. Gives their number."""
    from pyspark import StorageLevel

    rows = spark.sql(select).persist(StorageLevel.DISK_ONLY)
    try:
        found = rows.count()
        if found:
            # One open file a task: rows are sorted by partition, however many there are.
            rows.writeTo(target).option("distribution-mode", "hash").option("fanout-enabled", "false").append()
        return found
    finally:
        rows.unpersist()


def read_bronze(spark: Any, lake: str, study: str, first: str, last: str) -> bool:
    """Makes the view `lines` of the records that arrived in these days; false where none did."""
    base = f"s3://{lake}/bronze/study={study}/"
    days = [path for path in folders(spark, f"{base}stream=*/dt=*") if first <= path.rsplit("dt=", 1)[1] <= last]
    if not days:
        return False
    schema = ", ".join(f"{silver.quote(name)} string" for name in [*silver.BRONZE_COLUMNS, "stream", "dt", "hour"])
    spark.read.schema(schema).option("basePath", base).json(days).createOrReplaceTempView("lines")
    return True


def from_bronze(spark: Any, document: dict[str, Any], options: dict[str, str]) -> dict[str, int]:
    """Fills the silver tables from bronze, the oldest days first. Gives table -> rows added."""
    tables = contracts.tables_of(document, options["sources"])
    groups = day_groups(day("from", options["from"]), day("to", options["to"]), int(options["days_a_commit"]))
    added = {f"{table['database']}.{table['table']}": 0 for table in tables}
    for table in tables:
        spark.sql(silver.create_table(table, in_catalog(table["database"], table["table"]), options["lake"]))
    for first, last in groups:
        if not read_bronze(spark, options["lake"], document["study"], str(first), str(last)):
            continue
        for table in tables:
            target = in_catalog(table["database"], table["table"])
            rows = insert(spark, target, silver.new_rows(table, options["run_id"], "lines", target))
            added[f"{table['database']}.{table['table']}"] += rows
            print(json.dumps({"table": target, "from": str(first), "to": str(last), "added": rows}), flush=True)
    return added


def from_stages(spark: Any, document: dict[str, Any], options: dict[str, str]) -> dict[str, int]:
    """Publishes what a run staged. Gives table -> rows added."""
    by_model = {table["model"]: table for table in document["tables"]}
    added = {}
    for staged in json.loads(options["stages"]):
        table = by_model[staged["model"]]
        target = in_catalog(table["database"], table["table"])
        stage = in_catalog(*staged["stage"].split("."))
        rows = insert(
            spark, target, silver.staged_rows(table, stage, staged.get("source"), options["run_id"], target)
        )
        added[f"{table['database']}.{table['table']}"] = rows
        print(json.dumps({"table": target, "stage": staged["stage"], "added": rows}), flush=True)
    return added


def main(argv: list[str]) -> None:
    """Runs the job."""
    options = job_arguments(
        argv,
        ["lake", "run_id"],
        {"from": "", "to": "", "sources": "", "days_a_commit": "31", "stages": ""},
    )
    if bool(options["stages"]) == bool(options["from"] and options["to"]):
        raise ArgumentError("Give either --from and --to, or --stages.")
    document = contracts.load()
    spark = open_session("backfill", options["lake"])
    fill = from_stages if options["stages"] else from_bronze
    added = fill(spark, document, options)
    report = f"s3://{options['lake']}/runs/study={document['study']}/run={options['run_id']}/spark/backfill.json"
    write_text(spark, report, json.dumps({"added": added}))
    print(json.dumps({"added": added}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
