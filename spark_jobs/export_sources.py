"""The payloads of one landed file, with what the channel of each says: one way for every format that has payloads."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from mcap.reader import make_reader

from spark_jobs.readers import mcap_payloads, osi, rosbag1, rosbag2_sqlite
from spark_jobs.readers.mcap_file import Directory
from spark_jobs.readers.mcap_records import parse_metadata
from spark_jobs.readers.source import SourceFile

_READERS = {"rosbag1": rosbag1, "rosbag2_sqlite": rosbag2_sqlite, "osi": osi}
_PROFILES = {"rosbag1": "ros1", "rosbag2_sqlite": "ros2"}
FORMATS = ("mcap", *_READERS)
"""Formats whose records are payloads. In the others a record is a row of columns or a bus frame."""


class ExportError(RuntimeError):
    """A drive that cannot be exported; the message is one line with the way out."""


@dataclass(frozen=True)
class Definition:
    """What a channel says. Without a schema the three schema fields are empty."""

    topic: str
    message_encoding: str
    schema_name: str = ""
    schema_encoding: str = ""
    schema_data: bytes = b""
    metadata: tuple[tuple[str, str], ...] = ()


Piece = tuple[int, Definition, bytes]


def check_unchanged(source: SourceFile) -> None:
    """Nothing when the landed file still has the bytes that were ingested.

    Raises:
        ExportError: it is gone, or its sha256 is another.
    """
    path = Path(source.path)
    if not path.is_file():
        raise ExportError(f"{path} is gone: the lake holds where its payloads are, not the bytes; restore the file")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != source.file_id:
        found = f"sha256 {digest[:12]}.. and not {source.file_id[:12]}.."
        raise ExportError(f"{path} is not the file that was ingested ({found}); restore it, or ingest it again")


def profile(source: SourceFile) -> str:
    """The profile that an MCAP file names in its header, or the one of the ROS version that wrote the bag."""
    if source.format != "mcap":
        return _PROFILES.get(source.format, "")
    with open(source.path, "rb") as stream:
        return str(make_reader(stream).get_header().profile)


def pieces(
    source: SourceFile, record_indexes: npt.NDArray[np.int64] | None, chunk_offsets: Collection[int] | None
) -> Iterator[Piece]:
    """(record_index, definition, payload) in file order, of all records or of `record_indexes`.

    `chunk_offsets` names the chunks they are in; formats that cannot make use of it read the whole file.

    Raises:
        ExportError: a message of a topic that the file does not define.
    """
    if source.format == "mcap":
        directory, known = Directory(), dict[int, Definition]()
        for number, channel, payload in mcap_payloads.payloads(source, directory, record_indexes, chunk_offsets):
            if channel not in known:
                known[channel] = _definition(directory, channel)
            yield number, known[channel], payload
        return
    for number, payload in _READERS[source.format].payloads(source, record_indexes):
        yield number, Definition("", ""), payload


def definitions(source: SourceFile) -> dict[tuple[str, str], Definition]:
    """Definitions by (topic, schema name) where the payloads do not name their channel; {} for MCAP, where they do."""
    if source.format == "mcap":
        return {}
    directory = _READERS[source.format].directory(source)
    found = (_definition(directory, number) for number in directory.channels)
    return {(each.topic, each.schema_name): each for each in found}


def _definition(directory: Directory, number: int) -> Definition:
    channel = directory.channels.get(number)
    if channel is None:
        raise ExportError(f"channel {number} is never defined; its messages are in quarantine")
    metadata = tuple(parse_metadata(channel.metadata).items())
    schema = directory.schemas.get(channel.schema_id)
    if schema is None:
        return Definition(channel.topic, channel.message_encoding, metadata=metadata)
    names = schema.name, schema.encoding, schema.data
    return Definition(channel.topic, channel.message_encoding, *names, metadata)
