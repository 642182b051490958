"""What a sample row is, in bytes: the digests that make a snapshot checkable years later, on any machine."""

import hashlib
import json
import struct
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def item_digests(rows: pa.Table) -> list[str]:
    """sha256 (hex) of each row: every column, in order of its name, whatever order or chunks the table has.

    Floats count as little-endian float64 with one zero and one NaN, integers and booleans as int64, text as UTF-8
    with its length, and null as itself.

    Raises:
        TypeError: a column of another type, for which there is no canonical form.
    """
    header = json.dumps([[name, _kind(rows.schema.field(name).type)] for name in sorted(rows.column_names)]).encode()
    fixed: list[np.ndarray] = []
    texts: list[Sequence[str | None]] = []
    for name in sorted(rows.column_names):
        column = rows.column(name)
        if _kind(column.type) == "text":
            texts.append(column.cast(pa.string()).to_pylist())
        else:
            fixed += _fixed_width(column)
    width = 16 * (len(fixed) // 2)
    packed = np.ascontiguousarray(np.stack(fixed, axis=1)).tobytes() if fixed else b""
    seed = hashlib.sha256(header)
    digests = []
    for index in range(rows.num_rows):
        digest = seed.copy()
        digest.update(packed[index * width : (index + 1) * width])
        for text in texts:
            digest.update(_text(text[index]))
        digests.append(digest.hexdigest())
    return digests


def total_digest(digests: Sequence[str]) -> str:
    """sha256 (hex) over the item digests in the order given: the digest of the whole dataset."""
    total = hashlib.sha256(str(len(digests)).encode())
    for digest in digests:
        total.update(bytes.fromhex(digest))
    return total.hexdigest()


def _fixed_width(column: pa.ChunkedArray) -> list[np.ndarray]:
    """The column as two int64 arrays: the value's bits (0 where null) and whether there is one."""
    valid = pc.is_valid(column).to_numpy().astype("<i8")
    if _kind(column.type) == "float":
        values = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy() + 0.0  # +0.0 turns -0.0 into 0.0
        bits = np.where(np.isnan(values), np.nan, values).astype("<f8").view("<i8")
    else:
        bits = pc.fill_null(column.cast(pa.int64()), 0).to_numpy().astype("<i8")
    return [bits, valid]


def _text(value: str | None) -> bytes:
    if value is None:
        return b"\x00"
    encoded = value.encode()
    return b"\x01" + struct.pack("<I", len(encoded)) + encoded


def _kind(data_type: pa.DataType) -> str:
    if pa.types.is_floating(data_type):
        return "float"
    if pa.types.is_integer(data_type) or pa.types.is_boolean(data_type):
        return "integer"
    if pa.types.is_string(data_type) or pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type):
        return "text"
    raise TypeError(f"no canonical bytes for {data_type}")
