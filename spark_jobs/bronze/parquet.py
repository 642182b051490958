"""Bronze Parquet files: sorted, in small row groups, with the statistics that Delta readers skip files by, synced."""

import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from longtail.contracts import contract
from spark_jobs.commit import Part

ROW_GROUP_ROWS = 50_000  # a slice reads whole row groups: 20 to 60 thousand rows keep it at milliseconds
_MAX_STATISTIC_CHARS = 128


def write_part(table: str, pieces: Sequence[pa.Table], folder: str, name: str, transaction: str) -> Part:
    """Write `pieces`, sorted as the contract of `table` orders them, as one file `part-<name>-<uuid>.parquet`.

    The bytes are on the disk when it returns; the file is no part of the table until it is committed.
    """
    promise = contract(table)
    rows = pa.concat_tables(pieces)
    ties = [column for column in ("file_id", "record_index") if column in rows.column_names]
    order = [(column, "ascending") for column in (*promise.ordering, *ties)]
    rows = rows.sort_by(list(dict.fromkeys(order))).cast(promise.schema)
    path = f"{folder}/part-{name}-{uuid.uuid4().hex}.parquet"
    collected: list[pq.FileMetaData] = []
    with _create(path) as sink:
        pq.write_table(
            rows,
            sink,
            compression="zstd",
            row_group_size=ROW_GROUP_ROWS,
            store_schema=False,
            write_page_index=True,
            metadata_collector=collected,
        )
        sink.flush()
        if "://" not in path:
            os.fsync(sink.fileno())
        num_bytes = sink.tell()
    return Part(table, path, num_bytes, rows.num_rows, json.dumps(delta_statistics(collected[0])), transaction)


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
