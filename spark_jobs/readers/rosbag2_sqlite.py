"""The reader of ROS 2 bags in SQLite (.db3): plans tasks of id ranges, and turns a task into bronze rows."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import zstandard

from spark_jobs.readers import rosbag2_metadata
from spark_jobs.readers.limits import BATCH_BYTES, MAX_CHANNELS, MAX_CHUNK_BYTES, TASK_BYTES
from spark_jobs.readers.mcap_channels import Channels
from spark_jobs.readers.mcap_chunks import Ints, Records
from spark_jobs.readers.mcap_file import Directory
from spark_jobs.readers.mcap_records import Channel, Schema
from spark_jobs.readers.ros2_definitions import definition
from spark_jobs.readers.rosbag_rows import record_rows, wanted_payloads
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, TopicCount

_IN_RANGE = "from messages where id >= ? and id < ?"
_MAX_ID = 2**63 - 1


class BagError(ValueError):
    """A database that is no ROS 2 bag."""


def _open(path: str) -> closing[sqlite3.Connection]:
    """The database, never written to, not even its journal; nothing in its schema may run code.

    Raises:
        BagError: its tables are not those of a bag.
        sqlite3.Error: it is damaged.
    """
    connection = sqlite3.connect(f"file:{quote(str(Path(path).resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CHUNK_BYTES)
        for pragma in ("trusted_schema = off", "cell_size_check = on", "mmap_size = 0"):
            connection.execute(f"pragma {pragma}")
        found = connection.execute("select name, type, sql from sqlite_master").fetchmany(10_000)
        tables = {name for name, kind, sql in found if kind == "table" and str(sql).upper().startswith("CREATE TABLE")}
        if not {"topics", "messages"} <= tables:
            raise BagError("the database has no tables topics and messages")
    except BaseException:
        connection.close()
        raise
    return closing(connection)


def plan(source: SourceFile) -> FilePlan:
    """Tasks of about TASK_BYTES by id. The recorder's own counts are in metadata.yaml, where the bag has one file."""
    try:
        with _open(source.path) as connection:
            tasks = _tasks(source, connection)
            bounds = connection.execute("select min(timestamp), max(timestamp) from messages").fetchone()
    except (sqlite3.Error, BagError) as error:
        return FilePlan(source, [], problems=[Problem("bad_sqlite", f"{error}"[:300], byte_offset=0)])
    path = Path(source.path)
    wal = path.with_name(path.name + "-wal")
    problems = []
    if wal.exists() and wal.stat().st_size:
        problems.append(Problem("unmerged_wal", f"{wal.name} holds messages that the recorder did not merge"))
    first, last = (value if isinstance(value, int) else None for value in bounds)
    found = rosbag2_metadata.beside(path)
    if found is None:
        return FilePlan(source, tasks, None, None, first, last, problems)
    if len(found.parts) > 1:
        return FilePlan(source, tasks, found.part_counts.get(path.name), None, first, last, problems)
    topics: dict[str, TopicCount] | None = dict(found.topics)
    if sum(topic.num_messages for topic in found.topics.values()) != found.num_messages:
        topics = None
    return FilePlan(source, tasks, found.num_messages, None, first, last, problems, topics)


