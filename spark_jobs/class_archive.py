"""An archive of the classes that a Spark driver loads (class data sharing of the JVM): with it one starts 5 s sooner.

`make setup` writes it once, by `python -m spark_jobs.class_archive`. A JVM that it does not fit, by its version or its
jars, leaves it alone and loads its classes as ever.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as in every PySpark text

from longtail.settings import settings

_EXIT_S = 120.0  # writing it takes about 15 s


def class_archive(cache: Path) -> Path:
    """Where the archive is, if there is one."""
    return cache / "spark-classes.jsa"


def make() -> Path:
    """Write the archive, in one piece: start a driver, use what longtail uses of Spark, and let it end.

    Raises:
        jvm.JavaMissing: there is no Java 17 or no way to fetch the Delta jars.
        subprocess.TimeoutExpired: the driver did not end in two minutes.
    """
    from spark_jobs.session import start_driver

    archive = class_archive(Path(settings().cache).resolve())
    partial = archive.with_suffix(".partial")
    for old in (archive, partial):
        old.unlink(missing_ok=True)
    spark = start_driver(f"-XX:ArchiveClassesAtExit={partial}")
    driver = spark.sparkContext._gateway.proc
    with TemporaryDirectory() as folder:
        _use(spark, Path(folder))
        spark.stop()
    driver.stdin.close()  # tells it that Python is gone
    driver.wait(_EXIT_S)
    return partial.replace(archive)


def _use(spark: SparkSession, folder: Path) -> None:
    """A bit of ingest, silver and curate: Arrow to Python and back, Parquet, Delta tables made, merged and replaced."""
    rows = spark.range(0, 1000, 1, 2).selectExpr("id", "id % 7 as k", "cast(id as double) as v", "'d1' as drive_id")
    rows.mapInArrow(_same, rows.schema).write.parquet(str(folder / "parquet"))
    spark.read.schema(rows.schema).parquet(str(folder / "parquet")).createOrReplaceTempView("landed")
    spark.sql("create schema if not exists warm_up")
    spark.catalog.createTable("warm_up.t", path=str(folder / "t"), source="delta", schema=rows.schema)
    spark.table("landed").sortWithinPartitions("id").writeTo("warm_up.t").append()
    spark.sql("merge into warm_up.t using landed on t.id = landed.id when matched then update set * "
              "when not matched then insert *").collect()  # fmt: skip
    spark.table("landed").writeTo("warm_up.t").overwrite(F.col("drive_id").isin(["d1"]))
    ranked = spark.sql(
        "with ranked as (select *, row_number() over (partition by k order by v desc) as place, "
        "lag(v) over (partition by drive_id order by id) as before from warm_up.t) "
        "select ranked.k, count(*) as num, sum(cast(ranked.v as decimal(38, 6))) as total, max(ranked.before) as most "
        "from ranked left join landed on ranked.id = landed.id and ranked.v <= landed.v where place < 20 "
        "group by ranked.k"
    )
    ranked.write.format("delta").mode("overwrite").save(str(folder / "marts"))
    spark.sql("delete from warm_up.t where k = 3").collect()
    spark.read.format("delta").load(str(folder / "marts")).orderBy("k").collect()
    spark.sql("drop table warm_up.t")


def _same(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from batches


if __name__ == "__main__":
    print(f"longtail: Spark starts faster with {make()}")
