"""The channels of an MCAP file and how the messages of each are decoded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from spark_jobs.readers import cdr, json_payload, protobuf_payload, ros1msg, ros2idl, ros2msg
from spark_jobs.readers.columns import Decoded, DecodeError, Ints, Level, Octets
from spark_jobs.readers.mcap_file import Directory
from spark_jobs.readers.mcap_records import Channel, Schema
from spark_jobs.readers.osi_streams import PREFIXES, SIMULATED, osi_stream
from spark_jobs.readers.source import Problem, SourceFile
from spark_jobs.readers.streams import Stream, stream_of

Decode = Callable[[Octets, Ints, Ints], Decoded]
_ROS = {
    ("cdr", "ros2msg"): (ros2msg.parse, None),
    ("cdr", "ros2idl"): (ros2idl.parse, None),
    ("ros1", "ros1msg"): (ros1msg.parse, cdr.ROS1),
}


@dataclass(frozen=True)
class Prepared:
    """A channel ready to be read. `decode` is None when its messages are indexed only."""

    channel: Channel
    schema_name: str | None
    stream: Stream | None
    decode: Decode | None


@dataclass
class Channels:
    """The channels of one file, each prepared once per task. What hinders a decoder lands in `problems`."""

    source: SourceFile
    directory: Directory
    problems: list[Problem] = field(default_factory=list)
    _prepared: dict[int, Prepared] = field(default_factory=dict)

    def get(self, channel_id: int) -> Prepared | None:
        """The channel; None when the recording never says what it is."""
        channel = self.directory.channels.get(channel_id)
        if channel is not None and channel_id not in self._prepared:
            self._prepared[channel_id] = self._prepare(channel)
        return self._prepared.get(channel_id)

    def _prepare(self, channel: Channel) -> Prepared:
        schema = self.directory.schemas.get(channel.schema_id)
        name = schema.name if schema else None
        try:
            stream = osi_stream(name or "") or stream_of(name, self.source.topic_rule(channel.topic))
            decode = None if stream is None else decoder(channel, schema or Schema("", "", b""), stream)
            if stream is not None and name in PREFIXES and not self._has_start():
                self.problems.append(Problem("simulated_time", SIMULATED, channel.topic))
            return Prepared(channel, name, stream, decode)
        except DecodeError as error:
            self.problems.append(Problem(error.reason, f"{error}; the messages are indexed only", channel.topic))
            return Prepared(channel, name, None, None)

    def _has_start(self) -> bool:
        """True when drive.json says when the drive began, or that its clock counts from some start."""
        declared, clock = self.source.declaration, self.source.declaration.get("clock")
        return "started_at" in declared or (isinstance(clock, Mapping) and clock.get("log_time") == "boot")


def decoder(channel: Channel, schema: Schema, stream: Stream) -> Decode:
    """How to decode the messages of a channel: by the definition in the recording, never by one of ours.

    Raises:
        DecodeError: the definition cannot be used, or the encoding is not known.
    """
    encoding = channel.message_encoding, schema.encoding
    if not stream.wanted:
        return _placed
    if encoding in _ROS:
        parse, wire = _ROS[encoding]
        steps = cdr.program(parse(schema.name, schema.data.decode("utf-8", "replace")), stream.wanted)
        return lambda data, start, length: cdr.decode(steps, data, start, length, wire)
    if encoding == ("protobuf", "protobuf"):
        definition = protobuf_payload.parse(schema.name, schema.data)
        return lambda data, start, length: protobuf_payload.decode(definition, stream.wanted, data, start, length)
    if encoding[0] == "json" and stream.structure:
        expected = stream.structure, stream.list_path, stream.wanted
        return lambda data, start, length: json_payload.decode(*expected, data, start, length)
    raise DecodeError(f"{schema.name} as {encoding[0]} with a {encoding[1]!r} schema is not decoded")


def _placed(_data: Octets, start: Ints, _length: Ints) -> Decoded:
    """Messages of which nothing is decoded, because their stream only says where they are."""
    rows = np.arange(len(start))
    return Decoded({"": Level(rows, np.zeros(len(rows), np.int64))}, np.empty(0, np.int64))
