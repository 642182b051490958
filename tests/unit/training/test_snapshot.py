"""A snapshot is its content: the same samples are the same snapshot, another value is another one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from longtail import lake as lake_module
from tests.unit.training.conftest import sample_rows
from training import ml_tables, snapshot
from training.snapshot import SnapshotError

Mart = Callable[[pa.Table], None]


def with_value(rows: pa.Table, column: str, row: int, value: object) -> pa.Table:
    values = rows.column(column).to_pylist()
    values[row] = value
    return rows.set_column(rows.column_names.index(column), column, pa.array(values, rows.schema.field(column).type))


def test_the_same_content_is_the_same_snapshot_and_adds_no_rows_and_no_versions(mart: Mart) -> None:
    rows = sample_rows(6, 5)
    mart(rows)
    first = snapshot.create("one")
    versions = [lake_module.version(t) for t in ("ml.snapshots", "ml.snapshot_items")]
    mart(rows.take(pc.sort_indices(rows, [("gap_m", "ascending")])))  # a new version: other order, same rows
    again = snapshot.create("two")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.snapshot_id == first.snapshot_id == first.digest[:16]
    assert again.name == "one"
    assert [lake_module.version(t) for t in ("ml.snapshots", "ml.snapshot_items")] == versions
    assert lake_module.open_table("ml.snapshot_items").to_pyarrow_table().num_rows == 30


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lag10_approach_mps", 0.123),
        ("length_m", None),
        ("own_lead_gap_m", 0.0),
        ("is_left", None),
        ("light", "dusk"),
    ],
)
def test_one_changed_value_is_another_snapshot(mart: Mart, column: str, value: object) -> None:
    rows = sample_rows(4, 5)
    mart(rows)
    before = snapshot.create()
    mart(with_value(rows, column, 7, value))
    assert snapshot.create().snapshot_id != before.snapshot_id


def test_zero_and_minus_zero_are_the_same_value_and_null_is_not_zero(mart: Mart) -> None:
    ids = []
    for value in (0.0, -0.0, None):
        mart(with_value(sample_rows(3, 4), "own_lead_gap_m", 0, value))
        ids.append(snapshot.create().snapshot_id)
    assert ids[0] == ids[1] != ids[2]


def test_members_carry_drive_split_and_the_digest_of_their_row(mart: Mart) -> None:
    mart(sample_rows(5, 4))
    made = snapshot.create()
    members = ml_tables.rows_of("ml.snapshot_items", "snapshot_id", made.snapshot_id)
    assert members.num_rows == made.num_items == 20
    assert len(set(members.column("item_digest").to_pylist())) == 20
    split_of_drive = set(zip(*(members.column(c).to_pylist() for c in ("drive_id", "split")), strict=True))
    assert len(split_of_drive) == 5


def test_a_drive_in_two_splits_is_refused(mart: Mart) -> None:
    rows = sample_rows(4, 5)
    other = "test" if rows.column("split")[7].as_py() != "test" else "train"
    mart(with_value(rows, "split", 7, other))
    with pytest.raises(SnapshotError, match="two splits: drive-001"):
        snapshot.create()


def test_killed_between_the_two_commits_it_finishes_on_the_next_try(
    mart: Mart, monkeypatch: pytest.MonkeyPatch
) -> None:
    mart(sample_rows(4, 5))
    append = ml_tables.append_once

    def die_at_the_second_table(table: str, rows: pa.Table, app_id: str) -> bool:
        if table == "ml.snapshots":
            raise KeyboardInterrupt
        return append(table, rows, app_id)

    monkeypatch.setattr(snapshot, "append_once", die_at_the_second_table)
    with pytest.raises(KeyboardInterrupt):
        snapshot.create()
    monkeypatch.setattr(snapshot, "append_once", append)
    made = snapshot.create()
    assert made.is_new
    assert ml_tables.rows_of("ml.snapshot_items", "snapshot_id", made.snapshot_id).num_rows == 20
    assert snapshot.load(made.snapshot_id)[1].num_rows == 20


def test_loading_gives_the_pinned_rows_after_the_mart_has_moved_on(mart: Mart) -> None:
    rows = sample_rows(4, 5)
    mart(rows)
    made = snapshot.create()
    mart(sample_rows(4, 5, seed=9))
    _, loaded = snapshot.load(made.snapshot_id)
    assert loaded.select(rows.column_names).equals(rows.sort_by("sample_id"))


def test_a_vacuumed_version_is_refused_with_a_reason_unless_the_newest_has_the_same_content(
    mart: Mart, lake: Path
) -> None:
    rows = sample_rows(4, 5)
    mart(rows)
    made = snapshot.create()
    mart(with_value(rows, "gap_m", 3, 1.0))
    table = DeltaTable(lake / "marts" / "fct_training_samples")
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    with pytest.raises(SnapshotError, match=r"version 0 cannot be read .*version 3 holds 20 of 20 members or other"):
        snapshot.load(made.snapshot_id)
    mart(rows)
    assert snapshot.load(made.snapshot_id)[1].num_rows == 20


def test_a_table_made_anew_under_the_same_version_is_noticed(mart: Mart, lake: Path) -> None:
    rows = sample_rows(4, 5)
    mart(rows)
    made = snapshot.create()
    shutil.rmtree(lake / "marts" / "fct_training_samples")
    mart(with_value(rows, "is_cut_in_within_3s", 3, not rows.column("is_cut_in_within_3s")[3].as_py()))
    with pytest.raises(SnapshotError, match="version 0 holds 20 of 20 members or other values"):
        snapshot.load(made.snapshot_id)


def test_what_is_not_pinned_is_refused(mart: Mart) -> None:
    with pytest.raises(SnapshotError, match="run `longtail curate` first"):
        snapshot.create()
    mart(sample_rows(3, 4))
    with pytest.raises(SnapshotError, match="no snapshot 'marts'"):
        snapshot.load("marts")


def test_an_empty_choice_is_refused(mart: Mart) -> None:
    mart(sample_rows(3, 4))
    with pytest.raises(SnapshotError, match="no sample"):
        snapshot.create(where="light = 'noon'")
