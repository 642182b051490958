"""What the official Python packages (mcap, mcap-ros2-support, mcap-protobuf-support) need for the same tables."""

import json
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.protobuf.json_format import MessageToDict
from mcap.reader import NonSeekingReader
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoder
from mcap_ros2.decoder import DecoderFactory as Ros2Decoder


def bronze(path: Path) -> int:
    """An Arrow table of topic, times, sequence, size and payload CRC of every message, in batches; returns its rows."""
    found, count = [], 0
    with path.open("rb") as stream:
        reader = NonSeekingReader(stream, validate_crcs=True)
        for _, channel, message in reader.iter_messages(log_time_order=False):
            found.append(
                {
                    "topic": channel.topic,
                    "log_time_ns": message.log_time,
                    "publish_time_ns": message.publish_time,
                    "sequence": message.sequence,
                    "num_payload_bytes": len(message.data),
                    "crc32": zlib.crc32(message.data),
                }
            )
            if len(found) == 50_000:
                count += pa.Table.from_pylist(found).num_rows
                found.clear()
    return count + pa.Table.from_pylist(found).num_rows


def typed(path: Path) -> int:
    """Every message decoded, as an Arrow table per topic; returns the messages. Images keep no payload."""
    rows: dict[str, list[Any]] = {}
    with path.open("rb") as stream:
        factories = [Ros2Decoder(), ProtobufDecoder()]
        reader = NonSeekingReader(stream, validate_crcs=True, decoder_factories=factories)
        decoders: dict[int, Any] = {}
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            if channel.id not in decoders:
                found = (factory.decoder_for(channel.message_encoding, schema) for factory in factories)
                decoders[channel.id] = next((decoder for decoder in found if decoder), json.loads)
            decoded = _plain(decoders[channel.id](message.data))
            rows.setdefault(channel.topic, []).append({"log_time_ns": message.log_time, "message": decoded})
    return sum(pa.Table.from_pylist(found).num_rows for found in rows.values())


def _plain(value: Any) -> Any:
    """Messages as dictionaries, which is what Table.from_pylist takes."""
    if hasattr(value, "DESCRIPTOR"):
        return MessageToDict(value)
    if hasattr(value, "__slots__"):
        return {name: _plain(getattr(value, name)) for name in value.__slots__ if name != "data"}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
