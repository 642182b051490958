"""Batches of bag messages to rows: what MCAP does, less the columns that a container does not have."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from spark_jobs.readers.mcap_channels import Channels
from spark_jobs.readers.mcap_chunks import Ints, Records
from spark_jobs.readers.mcap_rows import batch_rows
from spark_jobs.readers.source import Problem, yield_quarantine


def record_rows(
    channels: Channels, found: Iterator[Records | Problem], absent: tuple[str, ...]
) -> Iterator[tuple[str, pa.Table]]:
    """The rows of `found`; the columns `absent` are null in every table."""
    for item in found:
        if isinstance(item, Problem):
            yield from yield_quarantine(channels.source, [item])
            continue
        for table, rows in batch_rows(channels, item):
            for name in set(absent) & set(rows.column_names):
                place = rows.schema.get_field_index(name)
                field = rows.schema.field(place)
                rows = rows.set_column(place, field, pa.nulls(rows.num_rows, field.type))
            yield table, rows


def wanted_payloads(found: Iterator[Records | Problem], record_indexes: Ints | None) -> Iterator[tuple[int, bytes]]:
    """(record_index, payload) of the messages of `found`, or of those in `record_indexes` only."""
    for item in found:
        if isinstance(item, Problem):
            continue
        records = item if record_indexes is None else item.take(np.isin(item.record_index, record_indexes))
        data = records.data.data
        places = zip(records.record_index.tolist(), records.start.tolist(), records.length.tolist(), strict=True)
        for number, start, length in places:
            yield number, bytes(data[start : start + length])
