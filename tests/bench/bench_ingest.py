"""P3: one recording through Spark to committed bronze tables, beside one pyarrow process and plain mapInArrow."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from longtail.contracts import all_tables, contract
from longtail.settings import REPOSITORY, settings
from spark_jobs.readers import registry
from spark_jobs.readers.source import FilePlan, SourceFile, Task
from tests.bench.side_by_side import Contestant, Goal, conclude, measure

BRONZE = [table for table in all_tables() if table.startswith("bronze.")]
TABLE = "table_name"


def wide_schema() -> pa.Schema:
    """All columns of all bronze tables, nullable, after the name of the table: what one plain Spark job can carry."""
    fields = {field.name: pa.field(field.name, field.type) for table in BRONZE for field in contract(table).schema}
    return pa.schema([pa.field(TABLE, pa.string()), *fields.values()])


def read_tasks(tasks: list[Task]) -> Iterator[tuple[str, pa.Table]]:
    """The rows of `tasks`, by the product's readers."""
    for task in tasks:
        yield from registry.read(task)


def page_cache(path: str) -> int:
    """Read the file, nothing else."""
    buffer, total = bytearray(8 << 20), 0
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            total += count
    return total


def only_decode(tasks: list[Task]) -> int:
    """Decode and drop: what the readers cost."""
    return sum(rows.num_rows for _, rows in read_tasks(tasks))


def pyarrow_process(tasks: list[Task], folder: Path) -> int:
    """One process as anyone would write it: a ParquetWriter per table, batches as they come, no order, no sync."""
    writers: dict[str, pq.ParquetWriter] = {}
    total = 0
    for table, rows in read_tasks(tasks):
        if table not in writers:
            writers[table] = pq.ParquetWriter(folder / f"{table}.parquet", rows.schema, compression="zstd")
        writers[table].write_table(rows)
        total += rows.num_rows
    for writer in writers.values():
        writer.close()
    return total


def plain_spark(spark: SparkSession, tasks: list[Task], folder: Path) -> int:
    """The way Spark suggests: `mapInArrow` yields rows, Spark writes them, one folder per table."""
    schema = wide_schema()

    def rows_of(numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                for table, rows in registry.read(tasks[number]):
                    found = {TABLE: pa.repeat(pa.scalar(table), rows.num_rows)}
                    found |= {name: rows.column(name) for name in rows.column_names}
                    nothing = {f.name: pa.nulls(rows.num_rows, f.type) for f in schema if f.name not in found}
                    yield from pa.table(found | nothing).select(schema.names).to_batches()

    ddl = StructType.fromDDL(", ".join(f"{field.name} {_ddl(field.type)}" for field in schema))
    frame = spark.range(0, len(tasks), 1, len(tasks)).mapInArrow(rows_of, ddl)
    frame.write.partitionBy(TABLE).option("compression", "zstd").parquet(str(folder / "plain"))
    return _rows_below(folder)


def longtail_spark(plans: list[FilePlan], folder: Path) -> int:
    """The product: tasks write Parquet, sorted and synced, and the driver commits each table once."""
    from spark_jobs.bronze.land import land

    os.environ["LONGTAIL_LAKE"] = str(folder / "lake")
    settings.cache_clear()
    land(plans, lambda done, total: None)
    return _rows_below(folder)


def empty_job(spark: SparkSession, num_tasks: int) -> int:
    """A Spark job of as many tasks that do nothing: its overhead."""
    return len(spark.range(0, num_tasks, 1, num_tasks).mapInArrow(lambda batches: batches, "id long").collect())


def _rows_below(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in folder.rglob("*.parquet") if "_delta_log" not in path.parts)


def _ddl(kind: pa.DataType) -> str:
    names = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean"}
    return names.get(kind, "binary")


def _in_folder(run: Callable[[Path], int], scratch: Path) -> Callable[[], int]:
    def once() -> int:
        folder = Path(tempfile.mkdtemp(dir=scratch))
        try:
            return run(folder)
        finally:
            shutil.rmtree(folder)

    return once


def main() -> None:
    """Measure and conclude."""
    from spark_jobs.session import spark_session
    from tests.bench.recordings import mixed_drive

    path = mixed_drive()
    source = SourceFile(str(path), "b" * 64, "bench", "bench", "mcap", path.stat().st_size)
    os.environ["LONGTAIL_CACHE"] = str(REPOSITORY / ".cache")
    plan = registry.plan(source)
    spark = spark_session(register=False)
    scratch = Path(tempfile.mkdtemp(dir=REPOSITORY / ".cache"))
    size = source.num_bytes
    try:
        measured = measure(
            [
                Contestant("page cache", lambda: page_cache(source.path), size),
                Contestant("decode only, one process", lambda: only_decode(plan.tasks), size),
                Contestant(
                    "one pyarrow process", _in_folder(lambda folder: pyarrow_process(plan.tasks, folder), scratch), size
                ),
                Contestant(
                    "mapInArrow, Spark writer", _in_folder(lambda f: plain_spark(spark, plan.tasks, f), scratch), size
                ),
                Contestant("empty Spark job", lambda: empty_job(spark, len(plan.tasks))),
                Contestant("longtail", _in_folder(lambda folder: longtail_spark([plan], folder), scratch), size),
            ]
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    goals = [Goal("longtail", "one pyarrow process", 1.0), Goal("longtail", "mapInArrow, Spark writer", 2.5)]
    conclude(f"Spark bulk ingest on {settings().spark_cores} cores, {size / 1e6:.0f} MB", measured, goals)


if __name__ == "__main__":
    main()
