"""The ROS 1 bag reader (version 2.0): plans tasks of chunk ranges, and turns a task into rows of the bronze tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from spark_jobs.readers import rosbag1_records as bag
from spark_jobs.readers.limits import BATCH_BYTES, MAX_CHUNK_BYTES, TASK_BYTES
from spark_jobs.readers.mcap_batches import chunk_problem
from spark_jobs.readers.mcap_channels import Channels
from spark_jobs.readers.mcap_chunks import Ints, Octets, Records
from spark_jobs.readers.mcap_file import Bytes, Directory, open_bytes
from spark_jobs.readers.mcap_records import McapError
from spark_jobs.readers.rosbag1_chunks import Found, messages, unpacked
from spark_jobs.readers.rosbag1_index import BagIndex, read_index
from spark_jobs.readers.rosbag1_records import Record
from spark_jobs.readers.rosbag_rows import record_rows, wanted_payloads
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, TopicCount


def plan(source: SourceFile) -> FilePlan:
    """Tasks of about TASK_BYTES from the chunk infos; one task for the whole file where there are none to trust."""
    try:
        with open_bytes(source.path) as file:
            index = read_index(file)
    except McapError as error:
        return FilePlan(source, [], problems=[Problem("not_rosbag1", str(error), byte_offset=error.byte_offset)])
    chunks = index.chunks
    if chunks is None:
        return FilePlan(source, [Task(source, len(bag.MAGIC), index.stop, 0)], problems=index.problems)
    tasks, first, next_index, start = [], 0, 0, chunks[0].start if chunks else 0
    for chunk, following in zip(chunks, [*chunks[1:], None], strict=True):
        next_index += chunk.num_messages
        stop = index.stop if following is None else following.start
        if following is None or stop - start >= TASK_BYTES:
            tasks.append(Task(source, start, stop, first))
            first, start = next_index, stop
    filled = [chunk for chunk in chunks if chunk.num_messages]
    return FilePlan(
        source,
        tasks,
        recorder_num_messages=next_index,
        min_log_time_ns=min((chunk.first_time_ns for chunk in filled), default=None),
        max_log_time_ns=max((chunk.last_time_ns for chunk in filled), default=None),
        problems=index.problems,
        recorder_topics=_topics(index),
    )


def _topics(index: BagIndex) -> dict[str, TopicCount]:
    """Messages per topic by the chunk infos, connections of one topic together."""
    names = {number: channel.topic for number, channel in index.directory.channels.items()}
    totals = dict.fromkeys(names.values(), 0)
    for chunk in index.chunks or []:
        for number, count in chunk.counts:
            totals[names[number]] += count
    return {topic: TopicCount(count) for topic, count in totals.items()}


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """Rows of `task`: bronze.messages for every record, the typed tables, and bronze.quarantine."""
    with open_bytes(task.source.path) as file:
        index = read_index(file)
        channels = Channels(task.source, index.directory)
        # A bag knows one time per message: when it was received.
        yield from record_rows(channels, _Reading(file, index, task).batches(), absent=("publish_time_ns",))


def directory(source: SourceFile) -> Directory:
    """The connections as channels, as far as the index of the bag has them."""
    with open_bytes(source.path) as file:
        return read_index(file).directory


def payloads(source: SourceFile, record_indexes: Ints | None = None) -> Iterator[tuple[int, bytes]]:
    """(record_index, payload) in file order, of all messages or of `record_indexes`; what is damaged is left out."""
    with open_bytes(source.path) as file:
        index = read_index(file)
        for task in plan(source).tasks:
            yield from wanted_payloads(_Reading(file, index, task).batches(), record_indexes)


@dataclass
class _Reading:
    """One pass over the range of a task. A chunk keeps the record indexes that the chunk infos promise it."""

    file: Bytes
    index: BagIndex
    task: Task
    parts: list[tuple[Octets, Found, int, int]] = field(default_factory=list)
    num_bytes: int = 0

    def batches(self) -> Iterator[Records | Problem]:
        """The messages in batches of about BATCH_BYTES, and what is wrong on the way."""
        promised = self._promised()
        next_index, at = self.task.first_record_index, self.task.start
        try:
            for chunk, entries in self._chunks():
                at = chunk.start
                if self.num_bytes and self.num_bytes + chunk.number(b"size", 4) > BATCH_BYTES:
                    yield self._flush()
                first, count = promised.pop(at, (next_index, -1 if self.index.chunks is None else 0))
                problem, num_read = self._add(chunk, entries, first, count)
                if problem is not None:
                    yield problem
                next_index = first + (num_read if count < 0 else count)
        except McapError as error:
            detail = f"{error}; everything before was read"
            yield Problem("truncated", detail, None, next_index, error.byte_offset or at)
        for start, (first, count) in promised.items():
            detail = "there is no chunk where the index of the bag names one"
            yield Problem("missing_chunk", detail, None, first, start, count)
        if self.num_bytes:
            yield self._flush()

    def _promised(self) -> dict[int, tuple[int, int]]:
        """(first record index, messages) of each chunk of the task by where it starts, as the index says."""
        found, first = {}, self.task.first_record_index
        for chunk in self.index.chunks or []:
            if self.task.start <= chunk.start < self.task.stop:
                found[chunk.start] = first, chunk.num_messages
                first += chunk.num_messages
        return found

    def _chunks(self) -> Iterator[tuple[Record, list[memoryview]]]:
        """Each chunk with the entries of its index records, which stand behind it."""
        chunk: Record | None = None
        entries: list[memoryview] = []
        try:
            for record in bag.walk(self.file, self.task.start, self.task.stop):
                if record.op == bag.INDEX and chunk is not None:
                    if record.data_length <= MAX_CHUNK_BYTES:  # without its index a chunk is walked
                        entries.append(memoryview(self.file.read(record.data_start, record.data_length)))
                    continue
                if chunk is not None:
                    yield chunk, entries
                chunk, entries = record if record.op == bag.CHUNK else None, []
                if record.op == bag.CONNECTION and record.data_length <= MAX_CHUNK_BYTES:
                    self.index.define(record, self.file.read(record.data_start, record.data_length))
        except McapError:
            if chunk is not None:  # what does not fit ends the walk, not the chunk before it
                yield chunk, entries
            raise
        if chunk is not None:
            yield chunk, entries

    def _add(self, chunk: Record, entries: list[memoryview], first: int, promised: int) -> tuple[Problem | None, int]:
        """Keep the messages of `chunk`; what was wrong, and how many it has. `promised` -1: nothing says how many."""
        try:
            data = unpacked(self.file, chunk)
            found = messages(data, entries, self.index.define)
        except McapError as error:
            return chunk_problem(error, chunk.start, first, max(promised, 0)), 0
        count = len(found[0])
        kept = count if promised < 0 else min(promised, count)
        self.parts.append(
            (data, (found[0][:kept], found[1][:kept], found[2][:kept], found[3][:kept]), chunk.start, first)
        )
        self.num_bytes += len(data)
        if kept == count and promised in (-1, count):
            return None, count
        detail = f"the chunk has {count} message(s), the index of the bag says {promised}"
        return Problem("bad_index", detail, None, first + kept, chunk.start, abs(count - promised)), count

    def _flush(self) -> Records:
        """The messages kept so far, in one buffer."""
        data = self.parts[0][0] if len(self.parts) == 1 else np.concatenate([part[0] for part in self.parts])
        bases = np.cumsum([0] + [len(part[0]) for part in self.parts[:-1]])
        sizes = [len(part[1][0]) for part in self.parts]
        channel, time, offset, length = (np.concatenate([part[1][k] for part in self.parts]) for k in range(4))
        base, chunk_offset = np.repeat(bases, sizes), np.repeat([part[2] for part in self.parts], sizes)
        indexes = np.concatenate([part[3] + np.arange(size) for part, size in zip(self.parts, sizes, strict=True)])
        self.parts, self.num_bytes = [], 0
        none = np.zeros(len(time), np.int64)
        return Records(data, channel, none, time, none, base + offset, length, chunk_offset, offset, indexes)
