"""The Spark session: a tuned driver, local or of a cluster, or the session that is there; with the lake registered."""

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from longtail import lake
from longtail.settings import REPOSITORY, settings
from spark_jobs import jvm
from spark_jobs.class_archive import class_archive
from spark_jobs.code_archive import FOLDER, code_archive

_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
_own_catalog: dict[str, str] = {}  # {"lake": root} once this process has started a driver with its in-memory catalog


def spark_session(*, register: bool = True) -> SparkSession:
    """The session of this process, started when there is none; every Delta table of the lake is then `schema.table`.

    SPARK_REMOTE (a Connect server) and spark-submit are honoured: their configuration is theirs.
    `register=False` leaves the catalog alone, for jobs that open tables by location.

    Raises:
        jvm.JavaMissing: a driver is wanted and there is no Java 17 or no way to fetch the Delta jars.
    """
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
    if os.environ.get("SPARK_REMOTE") or os.environ.get("PYSPARK_GATEWAY_PORT"):
        spark = SparkSession.builder.getOrCreate()
    else:
        spark = SparkSession.getActiveSession() or start_driver()
    if register:
        register_tables(spark)
    return spark


def has_own_catalog() -> bool:
    """True when this process has started a driver whose catalog nobody else sees."""
    return bool(_own_catalog)


def register_tables(spark: SparkSession, layers: Sequence[str] = lake.LAYERS) -> None:
    """Make every Delta table of `layers` known as schema.table; does nothing for those a lasting catalog already has.

    Without this dbt would see no table and rebuild incremental models from nothing, silently.
    """
    wanted = {table: lake.location(table) for table in lake.tables()}
    schemas = {table.partition(".")[0] for table in wanted} & set(layers)
    if _own_catalog:
        _forget_strangers(spark, wanted)
    for schema in sorted(schemas):
        spark.sql(f"create schema if not exists {schema}")  # names are those that lake.tables() lets through
        known = {table.name for table in spark.catalog.listTables(schema)}
        for table, place in wanted.items():
            if table.startswith(f"{schema}.") and table.partition(".")[2] not in known:
                spark.catalog.createTable(table, path=place, source="delta")


def _forget_strangers(spark: SparkSession, wanted: Mapping[str, str]) -> None:
    """Drop from our own catalog the tables of another lake and those that are gone. Files stay: all are external."""
    has_moved = _own_catalog["lake"] != lake.root()
    for schema in lake.LAYERS:
        if spark.catalog.databaseExists(schema):
            for table in spark.catalog.listTables(schema):
                if table.tableType != "VIEW" and (has_moved or f"{schema}.{table.name}" not in wanted):
                    spark.sql(f"drop table if exists {schema}.{table.name}")
    _own_catalog["lake"] = lake.root()


def driver_conf(cache: Path) -> dict[str, str]:
    """The tuned profile for one small machine: each line saves CPU time or keeps the files readable elsewhere.

    With a master in the settings, the same profile for a driver here and executors there.
    """
    archive = class_archive(cache)
    options = [
        f"-Dlog4j2.configurationFile=file:{REPOSITORY}/spark_jobs/log4j2.properties",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # C1 only: half the CPU of C2 on jobs that last seconds
        "-XX:ReservedCodeCacheSize=256m",  # C1 alone gets 48 MB: one curate fills it, and a full one ends the driver
        f"-Xms{settings().spark_memory}",  # a heap that grows is collected more often on the way
        "-XX:MetaspaceSize=512m",  # generated classes would ask for a full collection again and again
        "-XX:-UsePerfData",
        *([f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []),
        "-Duser.timezone=UTC",
    ]
    cores = str(settings().spark_cores)
    jars = [str(jar) for jar in jvm.delta_jars(cache)]
    where = _cluster_conf(cache, jars) if settings().spark_master else _local_conf()
    return where | {
        "spark.app.name": "longtail",
        "spark.driver.memory": settings().spark_memory,
        "spark.driver.extraClassPath": ":".join(jars),
        _JAVA_OPTIONS: " ".join(options),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(cache / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # INT96 would read back without its zone
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.maxPlanStringLength": "1000",  # plans as text are for a UI that is off
        "spark.sql.shuffle.partitions": cores,
        "spark.default.parallelism": cores,
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": cores,
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "5",  # keys come first
        "spark.databricks.delta.allFilesInCrc.enabled": "false",  # nothing reads them there
        "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",  # the compatibility profile
    }


def _local_conf() -> dict[str, str]:
    return {
        "spark.master": f"local[{settings().spark_cores}]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": str(REPOSITORY),
    }


def _cluster_conf(cache: Path, jars: Sequence[str]) -> dict[str, str]:
    """Executors get the jars and our code from the driver; what is installed there is the Python of PYSPARK_PYTHON."""
    return {
        "spark.master": settings().spark_master,
        "spark.cores.max": str(settings().spark_cores),
        "spark.executor.memory": settings().spark_memory,
        "spark.executor.extraJavaOptions": "-XX:+UseSerialGC -Duser.timezone=UTC",
        "spark.jars": ",".join(jars),
        "spark.archives": f"{code_archive(cache)}#{FOLDER}",
        "spark.executorEnv.PYTHONPATH": FOLDER,
        "spark.executorEnv.PYTHONWARNINGS": "ignore::FutureWarning",
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
        **_blas_of_the_driver(),
    }


def _blas_of_the_driver() -> dict[str, str]:
    """Last digits follow the kernel that OpenBLAS takes for a processor: who names one here names it for executors."""
    return {f"spark.executorEnv.{name}": value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}


def start_driver(*options: str) -> SparkSession:
    """A driver of our own, with more `options` for its JVM."""
    # The JVM's stderr (banner, incubator warnings, worker chatter) goes to a file: what matters comes as exceptions.
    from pyspark.java_gateway import launch_gateway

    cache = Path(settings().cache).resolve()
    empty_conf = cache / "spark-conf"
    empty_conf.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SPARK_CONF_DIR", str(empty_conf))  # another Spark on this machine must not configure ours
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYTHONWARNINGS", "ignore::FutureWarning")  # inherited by the Python workers
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # one drive per task and core; read when a worker imports polars
    conf = SparkConf().setAll(list(driver_conf(cache).items()))
    if options:
        conf.set(_JAVA_OPTIONS, " ".join((conf.get(_JAVA_OPTIONS) or "", *options)))
    with open(cache / "spark.log", "w") as log:
        gateway = launch_gateway(conf, popen_kwargs={"stderr": log, "stdout": log})
    SparkContext(conf=conf, gateway=gateway)
    spark = SparkSession.builder.getOrCreate()
    _own_catalog["lake"] = lake.root()
    return spark
