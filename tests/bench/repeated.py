"""A large recording out of a small one: its chunks over and over, with a summary that counts them all."""

import os
import struct
from pathlib import Path

from spark_jobs.readers import mcap_records as mcap
from spark_jobs.readers.mcap_file import open_bytes, read_index

_CHUNK_INDEX = struct.Struct("<QQQQ")


def repeated(path: Path, num_bytes: int) -> Path:
    """The recording at `path` with its chunks as often as `num_bytes` take, written beside it when it is not there."""
    large = path.with_name(f"{path.stem}-{num_bytes}-bytes.mcap")
    if not large.exists():
        draft = large.with_suffix(f".{os.getpid()}.tmp")
        _write(path, draft, num_bytes)
        draft.replace(large)
    return large


def _write(path: Path, large: Path, num_bytes: int) -> None:
    with open_bytes(str(path)) as file, large.open("wb") as out:
        chunks = read_index(file).chunks or []
        begin, end = chunks[0].start, chunks[-1].start + chunks[-1].length + chunks[-1].index_length
        times = -(-num_bytes // (end - begin))
        out.write(file.read(0, begin))
        for _ in range(times):
            for chunk in chunks:
                out.write(file.read(chunk.start, chunk.length + chunk.index_length))
        out.write(_record(mcap.DATA_END, bytes(4)))
        footer = file.read(file.num_bytes - 8 - mcap.FOOTER_BYTES, mcap.FOOTER_BYTES)
        summary_at, start = int.from_bytes(footer[9:17], "little"), out.tell()
        summary = file.read(summary_at, file.num_bytes - 8 - mcap.FOOTER_BYTES - summary_at)
        for opcode, _, content in mcap.records(summary):
            for turn in range(times) if opcode == mcap.CHUNK_INDEX else (times,):
                out.write(_record(opcode, _moved(opcode, bytes(content), turn, end - begin)))
        out.write(_record(mcap.FOOTER, struct.pack("<QQI", start, 0, 0)) + mcap.MAGIC)


def _record(opcode: int, content: bytes) -> bytes:
    return mcap.RECORD_HEADER.pack(opcode, len(content)) + content


def _moved(opcode: int, content: bytes, turn: int, by: int) -> bytes:
    """A summary record: a chunk index moved by `turn` times `by` bytes, and counts taken `turn` times."""
    if opcode == mcap.CHUNK_INDEX:
        first, last, start, length = _CHUNK_INDEX.unpack_from(content)
        size = int.from_bytes(content[32:36], "little")
        offsets = struct.iter_unpack("<HQ", content[36 : 36 + size])
        moved = b"".join(struct.pack("<HQ", channel, at + turn * by) for channel, at in offsets)
        return _CHUNK_INDEX.pack(first, last, start + turn * by, length) + content[32:36] + moved + content[36 + size :]
    if opcode == mcap.STATISTICS:
        messages, schemas, channels, attached, metadata, chunks, first, last, size = struct.unpack_from(
            "<QHIIIIQQI", content
        )
        counts = b"".join(
            struct.pack("<HQ", channel, n * turn) for channel, n in struct.iter_unpack("<HQ", content[46:])
        )
        fixed = messages * turn, schemas, channels, attached, metadata, chunks * turn, first, last, size
        return struct.pack("<QHIIIIQQI", *fixed) + counts
    return content
