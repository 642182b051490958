"""ops.ingest_topics: what a source file holds per topic, taken while it is read, beside what the recorder counted."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longtail.content_hash import hashes
from spark_jobs.readers.source import FilePlan, Problem, TopicCount
from spark_jobs.upsert import upsert

TABLE = "ops.ingest_topics"
UNKNOWN = ""
"""The topic of records that were put aside before their topic was known."""


@dataclass(frozen=True)
class TopicFigures:
    """Messages of one topic that landed. Times are None when there are none; the hashes are sums."""

    num_messages: int = 0
    num_payload_bytes: int = 0
    num_decoded: int = 0
    min_log_time_ns: int | None = None
    max_log_time_ns: int | None = None
    content_hash_a: int = 0
    content_hash_b: int = 0

    def __add__(self, other: "TopicFigures") -> "TopicFigures":
        """The figures of both together."""
        low = [each for each in (self.min_log_time_ns, other.min_log_time_ns) if each is not None]
        high = [each for each in (self.max_log_time_ns, other.max_log_time_ns) if each is not None]
        return TopicFigures(
            self.num_messages + other.num_messages,
            self.num_payload_bytes + other.num_payload_bytes,
            self.num_decoded + other.num_decoded,
            min(low, default=None),
            max(high, default=None),
            self.content_hash_a + other.content_hash_a,
            self.content_hash_b + other.content_hash_b,
        )


Figures = dict[str, TopicFigures]


def figures(messages: pa.Table) -> Figures:
    """The figures of some rows of bronze.messages by topic."""
    if not messages.num_rows:
        return {}
    topics = messages.column("topic")
    first = topics[0]
    if pc.all(pc.equal(topics, first)).as_py():
        return {first.as_py(): _of(messages)}
    parts = pc.unique(topics)
    return {topic.as_py(): _of(messages.filter(pc.equal(topics, topic))) for topic in parts}


def _of(rows: pa.Table) -> TopicFigures:
    log, crc = rows.column("log_time_ns").to_numpy(), rows.column("crc32").to_numpy()
    sequence = pc.fill_null(rows.column("sequence"), 0).to_numpy()
    first, second = hashes(log, sequence, crc)
    num_bytes = int(rows.column("num_payload_bytes").to_numpy().sum())
    num_decoded = rows.num_rows - rows.column("stream").null_count
    sums = int(first.sum(dtype=np.int64)), int(second.sum(dtype=np.int64))
    return TopicFigures(rows.num_rows, num_bytes, num_decoded, int(log.min()), int(log.max()), *sums)


def merged(parts: Iterable[Mapping[str, TopicFigures]]) -> Figures:
    """The figures of all `parts` together."""
    total: Figures = {}
    for part in parts:
        for topic, found in part.items():
            total[topic] = total[topic] + found if topic in total else found
    return total


def to_plain(found: Mapping[str, TopicFigures]) -> dict[str, list[Any]]:
    """As JSON can carry it."""
    return {topic: list(astuple(each)) for topic, each in found.items()}


def from_plain(found: Mapping[str, Iterable[Any]]) -> Figures:
    """What `to_plain` gave."""
    return {topic: TopicFigures(*values) for topic, values in found.items()}


def rows_of(plan: FilePlan, found: Mapping[str, TopicFigures], problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The rows of one file. `problems`: everything that went to quarantine from it."""
    aside: dict[str, int] = {}
    for problem in problems:
        if problem.num_messages:
            topic = problem.topic or UNKNOWN
            aside[topic] = aside.get(topic, 0) + problem.num_messages
    counted = plan.recorder_topics
    source = plan.source
    rows = []
    for topic in sorted({*found, *aside, *(counted or ())}):
        each = found.get(topic, TopicFigures())
        # A topic that the statistics do not mention has no message by them; records of no topic they cannot count.
        said = None if counted is None else TopicCount(*counted.get(topic, (0,)))
        rows.append(
            {
                "file_id": source.file_id,
                "project_id": source.project_id,
                "drive_id": source.drive_id,
                "topic": topic,
                "recorder_num_messages": said.num_messages if said else None,
                "recorder_num_payload_bytes": said.num_payload_bytes if said else None,
                "bronze_num_messages": each.num_messages,
                "num_payload_bytes": each.num_payload_bytes,
                "decoded_num_messages": each.num_decoded,
                "quarantined_num_messages": aside.get(topic, 0),
                "min_log_time_ns": each.min_log_time_ns,
                "max_log_time_ns": each.max_log_time_ns,
                "content_hash_a": each.content_hash_a,
                "content_hash_b": each.content_hash_b,
            }
        )
    return rows


def record(rows: Iterable[dict[str, Any]]) -> int:
    """Write `rows`, replacing those of the same file and topic; returns how many changed."""
    return upsert(TABLE, rows, ["drive_id", "file_id", "topic"])
