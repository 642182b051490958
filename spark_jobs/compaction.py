"""Compaction of the tables delta-rs writes: many small files become few, each drive's rows in order and together.

A drive starts a row group of its own where it has rows enough, so a slice reads as little as it did before. Old
versions keep their files: nothing is removed from storage here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from pyarrow import dataset

from longtail import lake
from longtail.contracts import all_tables, contract
from spark_jobs.bronze.parquet import PartWriter, in_order, sort_keys
from spark_jobs.commit import WRITER, Part, add_parts, discard, ensure_table, retried

SMALL_BYTES = 8 << 20  # a file from here on is left alone
FILE_BYTES = 32 << 20  # what is put together becomes no larger than this
MANY = 8  # fewer small files than this are not worth a version
_GROUP_ROWS = 5_000  # drives with fewer rows share a row group
_MOST_ROWS = 10_000  # and no group has more: what a slice reads must not grow by putting files together


@dataclass(frozen=True)
class Compacted:
    """What became of one table: data files before and after."""

    table: str
    num_files_before: int
    num_files_after: int


def compactable() -> list[str]:
    """The tables of the lake that this engine may write, sorted."""
    return [table for table in all_tables() if contract(table).writer == WRITER and lake.exists(table)]


def compact(table: str) -> Compacted:
    """Put the small files of `table` together, one commit per new file; does nothing where there are few.

    Safe to kill and to repeat, and beside an ingest: a bin whose files changed meanwhile is left as it is.

    Raises:
        spark_jobs.commit.WriterConflict: another engine writes the table.
    """
    before = _files(ensure_table(table))
    small = sorted((each for each in before if each["size_bytes"] < SMALL_BYTES), key=_place)
    if len(small) >= MANY:
        for names in _bins(small):
            _rewrite(table, names)
    return Compacted(table, len(before), len(_files(ensure_table(table))))


def _files(delta: DeltaTable) -> list[dict[str, Any]]:
    return list(pa.table(delta.get_add_actions(flatten=True)).to_pylist())


def _place(file: dict[str, Any]) -> tuple[str, str, str]:
    """Where the rows of `file` begin in the order of the table; files without bounds come first."""
    drive, time = file.get("min.drive_id"), file.get("min.log_time_ns")
    return drive or "", f"{time or 0:020d}", file["path"]


def _bins(small: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Neighbours of at least two files and at most FILE_BYTES."""
    names: list[str] = []
    size = 0
    for file in small:
        if names and size + file["size_bytes"] > FILE_BYTES:
            if len(names) > 1:
                yield names
            names, size = [], 0
        names.append(unquote(file["path"]))
        size += file["size_bytes"]
    if len(names) > 1:
        yield names


def _rewrite(table: str, names: list[str]) -> None:
    def attempt() -> int:
        delta = ensure_table(table)
        if not set(names) <= {unquote(file["path"]) for file in _files(delta)}:
            return 0  # another run put them together, or a drive was taken out
        part = _written(table, names)
        try:
            add_parts(delta, [part], remove=names)
        except BaseException:
            discard(table, [part])
            raise
        return part.num_rows

    retried(attempt)


def _written(table: str, names: list[str]) -> Part:
    schema = contract(table).schema
    paths = [f"{lake.location(table)}/{name}" for name in names]
    rows = dataset.dataset(paths, schema=schema, format="parquet").to_table()
    rows = in_order(rows, sort_keys(table))
    writer = PartWriter(table, lake.location(table), "compacted", "")
    waiting = 0
    for piece in _pieces(rows):
        writer.add(piece)
        waiting += piece.num_rows
        if waiting >= _GROUP_ROWS:
            writer.end_group()
            waiting = 0
    return writer.close()


def _pieces(rows: pa.Table) -> Iterator[pa.Table]:
    """Sorted `rows` drive by drive, of at most _MOST_ROWS; a table that knows no drive is cut by rows alone."""
    ends = [rows.num_rows]
    if "drive_id" in rows.column_names:
        ends = pc.run_end_encode(rows.column("drive_id").combine_chunks()).run_ends.to_pylist()
    for start, end in zip([0, *ends], ends, strict=False):
        for first in range(start, end, _MOST_ROWS):
            yield rows.slice(first, min(_MOST_ROWS, end - first))
