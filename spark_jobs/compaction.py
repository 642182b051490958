"""Compaction of the tables delta-rs writes: many small files become few, each drive's rows in order and together.

A drive with rows enough gets a file of its own and small drives share one, so a slice opens one file with a short
footer. Old versions keep their files: nothing is removed from storage here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import dataset

from longtail import lake
from longtail.contracts import all_tables, contract
from spark_jobs.bronze.parquet import ROW_GROUP_ROWS, PartWriter, in_order, sort_keys
from spark_jobs.commit import WRITER, Part, add_parts, discard, ensure_table, retried

SMALL_BYTES = 8 << 20  # a file from here on is left alone
FILE_BYTES = 32 << 20  # what is put together becomes no larger than this
MANY = 8  # fewer files to put together than this are not worth a version
OWN_ROWS = 20_000  # a drive with as many rows shares no file: every row group more makes every footer longer
MOST_ROWS = 10 * ROW_GROUP_ROWS  # of a file: rows are sorted in memory, and DuckDB reads the footer for every query

_File = dict[str, Any]


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
    """Put the small files of `table` together; does nothing where there are few.

    Safe to kill and to repeat, and beside an ingest: a file that another run took away meanwhile is not touched.

    Raises:
        spark_jobs.commit.WriterConflict: another engine writes the table.
    """
    before = _files(ensure_table(table))
    small = sorted((file for file in before if file["size_bytes"] < SMALL_BYTES), key=_place)
    bins = [files for files in _bins(small) if len(files) > 1]
    if sum(map(len, bins)) >= MANY:
        for batch in _within(bins):
            _rewrite(table, [[unquote(file["path"]) for file in files] for files in batch])
        ensure_table(table).create_checkpoint()  # readers need not go through the removed files of the log
    return Compacted(table, len(before), len(_files(ensure_table(table))))


def _files(delta: DeltaTable) -> list[_File]:
    return list(pa.table(delta.get_add_actions(flatten=True)).to_pylist())


def _drive(file: _File) -> str:
    return file.get("min.drive_id") or ""


def _place(file: _File) -> tuple[str, str, str]:
    """Where the rows of `file` begin in the order of the table; files without bounds come first."""
    return _drive(file), f"{file.get('min.log_time_ns') or 0:020d}", file["path"]


def _bins(small: Sequence[_File]) -> Iterator[list[_File]]:
    """The files that become one file each. Applied to its own outcome it puts nothing together."""
    shared: list[_File] = []
    for _, group in groupby(small, _drive):
        own = list(group)
        is_big = _rows(own) >= OWN_ROWS
        if shared and (is_big or _rows(shared) + _rows(own) > ROW_GROUP_ROWS or _bytes([*shared, *own]) > FILE_BYTES):
            yield shared
            shared = []
        if is_big or _bytes(own) > FILE_BYTES:
            yield from _cut(own)
        else:
            shared += own
    yield shared


def _cut(own: Sequence[_File]) -> Iterator[list[_File]]:
    """The files of one drive in stretches of time, as long as one file may be."""
    names: list[_File] = []
    for file in own:
        if names and (_rows([*names, file]) > MOST_ROWS or _bytes([*names, file]) > FILE_BYTES):
            yield names
            names = []
        names.append(file)
    yield names


def _within(bins: Sequence[list[_File]]) -> Iterator[list[list[_File]]]:
    """`bins` in batches of about FILE_BYTES: what one commit takes, and what a conflict may cost."""
    batch: list[list[_File]] = []
    size = 0
    for files in bins:
        batch.append(files)
        size += _bytes(files)
        if size >= FILE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _rows(files: Sequence[_File]) -> int:
    return sum(file.get("num_records") or 0 for file in files)


def _bytes(files: Sequence[_File]) -> int:
    return sum(file["size_bytes"] for file in files)


def _rewrite(table: str, bins: Sequence[list[str]]) -> None:
    def attempt() -> int:
        delta = ensure_table(table)
        present = {unquote(file["path"]) for file in _files(delta)}
        # Of the others, another run put them together, or a drive was taken out.
        kept = [names for names in bins if present.issuperset(names)]
        parts: list[Part] = []
        try:
            parts.extend(_written(table, names) for names in kept)  # one by one: what was written is known on failure
            if parts:
                add_parts(delta, parts, remove=[name for names in kept for name in names])
        except BaseException:
            discard(table, parts)
            raise
        return sum(part.num_rows for part in parts)

    retried(attempt)


def _written(table: str, names: list[str]) -> Part:
    paths = [f"{lake.location(table)}/{name}" for name in names]
    rows = dataset.dataset(paths, schema=contract(table).schema, format="parquet").to_table()
    writer = PartWriter(table, lake.location(table), "compacted", "")
    writer.add(in_order(rows, sort_keys(table)))
    return writer.close()
