"""Glue job `compact`: rewrites small data files and position deletes of the study's Iceberg tables.

Each group of files is a commit of its own, so the job may be killed at any point and started again.

--lake BUCKET
--tables database.table,...     (default: every table of the study that exists)
--target_mib N                  size of the files that it writes (default: 512, Iceberg's own)
"""

from __future__ import annotations

import json
import sys

from headwaters_spark import contracts, maintenance
from headwaters_spark.arguments import job_arguments
from headwaters_spark.session import in_catalog, open_session


def main(argv: list[str]) -> None:
    """Runs the job."""
    options = job_arguments(argv, ["lake"], {"tables": "", "target_mib": "512"})
    tables = maintenance.chosen_tables(contracts.load()["compacted"], options["tables"])
    spark = open_session("compact", options["lake"])
    for name in tables:
        if not spark.catalog.tableExists(in_catalog(*name.split("."))):
            print(json.dumps({"table": name, "exists": False}), flush=True)
            continue
        [done] = spark.sql(maintenance.rewrite(name, int(options["target_mib"]))).collect()
        print(
            json.dumps(
                {"table": name, "rewritten": done.rewritten_data_files_count, "added": done.added_data_files_count}
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
