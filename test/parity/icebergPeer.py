"""pyiceberg's side of the Iceberg parity: reads the tables that it is shown and makes tables of its own.

Input: one JSON object on stdin, `{"root", "out", "read": [{"name", "metadata", "snapshot"?}], "deleted": ...}`.
Output: one JSON object on stdout, `{"read": {name: file or error}, "made": {name: {metadata, file}}}`; files are Parquet.
`s3://bucket/key` stands for `<root>/bucket/key`.
"""

import datetime
import decimal
import json
import os
import sys
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    YearTransform,
)
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

ROOT = os.environ["HEADWATERS_PARITY_ROOT"]


class LocalS3(PyArrowFileIO):
    """Buckets are folders."""

    def _file(self, location: str) -> PyArrowFile:
        path = os.path.join(ROOT, location.removeprefix("s3://"))
        return PyArrowFile(location=location, path=path, fs=LocalFileSystem())

    def new_input(self, location: str) -> PyArrowFile:
        return self._file(location)

    def new_output(self, location: str) -> PyArrowFile:
        file = self._file(location)
        os.makedirs(os.path.dirname(file._path), exist_ok=True)
        return file

    def delete(self, location: str) -> None:
        os.remove(self._file(location)._path)


PROPERTIES = {"py-io-impl": "icebergPeer.LocalS3"}


def write(out: str, name: str, table: pa.Table) -> str:
    path = os.path.join(out, f"{name}.parquet")
    pq.write_table(table, path)
    return path


def read(request: dict) -> dict:
    found = {}
    for wanted in request["read"]:
        try:
            table = StaticTable.from_metadata(wanted["metadata"], PROPERTIES)
            options = {}
            if "snapshot" in wanted:
                options["snapshot_id"] = int(wanted["snapshot"])
            if "filter" in wanted:
                options["row_filter"] = wanted["filter"]
            rows = table.scan(**options).to_arrow()
            found[wanted["name"]] = {"file": write(request["out"], wanted["name"], rows)}
        except Exception as error:  # reported as a difference, never passed over
            found[wanted["name"]] = {"error": f"{type(error).__name__}: {error}"}
    return found


def wide_schema() -> Schema:
    return Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "flag", BooleanType()),
        NestedField(3, "small", IntegerType()),
        NestedField(4, "real", FloatType()),
        NestedField(5, "double", DoubleType()),
        NestedField(6, "price", DecimalType(38, 4)),
        NestedField(7, "day", DateType()),
        NestedField(8, "clock", TimeType()),
        NestedField(9, "local", TimestampType()),
        NestedField(10, "instant", TimestamptzType()),
        NestedField(11, "name", StringType()),
        NestedField(12, "key", UUIDType()),
        NestedField(13, "raw", BinaryType()),
        NestedField(14, "tags", ListType(15, StringType(), element_required=False)),
        NestedField(16, "sizes", MapType(17, StringType(), 18, IntegerType(), value_required=False)),
        NestedField(
            19,
            "address",
            StructType(
                NestedField(20, "city", StringType()),
                NestedField(
                    21,
                    "lines",
                    ListType(22, StructType(NestedField(23, "text", StringType())), element_required=False),
                ),
            ),
        ),
    )


def wide_rows(schema: Schema) -> pa.Table:
    rows = [
        {
            "id": index,
            "flag": index % 2 == 0,
            "small": index * 7 - 50,
            "real": index / 4,
            "double": index * 1e10,
            "price": decimal.Decimal(index * 12345) / 10000,
            "day": datetime.date(2024, 1, 1) + datetime.timedelta(days=index * 20),
            "clock": datetime.time(index % 24, 30, 15, 250),
            "local": datetime.datetime(1969, 12, 25, 1, 2, 3, 4) + datetime.timedelta(days=index),
            "instant": datetime.datetime(2024, 3, 30, 22, tzinfo=datetime.timezone.utc)
            + datetime.timedelta(hours=index),
            "name": f"né {index % 3}" if index % 5 else None,
            "key": uuid.UUID(int=index).bytes,
            "raw": bytes([index, 255]),
            "tags": [f"t{index}", None] if index % 2 else [],
            "sizes": [("a", index)] if index % 3 else None,
            "address": {"city": f"c{index % 4}", "lines": [{"text": "x"}, None]} if index % 4 else None,
        }
        for index in range(20)
    ]
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    return pa.Table.from_pylist(rows, schema=schema_to_pyarrow(schema, include_field_ids=False))


def make(request: dict) -> dict:
    catalog = SqlCatalog(
        "parity", uri=f"sqlite:///{request['out']}/catalog.db", warehouse="s3://lake/peer", **PROPERTIES
    )
    catalog.create_namespace("peer")
    made = {}

    def keep(name: str, table) -> None:
        table = catalog.load_table(f"peer.{name}")
        made[name] = {
            "metadata": table.metadata_location,
            "file": write(request["out"], f"made_{name}", table.scan().to_arrow()),
        }

    schema = wide_schema()
    rows = wide_rows(schema)
    transforms = {
        "plain": [],
        "by_identity": [("name", IdentityTransform())],
        "by_day": [("local", DayTransform())],
        "by_hour": [("instant", HourTransform())],
        "by_month": [("day", MonthTransform())],
        "by_year": [("instant", YearTransform())],
        "by_bucket": [("id", BucketTransform(4)), ("name", BucketTransform(3))],
        "by_truncate": [("small", TruncateTransform(10)), ("name", TruncateTransform(2))],
    }
    for name, fields in transforms.items():
        spec = PartitionSpec(
            *[
                PartitionField(schema.find_field(column).field_id, 1000 + index, transform, f"p{index}_{column}")
                for index, (column, transform) in enumerate(fields)
            ]
        )
        table = catalog.create_table(f"peer.{name}", schema, partition_spec=spec)
        table.append(rows)
        table.append(rows.slice(0, 5))
        keep(name, table)

    table = catalog.create_table("peer.deleted", schema)
    table.append(rows)
    table.delete("id < 5")
    table.overwrite(rows.slice(18, 2), overwrite_filter="id >= 18")
    keep("deleted", table)

    table = catalog.create_table("peer.evolved", schema)
    table.append(rows)
    with table.update_schema() as update:
        update.rename_column("address.city", "town")
        update.rename_column("name", "label")
        update.add_column(("address", "zip"), StringType())
        update.add_column("added", LongType())
        update.delete_column("double")
        update.update_column("small", LongType())
        update.update_column("real", DoubleType())
        update.move_first("price")
    with table.update_spec() as update:
        update.add_field("day", MonthTransform(), "by_month")
    table = catalog.load_table("peer.evolved")
    later = table.scan().to_arrow()
    table.append(later.slice(0, 7))
    keep("evolved", table)
    return made


if __name__ == "__main__":
    request = json.load(sys.stdin)
    made = make(request) if request.get("make") else {}
    json.dump({"read": read(request), "made": made}, sys.stdout)
