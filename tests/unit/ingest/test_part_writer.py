"""The writer of bronze files: rows leave memory as they come, and lie in the file in the order of the contract."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longtail.contracts import conform
from spark_jobs.bronze import parquet, worker
from spark_jobs.bronze.parquet import PartWriter
from spark_jobs.readers.source import SourceFile, Task

ROWS, BATCH = 2_000, 100


def messages(indexes: list[int]) -> pa.Table:
    """bronze.messages rows recorded at `indexes` ms."""
    columns = {"project_id": "p", "drive_id": "d", "file_id": "f", "topic": "/t", "message_encoding": "cdr"}
    numbers = {"num_payload_bytes": 1, "crc32": 0}
    rows = [columns | numbers | {"record_index": index, "log_time_ns": index * 10**6} for index in indexes]
    return conform("bronze.messages", pa.Table.from_pylist(rows))


@pytest.fixture
def small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 50)
    monkeypatch.setattr(parquet, "WINDOW_BYTES", messages([0]).nbytes * 4 * BATCH)


def writer(folder: Path) -> PartWriter:
    return PartWriter("bronze.messages", str(folder), "x", "d/f")


def test_rows_that_come_out_of_order_by_less_than_the_window_lie_in_order(tmp_path: Path, small_window: None) -> None:
    order = list(range(ROWS))
    draw = random.Random(3)  # noqa: S311 - an order, not a secret
    order.sort(key=lambda index: index + draw.uniform(0, BATCH))
    writing = writer(tmp_path)
    for first in range(0, ROWS, BATCH):
        writing.add(messages(order[first : first + BATCH]))
    part = writing.close()
    written = pq.read_table(part.path)
    assert written["record_index"].to_pylist() == list(range(ROWS))
    assert part.num_rows == ROWS
    assert part.num_bytes == Path(part.path).stat().st_size
    groups = pq.ParquetFile(part.path).metadata
    assert {groups.row_group(number).num_rows for number in range(groups.num_row_groups)} == {50}


def test_rows_leave_memory_before_the_file_is_complete(tmp_path: Path, small_window: None) -> None:
    writing = writer(tmp_path)
    before = pa.total_allocated_bytes()
    most = 0
    for first in range(0, 20 * ROWS, BATCH):
        writing.add(messages(list(range(first, first + BATCH))))
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 3 * parquet.WINDOW_BYTES
    assert writing.close().num_rows == 20 * ROWS


def test_rows_of_several_drives_are_sorted_by_drive_first(tmp_path: Path) -> None:
    rows = pa.concat_tables([messages([5, 1]), messages([3])])
    drives = rows.set_column(1, rows.schema.field("drive_id"), pa.array(["b", "b", "a"]))
    writing = writer(tmp_path)
    writing.add(drives)
    written = pq.read_table(writing.close().path)
    assert list(zip(written["drive_id"].to_pylist(), written["record_index"].to_pylist(), strict=True)) == [
        ("a", 3),
        ("b", 1),
        ("b", 5),
    ]


def test_a_reader_that_fails_half_way_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(task: Task):
        yield "bronze.messages", messages([1, 2])
        raise ValueError("the rest is broken")

    monkeypatch.setattr(worker.registry, "read", read)
    source = SourceFile("/x", "f" * 64, "p", "d", "mcap", 1)
    report = worker.run_task(Task(source, 0, 1, 0), {"bronze.messages": str(tmp_path)})
    assert report.failure is not None
    assert "the rest is broken" in report.failure.detail
    assert not list(tmp_path.iterdir())
