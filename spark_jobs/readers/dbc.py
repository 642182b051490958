"""CAN frames to signal values in SI units, by DBC. cantools parses the files; the bits are taken out with numpy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cantools
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spark_jobs.readers.can_bits import extract, last_byte, to_float, to_signed
from spark_jobs.readers.columns import Text
from spark_jobs.readers.units import to_si

DbcPaths = Sequence[tuple[int | None, str]]
Flags = npt.NDArray[np.bool_]

SIGNAL_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("project_id", "drive_id", "file_id")),
        *((name, pa.int64()) for name in ("record_index", "log_time_ns", "bus")),
        *((name, pa.string()) for name in ("message_name", "signal_name")),
        ("value", pa.float64()),
        *((name, pa.string()) for name in ("unit", "dbc_unit", "value_text")),
    ]
)
_NULL_ADDRESS = 0xFE
"""The source address that J1939 DBC files write where any sender is meant."""


class DbcError(ValueError):
    """A DBC file that cannot be read."""


@dataclass(frozen=True)
class Frames:
    """The frames of one message on one bus: `rows` of the input, their bytes (zero-padded) and how many they are."""

    rows: npt.NDArray[np.int64]
    octets: npt.NDArray[np.uint8]
    num_bytes: npt.NDArray[np.int64]


@lru_cache(maxsize=32)
def load(path: str) -> Any:
    """The parsed DBC.

    Raises:
        DbcError: it cannot be parsed.
    """
    try:
        text = Path(path).read_bytes()
        return cantools.database.load_string(_decoded(text), database_format="dbc", strict=False)
    except Exception as error:  # cantools lets several kinds of errors out of a malformed file
        raise DbcError(f"{Path(path).name}: {type(error).__name__}: {error}"[:500]) from error


def decode(frames: pa.Table, dbc_paths: DbcPaths) -> pa.Table:
    """One row per signal and frame (SIGNAL_SCHEMA) of bronze.can_frames rows.

    `dbc_paths` are (bus, path) pairs; bus None serves every bus, and the first file that knows an id decodes it. A
    signal whose bits a short frame does not hold gives no row; frames with unknown ids give none (see `unknown_ids`).
    DBC files that cannot be read are left out: ingest reports them.
    """
    parts = [
        part for message, found in _matched(frames, dbc_paths) if message for part in _signals(frames, message, found)
    ]
    return pa.concat_tables(parts) if parts else SIGNAL_SCHEMA.empty_table()


def unknown_ids(frames: pa.Table, dbc_paths: DbcPaths) -> pa.Table:
    """(bus, can_id, is_extended, num_frames) of the frames that no DBC knows: counted, so that none is lost unseen."""
    names = ("bus", "can_id", "is_extended")
    found = [
        {**{name: frames.column(name)[int(group.rows[0])].as_py() for name in names}, "num_frames": len(group.rows)}
        for message, group in _matched(frames, dbc_paths)
        if message is None
    ]
    kinds = zip((*names, "num_frames"), (pa.int64(), pa.int64(), pa.bool_(), pa.int64()), strict=True)
    return pa.Table.from_pylist(found, pa.schema(list(kinds)))


def find_message(database: Any, can_id: int, is_extended: bool) -> Any:
    """The message that `can_id` means, or None. J1939 messages match by parameter group, whoever sends them."""
    same_kind = [message for message in database.messages if message.is_extended_frame == is_extended]
    for message in same_kind:
        if message.frame_id == can_id:
            return message
    if not is_extended:
        return None
    for message in same_kind:
        is_j1939 = message.protocol == "j1939" or message.frame_id & 0xFF == _NULL_ADDRESS
        if is_j1939 and _parameter_group(message.frame_id) == _parameter_group(can_id):
            return message
    return None


def _parameter_group(can_id: int) -> int:
    """The J1939 PGN: without priority and source, and without the destination where the format has one."""
    group = can_id >> 8 & 0x3FFFF
    return group if group >> 8 & 0xFF >= 240 else group & 0x3FF00


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def _matched(frames: pa.Table, dbc_paths: DbcPaths) -> Iterator[tuple[Any, Frames]]:
    """(message or None, its frames) for each (bus, id) of `frames`."""
    if not frames.num_rows:
        return
    databases = []
    for bus, path in dbc_paths:
        try:
            databases.append((bus, load(path)))
        except DbcError:
            continue
    bus_of, can_id, is_extended = (frames.column(name).to_numpy() for name in ("bus", "can_id", "is_extended"))
    keys = bus_of.astype(np.int64) << 32 | is_extended.astype(np.int64) << 31 | can_id.astype(np.int64)
    text = _payloads(frames.column("data"))
    unique, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    for key, rows in zip(unique.tolist(), np.split(order, np.cumsum(np.bincount(inverse))[:-1]), strict=True):
        candidates = (database for bus, database in databases if bus in (None, key >> 32))
        arguments = key & 0x1FFFFFFF, bool(key >> 31 & 1)
        message = next((found for database in candidates if (found := find_message(database, *arguments))), None)
        yield message, _frames(text, rows)


def _payloads(data: pa.ChunkedArray) -> Text:
    """The bytes of the frames without a copy per frame."""
    values = data.cast(pa.large_binary()).combine_chunks()
    offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset : values.offset + len(values) + 1]
    buffer = values.buffers()[2]
    octets = np.frombuffer(buffer, np.uint8) if buffer is not None else np.empty(0, np.uint8)
    return Text(octets, offsets[:-1], np.diff(offsets))


def _frames(text: Text, rows: npt.NDArray[np.int64]) -> Frames:
    num_bytes = text.length[rows]
    width = int(num_bytes.max(initial=0))
    position = np.arange(width)
    is_there = position < num_bytes[:, None]
    at = np.where(is_there, text.start[rows][:, None] + position, 0)
    octets = np.where(is_there, text.data[at], 0).astype(np.uint8) if width else np.empty((len(rows), 0), np.uint8)
    return Frames(rows, octets, num_bytes)


def _signals(frames: pa.Table, message: Any, found: Frames) -> Iterator[pa.Table]:
    """The signal rows of one message. A multiplexed signal counts only where its multiplexer selects it."""
    selected: dict[str, tuple[Flags, npt.NDArray[np.float64]]] = {}
    by_name = {signal.name: signal for signal in message.signals}

    def values(name: str) -> tuple[Flags, npt.NDArray[np.float64]]:
        """(where the signal is present, raw values)."""
        if name not in selected:
            signal = by_name[name]
            is_big_endian = signal.byte_order == "big_endian"
            last = last_byte(signal.start, signal.length, is_big_endian)
            is_there = found.num_bytes > last
            raw = np.zeros(len(found.rows))
            if last < found.octets.shape[1] and signal.length <= 64:
                bits = extract(found.octets, signal.start, signal.length, is_big_endian)
                raw = _number(bits, signal)
            else:
                is_there = np.zeros(len(found.rows), np.bool_)
            selected[name] = is_there, raw
            if signal.multiplexer_signal is not None:
                has_parent, parent = values(signal.multiplexer_signal)
                selected[name] = is_there & has_parent & np.isin(parent, signal.multiplexer_ids), raw
        return selected[name]

    for signal in message.signals:
        is_there, raw = values(signal.name)
        if is_there.any():
            yield _rows(frames, found.rows[is_there], message.name, signal, raw[is_there])


def _number(bits: npt.NDArray[np.uint64], signal: Any) -> npt.NDArray[Any]:
    if signal.is_float:
        return to_float(bits, signal.length)
    return to_signed(bits, signal.length) if signal.is_signed else bits


def _rows(
    frames: pa.Table, rows: npt.NDArray[np.int64], message_name: str, signal: Any, raw: npt.NDArray[Any]
) -> pa.Table:
    """The rows of one signal."""
    unit, factor, offset = to_si(signal.unit)
    value = (raw * float(signal.scale) + float(signal.offset)) * factor + offset
    names = pa.nulls(len(rows), pa.string())
    if signal.choices:
        unique, inverse = np.unique(raw, return_inverse=True)
        texts = [str(signal.choices[key]) if (key := int(number)) in signal.choices else None for number in unique]
        names = pa.array(texts, pa.string()).take(pa.array(inverse))
    own = {"project_id", "drive_id", "file_id", "record_index", "log_time_ns", "bus"} & set(frames.column_names)
    taken = frames.select(sorted(own)).take(pa.array(rows))
    columns: dict[str, Any] = {name: taken.column(name) for name in taken.column_names}
    columns["message_name"] = pa.repeat(pa.scalar(message_name), len(rows))
    columns["signal_name"] = pa.repeat(pa.scalar(signal.name), len(rows))
    columns["value"] = pa.array(value, mask=~np.isfinite(value))
    columns["unit"] = pa.repeat(pa.scalar(unit, pa.string()), len(rows))
    columns["dbc_unit"] = pa.repeat(pa.scalar(signal.unit or None, pa.string()), len(rows))
    columns["value_text"] = names
    fields = [columns.get(field.name, pa.nulls(len(rows), field.type)) for field in SIGNAL_SCHEMA]
    return pa.table(dict(zip(SIGNAL_SCHEMA.names, fields, strict=True))).cast(SIGNAL_SCHEMA)
