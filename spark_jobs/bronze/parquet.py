"""Bronze Parquet files: written as rows come, sorted, in small row groups, with the statistics files are skipped by."""

import json
import os
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from longtail.contracts import contract
from spark_jobs.commit import Part

ROW_GROUP_ROWS = 50_000  # a slice reads whole row groups: 20 to 60 thousand rows keep it at milliseconds
WINDOW_BYTES = 24 << 20  # rows held back to be sorted together; what a reader yields further out of order stays so
_MAX_STATISTIC_CHARS = 128


class PartWriter:
    """One file `part-<name>-<uuid>.parquet` in `folder`, no part of `table` until it is committed.

    Rows are sorted as the contract orders them within a window of about WINDOW_BYTES, so memory does not grow with the
    file. Text is dictionary-coded and numbers are not: half the time and two thirds of the bytes of coding everything.
    """

    def __init__(self, table: str, folder: str, name: str, transaction: str) -> None:
        self.table, self.transaction = table, transaction
        self.path = f"{folder}/part-{name}-{uuid.uuid4().hex}.parquet"
        promise = contract(table)
        self._schema = promise.schema
        self._order = sort_keys(table)
        self._held: list[pa.Table] = []
        self._num_rows = 0
        self._sink = _create(self.path)
        self._writer = pq.ParquetWriter(
            self._sink,
            promise.schema,
            compression="zstd",
            use_dictionary=[field.name for field in promise.schema if field.type == pa.string()] or False,
            store_schema=False,
            write_page_index=True,
        )

    def add(self, rows: pa.Table) -> None:
        """Take `rows`, in any order; what is surely in its place is written."""
        self._held.append(rows.cast(self._schema))
        self._num_rows += rows.num_rows
        if sum(table.nbytes for table in self._held) > WINDOW_BYTES:
            held = in_order(pa.concat_tables(self._held), self._order)
            settled = held.num_rows // 2 // ROW_GROUP_ROWS * ROW_GROUP_ROWS
            self._write(held.slice(0, settled))
            self._held = [held.slice(settled)]

    def close(self) -> Part:
        """The finished file. Its bytes are on the disk when this returns."""
        if self._held:
            self._write(in_order(pa.concat_tables(self._held), self._order))
        self._writer.close()
        self._sink.flush()
        if "://" not in self.path:
            os.fsync(self._sink.fileno())
        num_bytes = self._sink.tell()
        self._sink.close()
        statistics = json.dumps(delta_statistics(self._writer.writer.metadata))
        return Part(self.table, self.path, num_bytes, self._num_rows, statistics, self.transaction)

    def discard(self) -> None:
        """Remove the file, finished or not."""
        with suppress(OSError, pa.ArrowException):  # a full disk cannot take the end of a file that goes anyway
            self._writer.close()
        self._sink.close()
        Path(self.path).unlink(missing_ok=True)

    def _write(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._writer.write_table(rows, row_group_size=ROW_GROUP_ROWS)


def write_part(table: str, pieces: Sequence[pa.Table], folder: str, name: str, transaction: str) -> Part:
    """Write `pieces` as one file by a `PartWriter`."""
    writer = PartWriter(table, folder, name, transaction)
    for rows in pieces:
        writer.add(rows)
    return writer.close()


def sort_keys(table: str) -> list[str]:
    """The columns that rows of `table` are sorted by: what its contract says, then the place in the file."""
    promise = contract(table)
    ties = [column for column in ("file_id", "record_index") if column in promise.schema.names]
    return list(dict.fromkeys((*promise.ordering, *ties)))


def in_order(rows: pa.Table, order: Sequence[str]) -> pa.Table:
    """`rows` sorted by `order`; by numpy where what is left to compare are numbers, 20 times faster than by Arrow."""
    rows = rows.combine_chunks()
    keys = [name for name in order if not _is_constant(rows.column(name))]
    if all(rows.column(name).type == pa.int64() and not rows.column(name).null_count for name in keys):
        columns = [rows.column(name).to_numpy() for name in reversed(keys)]
        at = np.lexsort(columns) if columns else np.arange(rows.num_rows)
    else:
        at = pc.sort_indices(rows, [(name, "ascending") for name in keys]).to_numpy()
    return rows if np.array_equal(at, np.arange(rows.num_rows)) else rows.take(at)


def _is_constant(column: pa.ChunkedArray) -> bool:
    return len(column) == 0 or bool(pc.all(pc.equal(column, column[0])).as_py())


def delta_statistics(metadata: pq.FileMetaData) -> dict[str, Any]:
    """The file's statistics as Delta writes them. A bound that cannot be given exactly is left out, never guessed."""
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for column in range(metadata.num_columns):
        name = metadata.schema.column(column).path
        groups = [metadata.row_group(group).column(column) for group in range(metadata.num_row_groups)]
        statistics = [group.statistics for group in groups]
        if any(found is None or not found.has_null_count for found in statistics):
            continue
        nulls[name] = sum(found.null_count for found in statistics)
        valued = [found for found, group in zip(statistics, groups, strict=True) if found.null_count < group.num_values]
        if valued and all(found.has_min_max and _is_exact(found.min, found.max) for found in valued):
            low[name] = min(found.min for found in valued)
            high[name] = max(found.max for found in valued)
    return {"numRecords": metadata.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}


def _is_exact(low: object, high: object) -> bool:
    """True for the types Delta keeps bounds of. Doubles are left out: a NaN has no place in a bound."""
    if isinstance(low, str) and isinstance(high, str):
        return max(len(low), len(high)) <= _MAX_STATISTIC_CHARS
    return type(low) is int and type(high) is int


def _create(path: str) -> Any:
    if "://" in path:
        system, inner = fs.FileSystem.from_uri(path)
        return system.open_output_stream(inner)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return open(path, "wb")
