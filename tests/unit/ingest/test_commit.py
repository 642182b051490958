"""Delta commits: once per source file whatever happens, unchanged rows left alone, one writer engine per table."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema

from longtail import lake
from longtail.contracts import contract
from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import Part, WriterConflict, append_new, commit_parts, ensure_table
from spark_jobs.upsert import upsert

DRIVE = {"project_id": "p", "drive_id": "d", "log_clock": "utc", "is_declared": False}


def part(transaction: str, values: list[int]) -> Part:
    """A file of bronze.drives with one row per value."""
    rows = pa.Table.from_pylist([DRIVE | {"drive_id": f"d{value:03}"} for value in values])
    schema = contract("bronze.drives").schema
    columns = [rows.column(f.name) if f.name in rows.column_names else pa.nulls(len(rows), f.type) for f in schema]
    table = pa.Table.from_arrays(columns, schema=schema)
    return write_part("bronze.drives", [table], lake.location("bronze.drives"), "x", transaction)


def test_the_parts_of_one_source_file_are_committed_once(empty_lake: Path) -> None:
    assert commit_parts("bronze.drives", [part("file-a", [1, 2]), part("file-a", [3])]) == 3
    late = part("file-a", [1, 2])
    assert commit_parts("bronze.drives", [late, part("file-b", [4])]) == 1
    assert sorted(lake.read("bronze.drives")["drive_id"].to_pylist()) == ["d001", "d002", "d003", "d004"]
    assert not Path(late.path).exists()


def test_a_commit_whose_answer_was_lost_keeps_its_files(empty_lake: Path) -> None:
    parts = [part("file-a", [1])]
    commit_parts("bronze.drives", parts)
    assert commit_parts("bronze.drives", parts) == 0
    assert lake.read("bronze.drives").num_rows == 1


def test_statistics_let_a_reader_skip_files_and_bound_every_value(empty_lake: Path) -> None:
    commit_parts("bronze.drives", [part("file-a", [7, 3]), part("file-b", [9])])
    actions = pa.table(lake.open_table("bronze.drives").get_add_actions(flatten=True)).to_pylist()
    bounds = {(row["min.drive_id"], row["max.drive_id"], row["num_records"], row["null_count.site"]) for row in actions}
    assert bounds == {("d003", "d007", 2, 2), ("d009", "d009", 1, 1)}


def test_an_unchanged_row_makes_no_commit(empty_lake: Path) -> None:
    assert upsert("bronze.drives", [DRIVE], ["drive_id"]) == 1
    version = lake.version("bronze.drives")
    assert upsert("bronze.drives", [DRIVE], ["drive_id"]) == 0
    assert lake.version("bronze.drives") == version
    assert upsert("bronze.drives", [DRIVE | {"site": "here"}, DRIVE | {"drive_id": "e"}], ["drive_id"]) == 2
    assert lake.read("bronze.drives").num_rows == 2


def test_two_rows_for_one_key_are_refused(empty_lake: Path) -> None:
    with pytest.raises(ValueError, match="more than one row"):
        upsert("bronze.drives", [DRIVE, DRIVE | {"site": "here"}], ["drive_id"])


def test_a_row_that_is_known_by_its_key_is_not_appended_again(empty_lake: Path) -> None:
    rows = pa.Table.from_pylist([DRIVE])
    assert append_new("bronze.drives", rows, "drive_id") == 1
    assert append_new("bronze.drives", rows, "drive_id") == 0
    assert lake.version("bronze.drives") == 1


def test_a_table_of_the_other_engine_is_refused(empty_lake: Path) -> None:
    with pytest.raises(WriterConflict, match="written by spark"):
        ensure_table("silver.ego_motion")
    DeltaTable.create(lake.location("bronze.drives"), Schema.from_arrow(contract("bronze.drives").schema))
    with pytest.raises(WriterConflict, match=r"lake\.writer"):
        upsert("bronze.drives", [DRIVE], ["drive_id"])


def test_a_slice_reads_small_row_groups(empty_lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    from spark_jobs.bronze import parquet

    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 10)
    written = part("file-a", list(range(95)))
    assert pq.ParquetFile(written.path).num_row_groups == 10


def test_a_key_is_held_once_however_many_upserts_there_were(empty_lake: Path) -> None:
    for number in range(30):
        upsert("bronze.drives", [DRIVE | {"drive_id": f"d{number % 20}", "site": str(number)}], ["drive_id"])
    rows = {row["drive_id"]: row["site"] for row in lake.read("bronze.drives").to_pylist()}
    assert rows == {f"d{number % 20}": str(number) for number in range(10, 30)}
    assert lake.read("bronze.drives").num_rows == 20
    assert len(lake.open_table("bronze.drives").file_uris()) <= 8


def test_a_held_row_that_the_caller_wants_kept_is_kept(empty_lake: Path) -> None:
    upsert("bronze.drives", [DRIVE | {"site": "first"}], ["drive_id"])
    assert upsert("bronze.drives", [DRIVE | {"site": "second"}], ["drive_id"], keep=lambda held, new: True) == 0
    assert lake.read("bronze.drives")["site"].to_pylist() == ["first"]
