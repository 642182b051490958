"""Real recordings with payloads: every number adds up, other decoders agree on every message, and bytes come back."""

import os
import zlib
from pathlib import Path

import pytest
from mcap.reader import NonSeekingReader

from longtail.query import sql
from longtail.settings import REPOSITORY
from longtail.verify import verify
from spark_jobs import ledger
from spark_jobs.cross_check import cross_check
from spark_jobs.export import export_mcap
from spark_jobs.readers.source import SourceFile
from tests.unit.ingest.conftest import Ingest, ingest_here

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
FOLDERS = ("ros_bags/ros1", "ros_bags/ros2_mcap", "ros_bags/ros2_sqlite", "asam_osi")
__all__ = ["ingest_here"]  # a fixture of another folder
pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_lost_misread_or_changed_on_the_way_through_the_lake(
    folder: str, ingest_here: Ingest, tmp_path: Path
) -> None:
    if not (DATA / folder).is_dir():
        pytest.skip(f"no {folder} in {DATA}; set LONGTAIL_TEST_DATA")
    report = ingest_here(DATA / folder)
    assert report.num_messages_in == report.num_messages_landed > 0
    assert [str(failure) for failure in verify(deep=True).failures] == []
    rows = [row for row in ledger.load().values() if row["bronze_num_messages"]]
    for row in rows:
        names = ("file_id", "project_id", "drive_id", "format", "num_bytes")
        source = SourceFile(path=row["source_path"], **{name: row[name] for name in names})
        found = cross_check(source, 1.0)
        assert found.problems == ()
        assert (found.num_checked, found.num_unknown) == (row["decoded_num_messages"], 0)
    for drive_id in {row["drive_id"] for row in rows}:
        assert payloads_of(export_mcap(drive_id, tmp_path / "out.mcap").path) == payloads_in(drive_id)


def payloads_of(path: Path) -> list[tuple[str, int, int, int]]:
    """(topic, log time, size, CRC) of every message, by the official reader."""
    with path.open("rb") as stream:
        found = NonSeekingReader(stream, validate_crcs=True).iter_messages(log_time_order=False)
        return sorted((c.topic, m.log_time, len(m.data), zlib.crc32(m.data)) for _, c, m in found)


def payloads_in(drive_id: str) -> list[tuple[str, int, int, int]]:
    query = (
        "select topic, log_time_ns, num_payload_bytes, crc32 from bronze.messages where drive_id = $drive order by all"
    )
    return [tuple(row.values()) for row in sql(query, parameters={"drive": drive_id}).to_pylist()]
