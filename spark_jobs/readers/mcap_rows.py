"""Batches of MCAP messages to rows: bronze.messages for each one, and the typed table of its stream."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from longtail.contracts import ContractError, conform
from spark_jobs.readers.columns import DecodeError
from spark_jobs.readers.mcap_channels import Channels, Prepared
from spark_jobs.readers.mcap_chunks import Records, payload_crcs
from spark_jobs.readers.source import Problem, SourceFile, yield_quarantine
from spark_jobs.readers.stream_rows import Context, constant, nullable

Rows = Iterator[tuple[str, pa.Table]]


def batch_rows(channels: Channels, records: Records) -> Rows:
    """Rows of one batch. A message of an unknown channel, or with a time past 2262, has no place: it is quarantined."""
    problems: list[Problem] = []
    is_placed = (records.log_time_ns >= 0) & (records.publish_time_ns >= 0)
    if not is_placed.all():
        problems.append(_lost("bad_time", "a log or publish time is beyond 2262-04-11", records.take(~is_placed)))
        records = records.take(is_placed)
    records = records.take(np.argsort(records.channel.astype(np.uint16), kind="stable"))
    ids, firsts = np.unique(records.channel, return_index=True)
    for channel_id, first in zip(ids, firsts, strict=True):
        chosen = records.take(slice(first, first + np.count_nonzero(records.channel == channel_id)))
        prepared = channels.get(int(channel_id))
        if prepared is None:
            problems.append(_lost("unknown_channel", f"channel {channel_id} is never defined", chosen))
        else:
            yield from _channel(channels.source, prepared, chosen, problems)
    yield from yield_quarantine(channels.source, problems + channels.problems)
    channels.problems.clear()


def _channel(source: SourceFile, prepared: Prepared, records: Records, problems: list[Problem]) -> Rows:
    """The messages of one channel, and what they decode to."""
    is_decoded = np.zeros(len(records.channel), np.bool_)
    stream, topic = prepared.stream, prepared.channel.topic
    if stream is not None and prepared.decode is not None:
        context = Context(source, topic, source.topic_rule(topic), records)
        try:
            decoded = prepared.decode(records.data, records.start, records.length)
            tables = stream.tables(decoded, context)
            is_decoded[decoded.messages.parent] = True
            yield from tables
            if len(decoded.failed):
                detail = f"{len(decoded.failed)} {prepared.schema_name} message(s): {decoded.failure}"
                problems.append(_undecoded("undecodable", detail, topic, records.take(decoded.failed)))
        except (DecodeError, ContractError) as error:
            reason = error.reason if isinstance(error, DecodeError) else "undecodable"
            problems.append(_undecoded(reason, f"{len(is_decoded)} {prepared.schema_name}: {error}", topic, records))
    yield "bronze.messages", _messages(source, prepared, records, is_decoded)


def _lost(reason: str, detail: str, records: Records) -> Problem:
    """Records that reach no table."""
    return Problem(reason, detail, None, int(records.record_index[0]), _offset(records), len(records.record_index))


def _undecoded(reason: str, detail: str, topic: str, records: Records) -> Problem:
    """Records that are in bronze.messages but not decoded: nothing is lost, so num_messages is 0."""
    return Problem(reason, detail, topic, int(records.record_index[0]), _offset(records), 0)


def _offset(records: Records) -> int:
    """Where in the file the first record is: its chunk, or its payload when not chunked."""
    chunk = int(records.chunk_offset[0])
    return chunk if chunk >= 0 else int(records.payload_offset[0])


def _messages(source: SourceFile, prepared: Prepared, records: Records, is_decoded: npt.NDArray[np.bool_]) -> pa.Table:
    """The bronze.messages rows of one channel's records."""
    count, channel = len(records.channel), prepared.channel
    stream = _same(prepared.stream.name if prepared.stream else None, count)
    if not is_decoded.all():
        stream = pc.if_else(pa.array(is_decoded), stream, pa.scalar(None, pa.string()))
    crc32 = payload_crcs(records.data, records.start, records.length) if records.crc32 is None else records.crc32
    columns = {
        "project_id": constant(source.project_id, count),
        "drive_id": constant(source.drive_id, count),
        "file_id": constant(source.file_id, count),
        "record_index": records.record_index,
        "topic": constant(channel.topic, count),
        "schema_name": _same(prepared.schema_name, count),
        "message_encoding": constant(channel.message_encoding, count),
        "stream": stream,
        "sequence": nullable(records.sequence, records.sequence == 0),
        "log_time_ns": records.log_time_ns,
        "publish_time_ns": records.publish_time_ns,
        "chunk_offset": nullable(records.chunk_offset, records.chunk_offset < 0),
        "payload_offset": records.payload_offset,
        "num_payload_bytes": records.length,
        "crc32": crc32,
    }
    return conform("bronze.messages", pa.table(columns))


def _same(text: str | None, count: int) -> pa.Array:
    return pa.nulls(count, pa.string()) if text is None else constant(text, count)
