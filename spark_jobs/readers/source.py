"""What every reader speaks: a file to read, the tasks it splits into, what its summary says, and what went wrong."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from longtail.contracts import conform


@dataclass(frozen=True)
class SourceFile:
    """One landed file and what its drive declares about it.

    `declaration` is the parsed drive.json ({} when there is none). `dbc_paths` holds (bus, path) pairs; bus None means
    every bus.
    """

    path: str
    file_id: str
    project_id: str
    drive_id: str
    format: str
    num_bytes: int
    declaration: Mapping[str, Any] = field(default_factory=dict)
    dbc_paths: tuple[tuple[int | None, str], ...] = ()

    def topic_rule(self, topic: str) -> Mapping[str, Any]:
        """What drive.json says about `topic`, for example {"stream": "objects", "role": "onboard"}; {} when nothing."""
        topics = self.declaration.get("topics")
        rule = topics.get(topic) if isinstance(topics, Mapping) else None
        return rule if isinstance(rule, Mapping) else {}


@dataclass(frozen=True)
class Task:
    """A range of one file that one worker reads.

    `start` and `stop` are in the unit of the format (bytes in MCAP, channel groups in MDF4, rows in a feather file).
    `first_record_index` is the ordinal of the first record of the range in the file.
    """

    source: SourceFile
    start: int
    stop: int
    first_record_index: int


@dataclass(frozen=True)
class Problem:
    """Something that could not be read. `num_messages` is 0 when the number of records concerned is unknown."""

    reason: str
    detail: str
    topic: str | None = None
    record_index: int | None = None
    byte_offset: int | None = None
    num_messages: int = 0


class TopicCount(NamedTuple):
    """What the recorder counted on one topic; None: its statistics do not give payload bytes."""

    num_messages: int
    num_payload_bytes: int | None = None


@dataclass(frozen=True)
class FilePlan:
    """How to read a file, from its summary alone. The recorder's own figures are None where the format has none.

    `recorder_topics` are those of each topic, channels of one topic together.
    """

    source: SourceFile
    tasks: list[Task]
    recorder_num_messages: int | None = None
    recorder_library: str | None = None
    min_log_time_ns: int | None = None
    max_log_time_ns: int | None = None
    problems: list[Problem] = field(default_factory=list)
    recorder_topics: Mapping[str, TopicCount] | None = None


def quarantine_rows(source: SourceFile, problems: Sequence[Problem]) -> pa.Table:
    """`problems` as rows of bronze.quarantine. The id depends on file, position and reason only: a retry repeats it."""
    rows = [_quarantine_row(source, problem) for problem in problems]
    columns = list(rows[0]) if rows else []
    return conform("bronze.quarantine", pa.table({name: [row[name] for row in rows] for name in columns}))


def yield_quarantine(source: SourceFile, problems: Sequence[Problem]) -> Iterator[tuple[str, pa.Table]]:
    """The quarantine rows of `problems` as a reader yields them; nothing when there are none."""
    if problems:
        yield "bronze.quarantine", quarantine_rows(source, problems)


def _quarantine_row(source: SourceFile, problem: Problem) -> dict[str, Any]:
    place = (source.file_id, problem.topic, problem.record_index, problem.byte_offset, problem.reason)
    return {
        "quarantine_id": hashlib.sha256(repr(place).encode()).hexdigest(),
        "project_id": source.project_id,
        "drive_id": source.drive_id,
        "file_id": source.file_id,
        "source_path": source.path,
        "topic": problem.topic,
        "record_index": problem.record_index,
        "byte_offset": problem.byte_offset,
        "num_messages": problem.num_messages,
        "reason": problem.reason,
        "detail": problem.detail,
    }
