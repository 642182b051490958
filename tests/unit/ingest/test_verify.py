"""longtail verify: a whole lake holds every invariant, and each kind of loss is named with its numbers."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from longtail import lake
from longtail.cli import app
from longtail.content_hash import SQL_A, SQL_B, hashes
from longtail.invariants import SILVER_INPUTS
from longtail.query import sql
from longtail.settings import settings
from longtail.verify import VerifyError, verify
from spark_jobs import ingest as ingest_module
from spark_jobs import ledger
from spark_jobs.silver.clock_models import INPUTS
from spark_jobs.silver.drive import build_drive
from tests.unit.ingest.conftest import Ingest, without_spark
from tests.unit.ingest.recordings import truncate
from tests.unit.readers.mcap_recordings import write_mcap

Change = Callable[[pa.Table], pa.Table]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `landing`, two drives with every kind of message, and `lake`, with both in bronze and silver."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(folder / "lake"))
        settings.cache_clear()
        without_spark(patch)
        for number in (1, 2):
            drive = folder / "landing" / f"d{number}"
            drive.mkdir(parents=True)
            write_mcap(drive / "recording.mcap", seed=number, ticks=40)
        ingest_module.ingest([str(folder / "landing")])
        for drive_id in ("d1", "d2"):
            build_here(drive_id)
        ledger.record(ledger.in_silver(ledger.load().values(), 0))
        yield folder
    settings.cache_clear()


def build_here(drive_id: str) -> None:
    """Silver of one drive, without Spark."""
    bronze = {
        table: pl.DataFrame(pl.from_arrow(lake.read(table))).filter(pl.col("drive_id") == drive_id)
        for table in lake.tables()
        if table.startswith("bronze.")
    }
    for table, rows in build_drive(bronze, (), ("local", drive_id)).items():
        write_deltalake(lake.location(table), rows, mode="append")


@pytest.fixture
def whole(made: Path, empty_lake: Path) -> Path:
    """A copy of that lake as the lake of the settings; returns the landing zone."""
    shutil.copytree(made / "lake", empty_lake)
    return made / "landing"


def rewrite(table: str, change: Change) -> None:
    write_deltalake(lake.location(table), change(lake.read(table)), mode="overwrite")


def without_first(rows: pa.Table) -> pa.Table:
    return rows.slice(1)


def first_twice(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows, rows.slice(0, 1)])


def first_changed(column: str, by: int = 1) -> Change:
    def change(rows: pa.Table) -> pa.Table:
        values = rows.column(column).to_numpy(zero_copy_only=False).copy()
        values[0] += by
        field = rows.schema.get_field_index(column)
        return rows.set_column(field, rows.schema.field(column), pa.array(values, pa.int64()))

    return change


def two_payloads_swapped(rows: pa.Table) -> pa.Table:
    """The CRCs of two messages of one topic change places: counts, bytes and sums of CRCs stay."""
    places = np.flatnonzero(pc.equal(rows.column("topic"), "/imu").to_numpy(zero_copy_only=False))[:2]
    crc = rows.column("crc32").to_numpy().copy()
    crc[places] = crc[places[::-1]]
    field = rows.schema.get_field_index("crc32")
    return rows.set_column(field, rows.schema.field("crc32"), pa.array(crc))


def test_a_whole_lake_holds_everything_and_nothing_is_compared_in_vain(whole: Path) -> None:
    verdict = verify(deep=True)
    assert [str(failure) for failure in verdict.failures] == []
    idle = {finding.name for finding in verdict.findings if not finding.num_cases}
    assert idle == {"payload bytes of the recorder"}  # MCAP statistics do not count bytes
    assert verdict.notes == verdict.waiting == ()


@pytest.mark.parametrize(
    ("table", "change", "invariant"),
    [
        ("bronze.messages", without_first, "rows of bronze"),
        ("bronze.messages", first_twice, "each record once"),
        ("bronze.messages", first_changed("crc32"), "content hash a"),
        ("bronze.messages", first_changed("log_time_ns", -1), "content hash b"),
        ("bronze.messages", two_payloads_swapped, "content hash a"),
        ("bronze.messages", first_changed("num_payload_bytes"), "payload bytes"),
        ("bronze.messages", lambda rows: rows.slice(0, 0), "rows of bronze"),
        ("ops.ingest_ledger", first_changed("bronze_num_messages", -1), "file = bronze + quarantine"),
        ("ops.ingest_topics", without_first, "file = its topics"),
        ("ops.ingest_topics", first_changed("recorder_num_messages"), "topic = bronze + quarantine"),
        ("ops.ingest_topics", first_changed("decoded_num_messages"), "decoded"),
        ("ops.ingest_ledger", without_first, "files are known"),
        ("bronze.objects", first_changed("record_index", 1_000_000), "typed rows have their message"),
        ("bronze.imu_samples", without_first, "bronze = silver + set aside"),
        ("silver.input_counts", without_first, "bronze = silver + set aside"),
        ("silver.object_tracks", lambda rows: rows.slice(0, 0), "tracks in object_tracks"),
    ],
)
def test_each_kind_of_loss_is_found(whole: Path, table: str, change: Change, invariant: str) -> None:
    rewrite(table, change)
    failures = verify().failures
    assert invariant in {failure.invariant for failure in failures}
    assert {failure.drive_id for failure in failures} <= {"d1", "d2"}


def test_the_command_ends_with_1_and_names_drive_topic_numbers_and_the_way_out(whole: Path) -> None:
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
    rewrite("bronze.messages", without_first)
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["verify"])
    assert done.exit_code == 1
    error = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert all(part in error for part in ("drive d", "/", "expected 40, found 39", "restore"))
    told = json.loads(CliRunner().invoke(app, ["verify", "--json"]).stdout)
    assert told["is_complete"] is False
    other = ({"d1", "d2"} - {told["findings"][4]["failures"][0]["drive_id"]}).pop()
    assert CliRunner().invoke(app, ["verify", other]).exit_code == 0


def test_a_changed_raw_file_is_found_by_a_deep_check_only(whole: Path) -> None:
    path = whole / "d1" / "recording.mcap"
    before = path.read_bytes()
    path.write_bytes(before[:-9] + bytes(9))
    try:
        assert not verify().failures
        (failure,) = verify(deep=True).failures
    finally:
        path.write_bytes(before)
    assert (failure.invariant, failure.drive_id) == ("raw file unchanged", "d1")


def test_a_damaged_recording_adds_up_too(made: Path, tmp_path: Path, ingest_here: Ingest) -> None:
    landing = Path(shutil.copytree(made / "landing", tmp_path / "landing"))
    truncate(landing / "d1" / "recording.mcap", 0.7)
    damaged = bytearray((landing / "d2" / "recording.mcap").read_bytes())
    damaged[len(damaged) // 3] ^= 4
    (landing / "d2" / "recording.mcap").write_bytes(damaged)
    report = ingest_here(landing)
    assert report.num_messages_quarantined > 0
    verdict = verify(deep=True)
    assert [str(failure) for failure in verdict.failures] == []
    assert len(verdict.notes) == 2


def test_an_unknown_drive_is_a_clear_error(whole: Path) -> None:
    with pytest.raises(VerifyError, match="no drive nobody"):
        verify(["nobody"])


def test_the_content_hash_is_the_same_in_sql_and_depends_on_no_order() -> None:
    rng = np.random.default_rng(3)
    log, sequence, crc = (rng.integers(0, high, 10_000) for high in (2**63 - 1, 2**32, 2**32))
    first, second = hashes(log, sequence, crc)
    rows = pa.table({"log_time_ns": log, "sequence": sequence, "crc32": crc})
    import duckdb

    answer = duckdb.from_arrow(rows).aggregate(f"sum({SQL_A}), sum({SQL_B})").fetchall()
    assert answer == [(int(first.sum()), int(second.sum()))]
    assert max(first.max(), second.max()) < 2**31
    assert min(first.min(), second.min()) >= 0
    assert len(np.unique(first * 2**31 + second)) == len(first)


def test_the_same_tables_are_proved_everywhere() -> None:
    assert {f"bronze.{name}" for name in SILVER_INPUTS} == {*INPUTS, "bronze.map_elements"}, "a map has no clock"
    test = (Path(__file__).parents[3] / "dbt" / "tests" / "bronze_rows_are_in_silver_or_set_aside.sql").read_text()
    assert all(f"'{name}'" in test for name in SILVER_INPUTS)
    hashed = (Path(__file__).parents[3] / "dbt" / "tests" / "bronze_messages_are_what_was_read.sql").read_text()
    assert SQL_A in hashed
    assert SQL_B in hashed


def test_topics_hold_what_the_recorder_counted(whole: Path) -> None:
    rows = sql("select sum(recorder_num_messages) as n, sum(bronze_num_messages) as m from ops.ingest_topics")
    assert rows.to_pylist() == [{"n": 2 * 40 * 12, "m": 2 * 40 * 12}]
