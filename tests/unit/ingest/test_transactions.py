"""Which source files a table holds is read from its log in one go, whatever is checkpointed."""

from pathlib import Path

import pytest

from longtail import lake
from spark_jobs.commit import Part, commit_parts, ensure_table
from spark_jobs.transactions import transactions

TABLE = "bronze.camera_frames"
STATISTICS = '{"numRecords": 1, "minValues": {}, "maxValues": {}, "nullCount": {}}'


def commit(*names: str) -> int:
    folder = lake.location(TABLE)
    return commit_parts(TABLE, [Part(TABLE, f"{folder}/part-{name}.parquet", 9, 1, STATISTICS, name) for name in names])


@pytest.mark.parametrize("checkpoint_after", [None, 0, 2, 4])
def test_every_file_is_known_before_and_after_a_checkpoint(empty_lake: Path, checkpoint_after: int | None) -> None:
    for number in range(5):
        assert commit(f"drive/{number}", f'quo"ted/{number}') == 2
        if number == checkpoint_after:
            lake.open_table(TABLE).create_checkpoint()
    wanted = {f"{start}/{number}" for number in range(5) for start in ("drive", 'quo"ted')}
    assert transactions(lake.open_table(TABLE)) == wanted
    assert commit(*sorted(wanted), "new") == 1


def test_a_checkpoint_is_written_every_twenty_versions(empty_lake: Path) -> None:
    for number in range(45):
        commit(f"drive/{number}")
    log = Path(lake.location(TABLE)) / "_delta_log"
    assert len(list(log.glob("*.checkpoint.parquet"))) == 2
    assert len(transactions(lake.open_table(TABLE))) == 45


def test_a_new_table_knows_no_file(empty_lake: Path) -> None:
    assert transactions(ensure_table(TABLE)) == set()
