"""Bus logs for tests: random frames, the writers of python-can, and what a log must give back."""

from collections.abc import Callable, Sequence
from pathlib import Path

import can
import numpy as np

START_S = 1_763_000_000.25
WRITERS: dict[str, Callable[[str], can.io.generic.MessageWriter]] = {
    "blf": can.BLFWriter,
    "asc": can.ASCWriter,
    "log": can.CanutilsLogWriter,
    "mf4": can.MF4Writer,
}


def frames(count: int, seed: int = 2) -> list[can.Message]:
    """`count` data frames on two buses, a millisecond apart: classic and FD, received and sent."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        is_extended, is_fd = number % 3 == 0, number % 5 == 0
        found.append(
            can.Message(
                timestamp=round(START_S + number * 0.001, 3),
                arbitration_id=0x18FEF100 + number if is_extended else 0x100 + number % 0x600,
                is_extended_id=is_extended,
                is_fd=is_fd,
                data=rng.bytes(48 if is_fd else 1 + number % 8),
                channel=number % 2,
                is_rx=number % 7 != 0,
            )
        )
    return found


def written(path: Path, messages: Sequence[can.Message]) -> Path:
    """`path` with `messages` in the format of its suffix."""
    with WRITERS[path.suffix[1:]](str(path)) as writer:
        for message in messages:
            writer.on_message_received(message)
    return path


def facts(message: can.Message) -> tuple[object, ...]:
    """What every format keeps of a frame."""
    sent = (message.arbitration_id, message.is_extended_id, bytes(message.data), message.channel, message.is_rx)
    return (*sent, round(message.timestamp * 1000))


def landed(row: dict[str, object]) -> tuple[object, ...]:
    """The same of a row of bronze.can_frames."""
    names = ("can_id", "is_extended", "data", "bus", "is_received")
    return (*(row[name] for name in names), round(int(row["log_time_ns"]) / 1e6))  # type: ignore[call-overload]
