"""`longtail verify --deep`: the raw files against the ledger, read by the official libraries, never by our readers."""

import hashlib
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from longtail.content_hash import hashes
from longtail.verify import Failure, Finding

_GONE = "restore the file as it was ingested, or keep the lake as its only record"
_DIFFERENT = "ingest the raw files into a new lake: longtail --lake NEW ingest PATH"
_BLOCK = 65_536

Row = Mapping[str, Any]
Message = tuple[str, int, int, bytes]
Totals = dict[str, tuple[int, int, int, int]]


def deep_findings(
    files: Sequence[Row], told: Sequence[Row], tell: Callable[[str, int, int], None]
) -> tuple[list[Finding], list[str]]:
    """Findings about the raw `files` (rows of the ledger) against `told` (rows of ops.ingest_topics), and notes.

    Files with damage are compared by their sha256 alone: an official reader stops where ours goes on.
    """
    by_file: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in told:
        by_file[row["drive_id"], row["file_id"]].append(row)
    digests: list[tuple[Row, str, Any, Any]] = []
    counts: list[tuple[Row, str, Any, Any]] = []
    contents: list[tuple[Row, str, Any, Any]] = []
    notes = []
    for done, file in enumerate(files):
        path = Path(file["source_path"])
        tell(path.name, done, len(files))
        digest = _sha256(path)
        digests.append((file, file["source_path"], file["file_id"], digest))
        topics = by_file[file["drive_id"], file["file_id"]]
        if digest != file["file_id"] or not topics:
            continue
        if file["format"] not in _READERS or file["quarantined_num_messages"] or "truncated" in (file["reason"] or ""):
            notes.append(f"{path.name}: compared by sha256 only ({_why(file)})")
            continue
        counts += _recorder_counts(file, path, topics)
        contents += _contents(file, path, topics)
    tell("", len(files), len(files))
    named = (
        ("raw file unchanged", "sha256 of a file", digests, _GONE),
        ("recorder's statistics", "messages of a topic, read again", counts, _DIFFERENT),
        ("raw content", "(count, bytes, hashes) of a topic, read again", contents, _DIFFERENT),
    )
    return [_finding(*each) for each in named], notes


def _finding(name: str, says: str, cases: Sequence[tuple[Row, str, Any, Any]], way_out: str) -> Finding:
    failures = tuple(
        Failure(name, file["drive_id"], subject, expected, found, way_out)
        for file, subject, expected, found in cases
        if expected != found
    )
    sums: list[int | None] = [None, None]
    if cases and isinstance(cases[0][2], int):
        sums = [sum(each[2] for each in cases), sum(each[3] for each in cases)]
    return Finding(name, says, len(cases), sums[0], sums[1], len(failures), failures[:20])


def _why(file: Row) -> str:
    if file["format"] not in _READERS:
        return f"{file['format']} has no payload bytes that a second reader could give"
    return f"damaged: {file['reason']}"


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "the file is gone"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recorder_counts(file: Row, path: Path, topics: Sequence[Row]) -> Iterator[tuple[Row, str, Any, Any]]:
    """The recorder's statistics as the official reader gives them; nothing where the format or the file has none."""
    if file["format"] != "mcap":
        return
    from mcap.reader import SeekingReader

    with path.open("rb") as stream:
        summary = SeekingReader(stream).get_summary()
    if summary is None or summary.statistics is None:
        return
    said: dict[str, int] = defaultdict(int)
    for number, count in summary.statistics.channel_message_counts.items():
        said[summary.channels[number].topic] += count
    for row in topics:
        yield file, row["topic"], said[row["topic"]], row["bronze_num_messages"] + row["quarantined_num_messages"]


def _contents(file: Row, path: Path, topics: Sequence[Row]) -> Iterator[tuple[Row, str, Any, Any]]:
    seen = _totals(_READERS[file["format"]](path))
    names = ("bronze_num_messages", "num_payload_bytes", "content_hash_a", "content_hash_b")
    told = {row["topic"]: tuple(row[name] for name in names) for row in topics if row["bronze_num_messages"]}
    for topic in sorted({*seen, *told}):
        yield file, topic, str(seen.get(topic)), str(told.get(topic))


def _totals(messages: Iterator[Message]) -> Totals:
    """(count, payload bytes, hash a, hash b) by topic."""
    totals: Totals = {}
    held: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    for topic, log_time_ns, sequence, payload in messages:
        held[topic].append((log_time_ns, sequence, zlib.crc32(payload), len(payload)))
        if len(held[topic]) >= _BLOCK:
            _add(totals, topic, held.pop(topic))
    for topic, block in held.items():
        _add(totals, topic, block)
    return totals


def _add(totals: Totals, topic: str, block: Sequence[tuple[int, int, int, int]]) -> None:
    log, sequence, crc, size = np.array(block, np.int64).T
    first, second = hashes(log, sequence, crc)
    before = totals.get(topic, (0, 0, 0, 0))
    now = (len(block), int(size.sum()), int(first.sum()), int(second.sum()))
    totals[topic] = tuple(one + other for one, other in zip(before, now, strict=True))  # type: ignore[assignment]


def _mcap(path: Path) -> Iterator[Message]:
    """Messages by the official MCAP reader, every CRC checked."""
    from mcap.reader import NonSeekingReader

    with path.open("rb") as stream:
        for _, channel, message in NonSeekingReader(stream, validate_crcs=True).iter_messages(log_time_order=False):
            yield channel.topic, message.log_time, message.sequence, message.data


def _rosbag(path: Path) -> Iterator[Message]:
    """Messages of a ROS 1 bag by the rosbags package."""
    from rosbags.rosbag1 import Reader

    with Reader(path) as reader:
        for connection, log_time_ns, payload in reader.messages():
            yield connection.topic, log_time_ns, 0, payload


def _sqlite(path: Path) -> Iterator[Message]:
    """Messages of a ROS 2 bag in SQLite by SQLite itself; the file is opened so that nothing is written beside it."""
    query = "select topics.name, timestamp, data from messages join topics on topics.id = messages.topic_id"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        for topic, log_time_ns, payload in connection.execute(query):
            yield topic, log_time_ns, 0, payload


_READERS: dict[str, Callable[[Path], Iterator[Message]]] = {
    "mcap": _mcap,
    "rosbag1": _rosbag,
    "rosbag2_sqlite": _sqlite,
}
