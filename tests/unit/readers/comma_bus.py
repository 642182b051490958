"""The raw CAN frames of comma2k19 as other formats hold them, and the signals that come out of each."""

from collections.abc import Sequence
from pathlib import Path

import can
import numpy as np
import polars as pl

from spark_jobs.readers import can_logs, comma2k19, formats, mdf4
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver import can_signals

DRIVE = ("local", "drive-1")
_READERS = {"comma2k19": comma2k19, "mf4": mdf4}


def read_rows(path: Path, table: str = "bronze.can_frames") -> pl.DataFrame:
    """The rows of one table of a file, read in this process."""
    source = SourceFile(str(path), "ab" * 32, *DRIVE, formats.sniff(path), path.stat().st_size)
    reader = _READERS.get(source.format, can_logs)
    tasks = reader.plan(source).tasks
    parts = [pl.DataFrame(rows) for task in tasks for name, rows in reader.read(task) if name == table]
    return pl.concat(parts)


def messages(folder: Path, count: int | None = None) -> list[can.Message]:
    """The first `count` frames of raw_can with their eight bytes; times are put behind 2018-08-02 16:00 UTC."""
    parts = {name: np.load(folder / name) for name in ("t", "address", "src", "data")}
    octets = parts["data"].view(np.uint8).reshape(-1, 8)
    return [
        can.Message(
            timestamp=round(1_533_225_600 + t, 6),
            arbitration_id=int(address),
            is_extended_id=bool(address > 0x7FF),
            channel=int(bus),
            is_rx=bool(bus < 128),
            data=bytes(data),
        )
        for t, address, bus, data in zip(parts["t"], parts["address"], parts["src"], octets[:count], strict=False)
    ]


def signals(frames: pl.DataFrame, dbc: Path) -> pl.DataFrame:
    """silver.can_signals of bronze.can_frames rows, through the builder of silver, in the order of the frames."""
    timed = frames.with_columns(t_ns=pl.col("log_time_ns"), clock_model_id=pl.lit(None, pl.String))
    built = pl.DataFrame(can_signals.build(timed, [(None, str(dbc))], DRIVE))
    return built.sort("record_index", "message_name", "signal_name")


def equal_signals(first: pl.DataFrame, other: pl.DataFrame, ignored: Sequence[str] = ("t_ns",)) -> bool:
    """True when both say the same, value for value, but for the columns `ignored`."""
    return first.drop(ignored).equals(other.drop(ignored))


def renumbered(path: Path, frames: pl.DataFrame) -> pl.DataFrame:
    """Frames of one log in the order of its records, numbered from 0: MDF4 groups them by bus."""
    ordered = frames.sort("log_time_ns", "record_index") if path.suffix == ".mf4" else frames.sort("record_index")
    return ordered.with_columns(record_index=pl.int_range(pl.len(), dtype=pl.Int64))
