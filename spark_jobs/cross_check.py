"""`ingest --cross-check`: sampled messages of what just landed, decoded again by other code and compared with bronze.

A difference is no reason to take rows away, it is a reason to look: it goes to bronze.quarantine with the record's
place, and ingest ends with exit code 3.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from longtail.contracts import all_tables
from longtail.query import sql
from longtail.scan import Bounds
from spark_jobs.export_sources import FORMATS, Definition, definitions, pieces
from spark_jobs.readers.finite import only_finite
from spark_jobs.readers.mcap_channels import Channels
from spark_jobs.readers.mcap_chunks import Records
from spark_jobs.readers.mcap_file import Directory
from spark_jobs.readers.mcap_records import Channel, Schema
from spark_jobs.readers.source import Problem, SourceFile
from spark_jobs.readers.stream_rows import Context
from spark_jobs.readers.streams import Stream
from spark_jobs.second_decoder import columns, decoder_for

REASON = "cross_check_mismatch"
_BATCH_ROWS = 5_000
_SHOWN = 20
_MESSAGES = """
    select record_index, topic, coalesce(schema_name, '') as schema_name, coalesce(sequence, 0) as sequence,
        log_time_ns, publish_time_ns, chunk_offset, payload_offset, num_payload_bytes, crc32
    from bronze.messages
    where drive_id = $drive and file_id = $file and stream is not null
    order by record_index
