"""Bronze to silver in Spark: one drive per task computes all tables at once, then one Delta commit per table.

A task reads its drive's bronze Parquet itself and leaves its rows as Parquet in a scratch folder of the lake; Spark
then writes each table from there. So a drive is read once instead of once per table, rows never cross the Python
boundary of the JVM, and the tables are still written by Spark + Delta alone.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as in every PySpark text

from longtail import lake
from longtail.contracts import contract
from longtail.settings import settings
from spark_jobs.silver import drive as one_drive
from spark_jobs.silver.inputs import DbcPaths, DriveInput, drive_inputs

_COUNTS = "drive_id string, table string, num_rows long"
_STALE_S = 86_400
_SMALL_BYTES = 4 * 1024 * 1024  # scratch of a table up to here is written as one file
_FILE_BYTES = 256 * 1024 * 1024  # above, one file per core, more when they would get larger than this


def build_silver(
    spark: SparkSession, drive_ids: Sequence[str], dbc: Mapping[str, DbcPaths] | None = None
) -> dict[str, int]:
    """Replace the rows of these drives in every silver table; returns the rows written by table name.

    Running it again gives the same rows. `dbc` adds (bus, path) pairs by drive id to those of drive.json.
    """
    inputs = drive_inputs(sorted(set(drive_ids)), one_drive.INPUTS, dbc)
    if not inputs:
        return dict.fromkeys(one_drive.OUTPUTS, 0)
    scratch = Path(lake.root()) / ".scratch" / f"silver-{uuid.uuid4().hex}"
    _sweep(scratch.parent)
    try:
        counts = _compute(spark, inputs, scratch)
        done = [each.drive_id for each in inputs]
        for table in one_drive.OUTPUTS:
            create_table(spark, table)
            if counts.get(table) or lake.version(table) > 0:  # else there is nothing, and nothing to take away
                _replace(spark, table, scratch / table, done)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return counts


def _sweep(folder: Path) -> None:
    """Remove what killed runs left behind; a younger folder may belong to a run that is still going."""
    for left in folder.glob("silver-*"):
        if time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _compute(spark: SparkSession, inputs: Sequence[DriveInput], scratch: Path) -> dict[str, int]:
    for table in one_drive.OUTPUTS:
        (scratch / table).mkdir(parents=True)

    def build_drives(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield _build(inputs[number], scratch)

    counted = spark.range(0, len(inputs), 1, len(inputs)).mapInArrow(build_drives, _COUNTS)
    totals = counted.groupBy("table").agg(F.sum("num_rows").alias("num_rows")).collect()
    return {row["table"]: int(row["num_rows"]) for row in totals}


def _build(each: DriveInput, scratch: Path) -> pa.RecordBatch:
    tables = one_drive.build_drive(each.read(), each.dbc_paths, (each.project_id, each.drive_id), each.facts)
    for name, rows in tables.items():
        pq.write_table(rows, scratch / name / f"{each.drive_id}.parquet", compression="zstd")
    counts: dict[str, list[Any]] = {
        "drive_id": [each.drive_id] * len(tables),
        "table": list(tables),
        "num_rows": [rows.num_rows for rows in tables.values()],
    }
    return pa.RecordBatch.from_pydict(counts)


def _replace(spark: SparkSession, table: str, folder: Path, drive_ids: Sequence[str]) -> None:
    num_bytes = sum(path.stat().st_size for path in folder.iterdir())
    num_files = 1 if num_bytes <= _SMALL_BYTES else max(settings().spark_cores, 1 + num_bytes // _FILE_BYTES)
    rows: DataFrame = spark.read.schema(spark.table(table).schema).parquet(str(folder))
    ordered = rows.coalesce(num_files).sortWithinPartitions(*contract(table).ordering)
    ordered.writeTo(table).overwrite(F.col("drive_id").isin(list(drive_ids)))


def create_table(spark: SparkSession, table: str) -> None:
    """Create `table` from its contract where the lake keeps it; does nothing when it is there."""
    schema = table.partition(".")[0]
    spark.sql(f"create schema if not exists {schema}")  # the name is that of a contract file
    if spark.catalog.tableExists(table):
        return
    if lake.exists(table):
        spark.catalog.createTable(table, path=lake.location(table), source="delta")
        return
    place = lake.location(table).replace("\\", "\\\\").replace("'", "\\'")
    # Statistics on what readers prune by only: on all columns they cost half of the CPU time of a write.
    statistics = f"'delta.dataSkippingStatsColumns' = '{','.join(contract(table).ordering)}'"
    ddl = contract(table).ddl.rstrip().rstrip(";").replace("\ntblproperties (", f"\ntblproperties (\n  {statistics},")
    spark.sql(ddl.replace("\nusing delta\n", f"\nusing delta\nlocation '{place}'\n"))
