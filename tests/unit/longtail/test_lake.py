"""The lake lists tables that exist, and only those."""

from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from longtail import lake


def test_a_log_without_a_commit_is_no_table_yet(empty_lake: Path) -> None:
    write_deltalake(lake.location("marts.finished"), pa.table({"a": [1]}))
    (empty_lake / "marts" / "half_made" / "_delta_log" / "_staged_commits").mkdir(parents=True)
    assert lake.tables() == ["marts.finished"]
    assert not lake.exists("marts.half_made")


def test_a_table_whose_first_commits_are_in_a_checkpoint_is_listed(empty_lake: Path) -> None:
    log = empty_lake / "marts" / "old" / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000010.checkpoint.parquet").touch()
    assert lake.tables() == ["marts.old"]
