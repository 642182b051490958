"""The messages of a drive in log time order: index rows and payloads side by side, several files merged."""

import heapq
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from longtail.query import connection, sql
from longtail.scan import Bounds
from spark_jobs.export_sources import Definition, ExportError, definitions, pieces
from spark_jobs.readers.source import SourceFile

_WANTED = """
    from bronze.messages
    where drive_id = $drive and file_id = $file
        and (len($topics) = 0 or list_contains($topics, topic))
        and log_time_ns >= $first and log_time_ns < $last
"""
_INDEX = f"""
    select record_index, topic, coalesce(schema_name, '') as schema_name, coalesce(sequence, 0) as sequence,
        log_time_ns, coalesce(publish_time_ns, log_time_ns) as publish_time_ns, crc32, chunk_offset
    {_WANTED} order by record_index
"""
NEVER, EVER = -(2**63), 2**63 - 1
"""Bounds of log time that leave nothing out, ns."""

_BATCH_ROWS = 50_000

Message = tuple[int, int, int, Definition, bytes]
"""Log time, publish time, sequence, channel, payload."""


def merged(sources: Sequence[SourceFile], wanted: dict[str, Any]) -> Iterator[Message]:
    """The messages of all files by log time. `wanted`: drive, topics (all when empty), first and last log time.

    A file is opened when its time comes, so split recordings stay cheap.
    """
    waiting = [(_first_time(source, wanted), number) for number, source in enumerate(sources)]
    heapq.heapify(waiting := [entry for entry in waiting if entry[0] is not None])
    heads: list[tuple[int, int, Message, Iterator[Message]]] = []
    while heads or waiting:
        while waiting and (not heads or waiting[0][0] <= heads[0][0]):
            _, number = heapq.heappop(waiting)
            _advance(heads, number, _messages(sources[number], wanted))
        if heads:
            _, number, message, rest = heapq.heappop(heads)
            yield message
            _advance(heads, number, rest)


def _advance(heads: list[tuple[int, int, Message, Iterator[Message]]], number: int, rest: Iterator[Message]) -> None:
    message = next(rest, None)
    if message is not None:
        heapq.heappush(heads, (message[0], number, message, rest))


def _messages(source: SourceFile, wanted: dict[str, Any]) -> Iterator[Message]:
    """The wanted messages of one file in file order, index and payload side by side, every CRC compared."""
    rows = _index(source, wanted)
    is_all = not wanted["topics"] and wanted["last"] == EVER and wanted["first"] == NEVER
    if is_all:
        found = pieces(source, None, None)
    else:
        chosen = pa.concat_tables([pa.Table.from_batches([batch]) for batch in _index(source, wanted)])
        chunks = {offset for offset in chosen.column("chunk_offset").unique().to_pylist() if offset is not None}
        found = pieces(source, np.sort(chosen.column("record_index").to_numpy()), chunks or None)
    by_name = definitions(source)
    for batch in rows:
        columns = [batch.column(name).to_pylist() for name in batch.schema.names]
        for number, topic, schema_name, sequence, log_time, publish_time, crc, _ in zip(*columns, strict=True):
            at, definition, payload = next(found, (-1, Definition("", ""), b""))
            while 0 <= at < number:  # a record that bronze does not hold: it is in quarantine
                at, definition, payload = next(found, (-1, definition, b""))
            if at != number or zlib.crc32(payload) != crc:
                raise ExportError(f"{source.path}: record {number} ({topic}) is not what was ingested; verify --deep")
            if by_name:
                definition = by_name[topic, schema_name]
            yield log_time, publish_time, sequence, definition, payload


def _index(source: SourceFile, wanted: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    with connection(_INDEX, bounds=Bounds(source.drive_id)) as session:
        yield from session.sql(_INDEX, params=wanted | {"file": source.file_id}).to_arrow_reader(_BATCH_ROWS)


def count(source: SourceFile, wanted: dict[str, Any]) -> int:
    """Messages of `source` that are wanted."""
    return int(_one(f"select count(*) as n {_WANTED}", source, wanted))


def _first_time(source: SourceFile, wanted: dict[str, Any]) -> int | None:
    found = _one(f"select min(log_time_ns) as n {_WANTED}", source, wanted)
    return None if found is None else int(found)


def _one(query: str, source: SourceFile, wanted: dict[str, Any]) -> Any:
    parameters = wanted | {"file": source.file_id}
    return sql(query, parameters=parameters, bounds=Bounds(source.drive_id)).column(0)[0].as_py()
