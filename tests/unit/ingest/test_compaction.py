"""Compaction: the same rows in fewer files, each drive together and in order, old versions as they were."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longtail import lake
from longtail.contracts import conform
from spark_jobs import compaction
from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import Part, WriterConflict, commit_parts
from spark_jobs.compaction import compact

TABLE = "bronze.messages"
DRIVES, FILES, ROWS = 4, 3, 50


def file_of(drive: int, number: int) -> Part:
    """One file of `drive`: its rows interleave with those of the drive's other files."""
    same = {
        "project_id": "p",
        "drive_id": f"d{drive}",
        "file_id": f"f{number}",
        "topic": "/t",
        "message_encoding": "cdr",
    }
    sizes = {"num_payload_bytes": 1, "crc32": 0}
    rows = [same | sizes | {"record_index": n, "log_time_ns": n * FILES + number} for n in range(ROWS)]
    table = conform(TABLE, pa.Table.from_pylist(rows))
    return write_part(TABLE, [table], lake.location(TABLE), "x", f"d{drive}/f{number}")


@pytest.fixture
def many_files(empty_lake: Path) -> int:
    """A table of a commit per file, drives in turn; its version."""
    for number in range(FILES):
        for drive in range(DRIVES):
            commit_parts(TABLE, [file_of(drive, number)])
    return lake.version(TABLE)


def rows(version: int | None = None) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in lake.read(TABLE, version=version).select(range(4)).to_pylist())


def test_rows_stay_and_lie_in_order_of_drive_and_time(many_files: int) -> None:
    before = rows()
    done = compact(TABLE)
    assert (done.num_files_before, done.num_files_after) == (DRIVES * FILES, 1)
    assert rows() == before == rows(many_files)
    (name,) = pa.table(lake.open_table(TABLE).get_add_actions())["path"].to_pylist()
    written = pq.ParquetFile(f"{lake.location(TABLE)}/{name}")
    places = written.read(["drive_id", "log_time_ns"])
    order = list(zip(*(places[column].to_pylist() for column in places.column_names), strict=True))
    assert order == sorted(order)
    assert written.num_row_groups == 1


def test_a_drive_with_rows_enough_has_one_file_that_holds_no_other_drive(
    many_files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "OWN_ROWS", FILES * ROWS)
    before = rows()
    assert compact(TABLE).num_files_after == DRIVES
    files = pa.table(lake.open_table(TABLE).get_add_actions(flatten=True))
    assert files["min.drive_id"] == files["max.drive_id"]
    assert sorted(files["min.drive_id"].to_pylist()) == [f"d{drive}" for drive in range(DRIVES)]
    assert rows() == before
    assert compact(TABLE).num_files_after == DRIVES
    assert lake.version(TABLE) == many_files + 1


def test_a_long_drive_is_cut_into_stretches_of_time_and_stays_so(
    empty_lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "OWN_ROWS", ROWS)
    monkeypatch.setattr(compaction, "MOST_ROWS", 4 * ROWS)
    for number in range(9):
        commit_parts(TABLE, [file_of(0, number)])
    assert compact(TABLE).num_files_after == 3
    version = lake.version(TABLE)
    assert compact(TABLE).num_files_after == 3
    assert lake.version(TABLE) == version


def test_a_second_compaction_and_a_repeated_commit_change_nothing(many_files: int) -> None:
    compact(TABLE)
    version = lake.version(TABLE)
    assert compact(TABLE).num_files_after == 1
    assert commit_parts(TABLE, [file_of(0, 0)]) == 0
    assert lake.version(TABLE) == version


def test_an_ingest_that_commits_meanwhile_loses_nothing(many_files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real, once = compaction._written, []

    def written(table: str, names: list[str]) -> Part:
        if not once:
            once.append(commit_parts(TABLE, [file_of(9, 0)]))
        return real(table, names)

    monkeypatch.setattr(compaction, "_written", written)
    compact(TABLE)
    assert len(rows()) == (DRIVES * FILES + 1) * ROWS
    named = {Path(uri).name for uri in lake.open_table(TABLE, many_files).file_uris()}
    named |= {Path(uri).name for uri in lake.open_table(TABLE).file_uris()}
    named |= {Path(uri).name for uri in lake.open_table(TABLE, many_files + 1).file_uris()}
    assert {path.name for path in Path(lake.location(TABLE)).glob("*.parquet")} == named


def test_a_table_of_spark_is_refused(empty_lake: Path) -> None:
    with pytest.raises(WriterConflict):
        compact("silver.ego_motion")
