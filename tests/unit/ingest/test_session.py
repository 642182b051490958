"""The Spark session: quiet, with the lake of the settings in its catalog; and ingest through it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from longtail import lake
from longtail.settings import REPOSITORY, settings
from spark_jobs import ingest as ingest_module
from spark_jobs import jvm
from spark_jobs.class_archive import class_archive
from spark_jobs.readers import mcap
from spark_jobs.session import driver_conf, register_tables
from tests.unit.ingest.recordings import write_mcap


@pytest.mark.spark
def test_the_catalog_follows_the_lake_and_forgets_what_is_gone(
    spark: Any, empty_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> int:
        register_tables(spark)
        return int(spark.sql("select count(*) as n from marts.dim_drives").collect()[0].n)

    write_deltalake(lake.location("marts.dim_drives"), pa.table({"drive_id": ["a"]}))
    assert count() == 1
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "other"))
    settings.cache_clear()
    write_deltalake(lake.location("marts.dim_drives"), pa.table({"drive_id": ["a", "b"]}))
    assert count() == 2
    Path(lake.location("marts.dim_drives")).rename(tmp_path / "gone")
    register_tables(spark)
    assert not spark.catalog.tableExists("marts.dim_drives")


@pytest.mark.spark
def test_a_reader_that_takes_its_process_down_costs_one_file(
    spark: Any, empty_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("good", "deadly", "fine")):
        write_mcap(tmp_path / "landing" / name / "recording.mcap", seed=100 * number)
    monkeypatch.setattr(ingest_module, "build_stale", lambda *_: [])
    # The readers that the workers import cannot be patched from here, but what they are handed can be.
    monkeypatch.setattr(mcap, "plan", _deadly_plan(mcap.plan))
    report = ingest_module.ingest([str(tmp_path / "landing")])
    assert [(problem["drive_id"], problem["reason"]) for problem in report.problems] == [("deadly", "reader_failed")]
    assert report.num_messages_landed == 100


def _deadly_plan(plan: Any) -> Any:
    class Deadly(int):
        """A range start that ends the worker that unpacks it."""

        def __reduce__(self) -> tuple[Any, tuple[int]]:
            return os._exit, (1,)

    def planned(source: Any) -> Any:
        found = plan(source)
        if source.drive_id == "deadly":
            found.tasks[:] = [type(task)(task.source, Deadly(task.start), task.stop, 0) for task in found.tasks]
        return found

    return planned


@pytest.mark.spark
def test_the_driver_has_room_for_what_it_compiles(spark: Any) -> None:
    """With C1 alone Java reserves 48 MB, which one curate fills: then the driver interprets, or ends."""
    pools = spark._jvm.java.lang.management.ManagementFactory.getMemoryPoolMXBeans()
    room = sum(pool.getUsage().getMax() for pool in pools if pool.getName().startswith("Code"))
    assert room >= 240 * 2**20


@pytest.mark.spark
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_driver_has_the_archive_of_classes_that_setup_wrote(spark: Any) -> None:
    """One that does not fit its jars or its Java it would have let go again."""
    driver = spark.sparkContext._gateway.proc.pid
    assert str(class_archive(REPOSITORY / ".cache")) in Path(f"/proc/{driver}/maps").read_text()


def test_without_an_archive_of_classes_a_driver_asks_for_none(tmp_path: Path) -> None:
    (tmp_path / "jars").symlink_to(REPOSITORY / ".cache" / "jars")
    assert "SharedArchiveFile" not in driver_conf(tmp_path)["spark.driver.extraJavaOptions"]
    class_archive(tmp_path).touch()
    assert f"-XX:SharedArchiveFile={class_archive(tmp_path)}" in driver_conf(tmp_path)["spark.driver.extraJavaOptions"]


def test_executors_calculate_with_the_kernel_that_is_named_for_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jars").symlink_to(REPOSITORY / ".cache" / "jars")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    assert "spark.executorEnv.OPENBLAS_CORETYPE" not in driver_conf(tmp_path)
    monkeypatch.setenv("LONGTAIL_SPARK_MASTER", "spark://127.0.0.1:7077")
    settings.cache_clear()
    try:
        assert driver_conf(tmp_path)["spark.executorEnv.OPENBLAS_CORETYPE"] == "Nehalem"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.spark
def test_nothing_is_printed_that_was_not_asked_for(empty_lake: Path) -> None:
    script = "from spark_jobs.session import spark_session; print(spark_session().sql('select 1 + 1').collect()[0][0])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_without_java_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(jvm.JavaMissing, match=r"^Spark needs Java 17 or newer and none was found; install it: \S+"):
        jvm.java()


def test_an_old_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(jvm.JavaMissing, match="is 11"):
        jvm.java()


def test_jars_that_are_there_are_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm, "_fetch", lambda *args: pytest.fail("fetched"))
    for name in ("delta-spark_4.2_2.13-4.4.0.jar", "delta-storage-4.4.0.jar"):
        (tmp_path / "jars").mkdir(exist_ok=True)
        (tmp_path / "jars" / name).touch()
    assert len(jvm.delta_jars(tmp_path)) == 2
