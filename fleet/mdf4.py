"""CAN bus logging as MDF4, written by python-can, with everything that depends on the moment of writing pinned."""

import struct
from datetime import UTC, datetime
from pathlib import Path

import can
import numpy as np
from can.io.mf4 import MF4Writer
from numpy.typing import NDArray

from fleet.bus import Frames


def write_mdf4(path: Path, frames: Frames, log_ns: NDArray[np.int64], start_ns: int) -> None:
    """Write frames (n,) received at log_ns (n,) [ns UTC]; the header says that the session began at start_ns."""
    writer = MF4Writer(path)
    started_us = start_ns // 1000
    # whole microseconds: what the header of an MDF4 file can hold
    header = datetime.fromtimestamp(started_us / 1e6, tz=UTC)
    writer._mdf.header.start_time = header
    writer._start_time = writer.last_timestamp = header.timestamp()
    for t, can_id, data in zip(log_ns.tolist(), frames.can_id.tolist(), frames.data, strict=True):
        seconds = writer._start_time + (t - started_us * 1000) / 1e9
        writer.on_message_received(
            can.Message(timestamp=seconds, arbitration_id=can_id, is_extended_id=False, data=data.tobytes(), channel=0)
        )
    writer.stop()
    _pin_history(path, start_ns)


def _pin_history(path: Path, start_ns: int) -> None:
    """Overwrite the time of each file history block, which the library takes from the wall clock."""
    raw = bytearray(path.read_bytes())
    at = raw.find(b"##FH")
    while at >= 0:
        # 24 bytes of block header, two links, then the time in ns, its two offsets in minutes and its flags
        struct.pack_into("<QhhB", raw, at + 40, start_ns, 0, 0, 2)
        at = raw.find(b"##FH", at + 4)
    path.write_bytes(raw)
