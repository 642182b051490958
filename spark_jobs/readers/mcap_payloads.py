"""Payload bytes of an MCAP file by record index, chunk by chunk: for export and for checks by another decoder."""

from collections.abc import Collection, Iterator
from itertools import accumulate

import numpy as np

from spark_jobs.readers.mcap_batches import indexed
from spark_jobs.readers.mcap_chunks import Ints, Records
from spark_jobs.readers.mcap_file import Bytes, Directory, FileIndex, open_bytes, read_index
from spark_jobs.readers.mcap_scan import Scan
from spark_jobs.readers.source import Problem, SourceFile

Payload = tuple[int, int, bytes]


def payloads(
    source: SourceFile,
    directory: Directory,
    record_indexes: Ints | None = None,
    chunk_offsets: Collection[int] | None = None,
) -> Iterator[Payload]:
    """(record_index, channel id, payload) in file order, of all messages or of `record_indexes`.

    `directory` is filled with the channels and schemas as they appear. `chunk_offsets`: only these chunks are read,
    where the file has an index. What is damaged is left out.
    """
    with open_bytes(source.path) as file:
        index = read_index(file)
        directory.channels.update(index.directory.channels)
        directory.schemas.update(index.directory.schemas)
        for item in _batches(file, index, directory, chunk_offsets):
            if not isinstance(item, Problem):
                yield from _of(item, record_indexes)


def _batches(
    file: Bytes, index: FileIndex, directory: Directory, chunk_offsets: Collection[int] | None
) -> Iterator[Records | Problem]:
    if index.chunks is None:
        yield from Scan(file, directory, index.is_closed).batches()
        return
    wanted = None if chunk_offsets is None else set(chunk_offsets)
    firsts = accumulate((chunk.num_messages for chunk in index.chunks), initial=0)
    for chunk, first in zip(index.chunks, firsts, strict=False):
        if wanted is None or chunk.start in wanted:
            yield from indexed(file, [chunk], first, directory)


def _of(records: Records, record_indexes: Ints | None) -> Iterator[Payload]:
    if record_indexes is not None:
        records = records.take(np.isin(records.record_index, record_indexes))
    columns = (records.record_index, records.channel, records.start, records.length)
    data = records.data.data
    for number, channel, start, length in zip(*(column.tolist() for column in columns), strict=True):
        yield number, channel, bytes(data[start : start + length])