"""
Row = dict[str, Any]


@dataclass(frozen=True)
class CrossCheck:
    """What became of one file: messages compared, those that no second decoder knows, and what differs."""

    num_checked: int = 0
    num_unknown: int = 0
    problems: tuple[Problem, ...] = ()


def cross_check(source: SourceFile, fraction: float) -> CrossCheck:
    """Compare about `fraction` (0..1] of the decoded messages of one landed file, always the same ones."""
    if source.format not in FORMATS:
        return CrossCheck()
    parameters = {"drive": source.drive_id, "file": source.file_id}
    index = sql(_MESSAGES, parameters=parameters, bounds=Bounds(source.drive_id))
    index = index.filter(pa.array(sampled(source.file_id, index.column("record_index").to_numpy(), fraction)))
    if not index.num_rows:
        return CrossCheck()
    chunks = {offset for offset in index.column("chunk_offset").unique().to_pylist() if offset is not None}
    found = pieces(source, index.column("record_index").to_numpy(), chunks or None)
    by_name = definitions(source)
    num_checked = num_unknown = 0
    problems: list[Problem] = []
    for start in range(0, index.num_rows, _BATCH_ROWS):
        rows = index.slice(start, _BATCH_ROWS).to_pylist()
        groups: dict[Definition, list[tuple[Row, bytes]]] = defaultdict(list)
        for row in rows:
            number, definition, payload = next(found)
            if number != row["record_index"] or zlib.crc32(payload) != row["crc32"]:
                problems.append(_mismatch(row, "its payload is not the one whose CRC bronze holds"))
                continue
            groups[by_name[row["topic"], row["schema_name"]] if by_name else definition].append((row, payload))
        landed = _landed(source, rows)
        for definition, members in groups.items():
            known = _compare(source, definition, members, landed, problems)
            num_checked, num_unknown = num_checked + known, num_unknown + len(members) - known
    return CrossCheck(num_checked, num_unknown, tuple(problems[:_SHOWN]))


def sampled(file_id: str, record_indexes: npt.NDArray[np.int64], fraction: float) -> npt.NDArray[np.bool_]:
    """Which records are looked at: by a hash of file and record alone, so that a repeated run looks at the same."""
    seed = np.uint64(int(file_id[:16], 16))
    with np.errstate(over="ignore"):
        mixed = (record_indexes.astype(np.uint64) + seed) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53 < fraction


def _compare(
    source: SourceFile,
    definition: Definition,
    members: Sequence[tuple[Row, bytes]],
    landed: dict[tuple[str, int], list[Row]],
    problems: list[Problem],
) -> int:
    """Compare messages of one channel, adding to `problems`; how many could be: 0 without a second decoder."""
    stream = _stream(source, definition)
    decode = decoder_for(definition)
    if stream is None or decode is None or stream.name == "map_elements":  # a map is not compared
        return 0
    decoded, rows = [], []
    for row, payload in members:
        try:
            decoded.append(decode(payload))
            rows.append(row)
        except Exception as error:  # whatever the other library raises: ours read this message
            problems.append(_mismatch(row, f"another decoder fails: {type(error).__name__}: {error}"[:300]))
    context = Context(source, definition.topic, source.topic_rule(definition.topic), _records(rows))
    expected: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for table, found in stream.tables(columns(decoded, _wanted(stream)), context):
        if table in _typed():  # a map has no records
            for row in only_finite(table, found)[0].to_pylist():
                expected[table, row["record_index"]].append(row | _unset(row))
    for row in rows:
        for table in {each.table for each in (stream, *stream.also)} & set(_typed()):
            key = table, row["record_index"]
            differs = _difference(_sorted(expected.get(key, [])), _sorted(landed.get(key, [])))
            if differs:
                problems.append(_mismatch(row, f"another decoder gives other rows of {table}: {differs}"))
    return len(members)


def _unset(row: Row) -> Row:
    """Times and places of `row` that its container does not have, which arrays of numbers carry as -1."""
    return {name: None for name in ("publish_time_ns", "payload_offset") if row.get(name) == -1}


def _difference(expected: Sequence[Row], landed: Sequence[Row]) -> str:
    """What differs first; empty when nothing does. A column that the table got after the lake was made is no news."""
    if len(expected) != len(landed):
        return f"{len(expected)} rows, bronze has {len(landed)}"
    for ours, theirs in zip(landed, expected, strict=True):
        for name, value in ours.items():
            if theirs[name] != value:
                return f"{name} is {theirs[name]!r}, bronze has {value!r}"[:300]
    return ""


def _stream(source: SourceFile, definition: Definition) -> Stream | None:
    schema = Schema(definition.schema_name, definition.schema_encoding, definition.schema_data)
    directory = Directory({1: Channel(1, definition.topic, definition.message_encoding)}, {1: schema})
    prepared = Channels(source, directory).get(1)
    return prepared.stream if prepared else None


def _wanted(stream: Stream) -> tuple[str, ...]:
    """Every field that the stream may read; of JSON, the members of its structure."""
    if not stream.structure:
        return tuple(name for each in (stream, *stream.also) for name in each.wanted)

    def walk(structure: Any, prefix: str) -> Iterator[str]:
        for name, kind in structure.items():
            if isinstance(kind, dict):
                yield from walk(kind, f"{prefix}{name}.")
            elif isinstance(kind, list):
                yield from walk(kind[0], f"{prefix}{name}/")
            else:
                yield prefix + name

    return tuple(walk(json.loads(stream.structure), ""))


def _records(rows: Sequence[Row]) -> Records:
    names = ("sequence", "log_time_ns", "publish_time_ns", "num_payload_bytes", "chunk_offset", "payload_offset")
    part = {name: np.array([-1 if row[name] is None else row[name] for row in rows], np.int64) for name in names}
    none = np.zeros(len(rows), np.int64)
    return Records(
        data=np.empty(0, np.uint8),
        channel=none,
        sequence=part["sequence"],
        log_time_ns=part["log_time_ns"],
        publish_time_ns=part["publish_time_ns"],
        start=none,
        length=part["num_payload_bytes"],
        chunk_offset=part["chunk_offset"],
        payload_offset=part["payload_offset"],
        record_index=np.array([row["record_index"] for row in rows], np.int64),
    )


def _landed(source: SourceFile, rows: Sequence[Row]) -> dict[tuple[str, int], list[Row]]:
    """The typed rows of these messages by (table, record_index)."""
    numbers = [row["record_index"] for row in rows]
    parameters = {"drive": source.drive_id, "file": source.file_id, "numbers": numbers}
    found: dict[tuple[str, int], list[Row]] = {}
    for table in _typed():
        query = (
            f"select * from {table} where drive_id = $drive and file_id = $file"  # noqa: S608 - names of contracts
            " and record_index in (select unnest($numbers)) order by record_index"
        )
        typed = sql(query, parameters=parameters, bounds=Bounds(source.drive_id)).to_pylist()
        for number, group in groupby(typed, key=lambda row: row["record_index"]):
            found[table, number] = list(group)
    return found


def _typed() -> list[str]:
    others = {f"bronze.{name}" for name in ("messages", "quarantine", "files", "drives", "map_lanes", "map_elements")}
    return [table for table in all_tables() if table.startswith("bronze.") and table not in others]


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(str(row.get(name)) for name in ("object_index", "boundary_index")))


def _mismatch(row: Row, why: str) -> Problem:
    return Problem(REASON, f"record {row['record_index']}: {why}", row["topic"], row["record_index"])
