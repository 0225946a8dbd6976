"""The Spark session of a job: Glue's catalog as `lake`, ANSI mode, UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CATALOG = "lake"


def open_session(name: str, lake: str) -> SparkSession:
    """A session whose catalog `lake` is Glue's, with Iceberg tables in this bucket.

    Where the services are (the local cloud's endpoint) comes from spark-defaults.conf, never from the job.
    """
    from pyspark.sql import SparkSession

    catalog = f"spark.sql.catalog.{CATALOG}"
    settings = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.warehouse": f"s3://{lake}/",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.caseSensitive": "true",
        # A day or an hour of bronze is a text; a number would lose its zero.
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    }
    builder = SparkSession.builder.appName(name)
    for key, setting in settings.items():
        builder = builder.config(key, setting)
    return builder.getOrCreate()


def in_catalog(database: str, table: str) -> str:
    """The table's name in Spark SQL."""
    return f"{CATALOG}.`{database}`.`{table}`"


def write_text(spark: SparkSession, path: str, body: str) -> None:
    """Writes an object by Spark's own file system, so that a job needs no other client."""
    hadoop_path = spark._jvm.org.apache.hadoop.fs.Path(path)
    stream = hadoop_path.getFileSystem(spark._jsc.hadoopConfiguration()).create(hadoop_path, True)
    try:
        stream.write(bytearray(body, "utf8"))
    finally:
        stream.close()


def folders(spark: SparkSession, pattern: str) -> list[str]:
    """The folders that a pattern such as `s3://bucket/a/dt=*` names; none where there is none."""
    hadoop_path = spark._jvm.org.apache.hadoop.fs.Path(pattern)
    found = hadoop_path.getFileSystem(spark._jsc.hadoopConfiguration()).globStatus(hadoop_path)
    return [] if found is None else [str(one.getPath().toString()) for one in found]

