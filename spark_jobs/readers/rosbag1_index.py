"""The index of a ROS 1 bag, which stands at its end: its connections and where its chunks are."""

from dataclasses import dataclass, field

from spark_jobs.readers import rosbag1_records as bag
from spark_jobs.readers.limits import MAX_CHANNELS, MAX_SUMMARY_BYTES
from spark_jobs.readers.mcap_file import Bytes, Directory
from spark_jobs.readers.mcap_records import Channel, McapError, Schema
from spark_jobs.readers.rosbag1_records import BagError, ChunkInfo, Record
from spark_jobs.readers.source import Problem


@dataclass
class BagIndex:
    """What the ends of a bag say. `chunks` None: the bag must be read from its start; `stop` is where its chunks end.

    The connections are a Directory as of an MCAP file: a channel each, of encoding ros1, with a ros1msg schema.
    """

    stop: int
    directory: Directory = field(default_factory=Directory)
    chunks: list[ChunkInfo] | None = None
    problems: list[Problem] = field(default_factory=list)

    def define(self, record: Record, data: bytes | memoryview) -> None:
        """Take in a connection record; the first definition of an id stays."""
        number, found = bag.connection_of(record, data)
        self.directory.channels.setdefault(number, Channel(number, found.topic, "ros1"))
        self.directory.schemas.setdefault(number, Schema(found.type_name, "ros1msg", found.definition))
        if len(self.directory.channels) > MAX_CHANNELS:
            raise BagError("more connections than a bag can have", record.start)


def read_index(file: Bytes) -> BagIndex:
    """What the bag header and the index say. An index that cannot be trusted becomes a problem, not an error.

    Raises:
        BagError, McapError: the file does not start as a bag, or it is encrypted.
    """
    if file.num_bytes < len(bag.MAGIC) or file.read(0, len(bag.MAGIC)) != bag.MAGIC:
        raise BagError("the file does not start as a ROS bag of version 2.0")
    head = bag.record_at(file, len(bag.MAGIC))
    if head.op != bag.BAG:
        raise BagError("the first record is no bag header", head.start)
    if head.fields.get(b"encryptor"):
        raise BagError(f"the bag is encrypted by {head.text(b'encryptor')}", head.start)
    index = BagIndex(file.num_bytes)
    start = head.number(b"index_pos", 8)
    try:
        if start == 0:
            raise BagError("the bag was never closed, it has no index")
        if not len(bag.MAGIC) <= start <= file.num_bytes or file.num_bytes - start > MAX_SUMMARY_BYTES:
            raise BagError(f"the header places the index at {start}")
        _read(index, file, start, head.number(b"chunk_count", 4))
    except McapError as error:
        detail = f"{error}; the bag was read from its start instead"
        return BagIndex(file.num_bytes, problems=[Problem("bad_summary", detail, byte_offset=start or head.start)])
    return index


def _read(index: BagIndex, file: Bytes, start: int, num_chunks: int) -> None:
    """Fill `index` from the records at `start`. Chunks must be as many as the header says, and lie before it."""
    chunks = []
    for record in bag.walk(file, start, file.num_bytes):
        data = file.read(record.data_start, record.data_length)
        if record.op == bag.CONNECTION:
            index.define(record, data)
        elif record.op == bag.CHUNK_INFO:
            chunks.append(bag.chunk_info_of(record, data))
    chunks.sort(key=lambda chunk: chunk.start)
    starts = [chunk.start for chunk in chunks]
    if len(set(starts)) != num_chunks or len(starts) != num_chunks or any(at >= start for at in starts):
        raise BagError(f"the index names {len(starts)} chunk(s), the header {num_chunks}", start)
    known = index.directory.channels
    if any(number not in known for chunk in chunks for number, _ in chunk.counts):
        raise BagError("a chunk has messages of a connection that the index does not define", start)
    index.chunks, index.stop = chunks, start
