"""pyiceberg's side of the lake's parity: reads tables of the local Glue catalog and writes one of its own.

Input: one JSON object on stdin, `{"endpoint", "read": ["database.table"], "write"?: {"table", "location"}}`.
Output: one JSON object on stdout, table to its fingerprint: `{"rows", "columns": {name: [count, greatest, sum]}}`, all
text; a sum only where the column has one.
"""

import datetime
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.expressions import GreaterThanOrEqual, LessThan
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import DecimalType, LongType, NestedField, StringType, TimestampType


def text(value) -> str | None:
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return None if value is None else str(value)


def column_fingerprint(column: pa.ChunkedArray) -> list:
    if pa.types.is_boolean(column.type):
        return [str(pc.count(column).as_py()), None, text(pc.sum(column, min_count=0).as_py())]
    numeric = pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or pa.types.is_floating(column.type)
    total = text(pc.sum(column).as_py()) if numeric else None
    return [str(pc.count(column).as_py()), text(pc.max(column).as_py()), total]


def fingerprint(catalog: GlueCatalog, name: str) -> dict:
    rows = catalog.load_table(name).scan().to_arrow()
    columns = {field: column_fingerprint(rows[field]) for field in rows.column_names}
    return {"rows": str(rows.num_rows), "columns": columns}


SCHEMA = Schema(
    NestedField(1, "id", LongType(), required=False),
    NestedField(2, "happened_at", TimestampType(), required=False),
    NestedField(3, "price", DecimalType(18, 2), required=False),
    NestedField(4, "name", StringType(), required=False),
)


def rows(first: int, last: int) -> pa.Table:
    start = datetime.datetime(2024, 1, 1)
    return pa.table(
        {
            "id": pa.array(range(first, last), pa.int64()),
            "happened_at": pa.array([start + datetime.timedelta(hours=7 * n) for n in range(first, last)], pa.timestamp("us")),
            "price": pc.cast(pa.array([f"{n}.{n % 100:02}" for n in range(first, last)]), pa.decimal128(18, 2)),
            "name": pa.array([None if n % 7 == 0 else f"näme {n}" for n in range(first, last)], pa.string()),
        }
    )


def write_table(catalog: GlueCatalog, name: str, location: str) -> None:
    partitions = PartitionSpec(PartitionField(2, 1000, MonthTransform(), "happened_month"))
    table = catalog.create_table(name, SCHEMA, location=location, partition_spec=partitions)
    table.append(rows(0, 1000))
    table.delete(LessThan("id", 100))
    table.append(rows(1000, 1200))
    table.overwrite(rows(1100, 1150), GreaterThanOrEqual("id", 1100))


def main() -> None:
    request = json.load(sys.stdin)
    secrets = {"access-key-id": "test", "secret-access-key": "test", "region": "us-east-1"}
    catalog = GlueCatalog(
        "lake",
        **{f"glue.{key}": value for key, value in secrets.items()},
        **{f"s3.{key}": value for key, value in secrets.items()},
        **{"glue.endpoint": request["endpoint"], "s3.endpoint": request["endpoint"]},
    )
    if "write" in request:
        write_table(catalog, request["write"]["table"], request["write"]["location"])
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda name: fingerprint(catalog, name), request["read"])
        json.dump(dict(zip(request["read"], found)), sys.stdout)


main()