def _tasks(source: SourceFile, connection: sqlite3.Connection) -> list[Task]:
    first, last = connection.execute("select min(id), max(id) from messages").fetchone()
    if first is None:
        return []
    num_tasks = max(1, min(source.num_bytes // TASK_BYTES, last - first + 1))
    bounds = [first + (last - first + 1) * number // num_tasks for number in range(num_tasks)] + [
        min(last, _MAX_ID - 1) + 1
    ]
    tasks, index = [], 0
    for start, stop in itertools.pairwise(bounds):
        (count,) = connection.execute(f"select count(*) {_IN_RANGE}", (start, stop)).fetchone()
        if count:
            tasks.append(Task(source, start, stop, index))
        index += count
    return tasks


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """Rows of `task`: bronze.messages for every record, the typed tables, and bronze.quarantine."""
    with _open(task.source.path) as connection:
        channels = Channels(task.source, _directory(connection))
        # A row of the table has one time, and no place in the file that a reader could go to.
        yield from record_rows(channels, _Reading(connection, task).batches(), ("publish_time_ns", "payload_offset"))


def directory(source: SourceFile) -> Directory:
    """The topics as channels."""
    with _open(source.path) as connection:
        return _directory(connection)


def payloads(source: SourceFile, record_indexes: Ints | None = None) -> Iterator[tuple[int, bytes]]:
    """(record_index, payload) in file order, of all messages or of `record_indexes`; what is damaged is left out."""
    with _open(source.path) as connection:
        for task in _tasks(source, connection):
            yield from wanted_payloads(_Reading(connection, task).batches(), record_indexes)


def _directory(connection: sqlite3.Connection) -> Directory:
    """The topics as the channels of an MCAP file, with the definition in the bag or, where it has none, a known one."""
    directory = Directory()
    definitions: dict[str, tuple[str, str]] = {}
    if connection.execute("pragma table_info(message_definitions)").fetchone():
        query = "select topic_type, encoding, encoded_message_definition from message_definitions"
        definitions = {str(name): (str(kind), str(text)) for name, kind, text in connection.execute(query)}
    topics = connection.execute("select id, name, type, serialization_format from topics")
    for number, name, kind, encoding in topics.fetchmany(MAX_CHANNELS):
        schema_encoding, text = definitions.get(str(kind), ("", ""))
        if not text:
            schema_encoding, text = "ros2msg", definition(str(kind))
        directory.channels[number] = Channel(number, str(name), str(encoding))
        directory.schemas[number] = Schema(str(kind), schema_encoding, text.encode())
    return directory


def _unpacked(data: bytes) -> bytes | None:
    """The message; bags may compress each with zstd, whose magic no message starts with. None: damaged or too large."""
    if not data.startswith(zstandard.MAGIC_NUMBER.to_bytes(4, "little")):
        return data
    try:
        if zstandard.frame_content_size(data) > MAX_CHUNK_BYTES:
            return None
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_CHUNK_BYTES)
    except zstandard.ZstdError:
        return None


@dataclass
class _Reading:
    """One pass over the ids of a task, in batches of about BATCH_BYTES."""

    connection: sqlite3.Connection
    task: Task
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    num_bytes: int = 0

    def batches(self) -> Iterator[Records | Problem]:
        """The messages in batches, and what is wrong on the way."""
        index, bounds = self.task.first_record_index, (self.task.start, self.task.stop)
        try:
            for row in self.connection.execute(f"select topic_id, timestamp, data {_IN_RANGE} order by id", bounds):
                topic, time, data = row
                if self.num_bytes > BATCH_BYTES or len(self.rows) >= 1 << 20:
                    yield self._flush()
                content = _unpacked(data) if isinstance(data, bytes) else None
                if isinstance(topic, int) and isinstance(time, int) and content is not None:
                    self.rows.append((topic, time, index))
                    self.blobs.append(content)
                    self.num_bytes += len(content)
                else:
                    yield Problem(
                        "bad_record",
                        "a message is not of the types that the table has, or does not decompress",
                        None,
                        index,
                        None,
                        1,
                    )
                index += 1
        except sqlite3.Error as error:
            yield Problem(
                "bad_sqlite", f"{error}; everything before was read"[:300], None, index, None, self._lost(index)
            )
        if self.rows:
            yield self._flush()

    def _lost(self, index: int) -> int:
        """How many messages of the task come from `index` on; 0 where the damaged database does not say."""
        try:
            bounds = (self.task.start, self.task.stop)
            (count,) = self.connection.execute(f"select count(*) {_IN_RANGE}", bounds).fetchone()
        except sqlite3.Error:
            return 0  # unknown, which is what 0 means there
        return max(int(count) - (index - self.task.first_record_index), 0)

    def _flush(self) -> Records:
        topic, time, index = np.array(self.rows, np.int64).T.copy()
        length = np.array([len(blob) for blob in self.blobs], np.int64)
        start = np.cumsum(length) - length
        # gather() reads at least one byte, even of a batch without any
        data = np.frombuffer(b"".join(self.blobs) or bytes(1), np.uint8)
        self.rows, self.blobs, self.num_bytes = [], [], 0
        none = np.zeros(len(time), np.int64)
        return Records(data, topic, none, time, none, start, length, none - 1, none, index)
