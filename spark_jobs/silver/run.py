"""Bronze to silver in Spark: one drive per task computes all tables at once, then one Delta commit per table.

A task reads its drive's bronze Parquet itself and leaves its rows as Parquet in a scratch folder of the lake; Spark
then writes each table from there. So a drive is read once instead of once per table, rows never cross the Python
boundary of the JVM, and the tables are still written by Spark + Delta alone.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as in every PySpark text

from longtail import lake
from longtail.contracts import contract
from longtail.settings import settings
from spark_jobs.silver import drive as one_drive
from spark_jobs.silver.inputs import DbcPaths, DriveInput, drive_inputs

_COUNTS = "drive_id string, table string, num_rows long, failure string"
_JOB_FAILED = (PySparkException, Py4JJavaError)
TASKS_PER_CORE = 4
_STALE_S = 86_400
_SMALL_BYTES = 4 * 1024 * 1024  # scratch of a table up to here is written as one file
_FILE_BYTES = 256 * 1024 * 1024  # above, one file per core, more when they would get larger than this


@dataclass(frozen=True)
class SilverReport:
    """The rows written by table name, and why drives could not be built: their rows stay as they were."""

    num_rows: Mapping[str, int]
    failures: Mapping[str, str]


def build_silver(
    spark: SparkSession, drive_ids: Sequence[str], dbc: Mapping[str, DbcPaths] | None = None
) -> SilverReport:
    """Replace the rows of these drives in every silver table. A drive that cannot be built harms no other.

    Running it again gives the same rows. `dbc` adds (bus, path) pairs by drive id to those of drive.json.
    """
    inputs = drive_inputs(sorted(set(drive_ids)), one_drive.INPUTS, dbc)
    if not inputs:
        return SilverReport(dict.fromkeys(one_drive.OUTPUTS, 0), {})
    scratch = Path(lake.root()) / ".scratch" / f"silver-{uuid.uuid4().hex}"
    _sweep(scratch.parent)
    try:
        report = _compute(spark, inputs, scratch)
        done = [each.drive_id for each in inputs if each.drive_id not in report.failures]
        for table in one_drive.OUTPUTS:
            create_table(spark, table)
            has_rows = report.num_rows[table] or lake.version(table) > 0  # else nothing to write and to take away
            if done and has_rows:
                _replace(spark, table, scratch / table, done)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return report


def _sweep(folder: Path) -> None:
    """Remove what killed runs left behind; a younger folder may belong to a run that is still going."""
    for left in folder.glob("silver-*"):
        if time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _compute(spark: SparkSession, inputs: Sequence[DriveInput], scratch: Path) -> SilverReport:
    for table in one_drive.OUTPUTS:
        (scratch / table).mkdir(parents=True)
    try:
        rows = _collect(spark, inputs, scratch)
    except _JOB_FAILED:
        # A drive that takes its worker process down (out of memory, native code) takes the job with it: one by one.
        rows = [row for each in inputs for row in _alone(spark, each, scratch)]
    failures = {row["drive_id"]: row["failure"] for row in rows if row["failure"]}
    for drive_id, table in product(failures, one_drive.OUTPUTS):
        (scratch / table / f"{drive_id}.parquet").unlink(missing_ok=True)  # what was written before it failed
    totals = dict.fromkeys(one_drive.OUTPUTS, 0)
    for row in rows:
        if row["drive_id"] not in failures:
            totals[row["table"]] += row["num_rows"]
    return SilverReport(totals, failures)


def _collect(spark: SparkSession, inputs: Sequence[DriveInput], scratch: Path) -> list[dict[str, Any]]:
    def build_drives(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield _build(inputs[number], scratch)

    # A task costs 20 ms before it does anything: many short drives share one (tests/bench/bench_align.py).
    cores = spark.sparkContext.defaultParallelism if hasattr(spark, "_jsc") else len(inputs)
    num_tasks = min(len(inputs), cores * TASKS_PER_CORE)
    frame = spark.range(0, len(inputs), 1, num_tasks).mapInArrow(build_drives, _COUNTS)
    return [row.asDict() for row in frame.collect()]


def _alone(spark: SparkSession, each: DriveInput, scratch: Path) -> list[dict[str, Any]]:
    try:
        return _collect(spark, [each], scratch)
    except _JOB_FAILED as error:
        why = f"it took its worker process down ({type(error).__name__}); see spark.log in the cache folder"
        return [{"drive_id": each.drive_id, "table": "", "num_rows": 0, "failure": why}]


def _build(each: DriveInput, scratch: Path) -> pa.RecordBatch:
    try:
        tables = one_drive.build_drive(each.read(), each.dbc_paths, (each.project_id, each.drive_id), each.facts)
        for name, rows in tables.items():
            pq.write_table(rows, scratch / name / f"{each.drive_id}.parquet", compression="zstd")
    except Exception as error:  # whatever the values of one drive lead to: it is reported, and the next drive goes on
        counts = [(each.drive_id, "", 0, f"{type(error).__name__}: {error}"[:500])]
    else:
        counts = [(each.drive_id, name, rows.num_rows, None) for name, rows in tables.items()]
    columns = [pa.array(column) for column in zip(*counts, strict=True)]
    columns[3] = columns[3].cast(pa.string())
    return pa.RecordBatch.from_arrays(columns, ["drive_id", "table", "num_rows", "failure"])


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
    _clear_half_made(Path(lake.location(table)))
    place = lake.location(table).replace("\\", "\\\\").replace("'", "\\'")
    # Statistics on what readers prune by only: on all columns they cost half of the CPU time of a write.
    statistics = f"'delta.dataSkippingStatsColumns' = '{','.join(contract(table).ordering)}'"
    ddl = contract(table).ddl.rstrip().rstrip(";").replace("\ntblproperties (", f"\ntblproperties (\n  {statistics},")
    spark.sql(ddl.replace("\nusing delta\n", f"\nusing delta\nlocation '{place}'\n"))


def _clear_half_made(folder: Path) -> None:
    """Take away what a killed writer left of a table that never came to be: Spark makes no table where anything lies.

    Only what is no commit goes, and folders only when they are empty: another process may make the table right now.
    """
    log = folder / "_delta_log"
    for left in log.glob(".*"):
        left.unlink(missing_ok=True)
    for each in (log, folder):
        with suppress(OSError):
            each.rmdir()
