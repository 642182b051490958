"""P5: 40 signals x 1 M records of an MDF4 file to Arrow, stored and packed, beside asammdf's own ways."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from asammdf import MDF, Signal
from side_by_side import Contestant, Goal, Measured, conclude, measure

from longtail.settings import settings
from spark_jobs.readers import mdf4
from spark_jobs.readers.source import SourceFile, Task

NUM_RECORDS, NUM_SIGNALS, SEED = 1_000_000, 40, 5
KINDS = ("<f4", "<i2", "<u2", "<f4", "<u1", "<f8", "<i4", "<i2")
PACKED = {"stored": 0, "packed": 2}
"""asammdf's numbers: 0 no compression, 2 transposed and deflated, as loggers write it."""


def recording(how: str) -> Path:
    """The file, written by asammdf when it is not there yet: ramps, steps and noise of all sizes of number."""
    path = Path(settings().cache) / "bench" / f"signals-{NUM_SIGNALS}x{NUM_RECORDS}-{how}.mf4"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    time = np.arange(NUM_RECORDS) / 1000
    with MDF(version="4.10") as file:
        file.append([Signal(_samples(rng, n, time), time, name=f"signal_{n:02}", unit="V") for n in range(NUM_SIGNALS)])
        file.save(path, compression=PACKED[how], overwrite=True)
    return path


def _samples(rng: np.random.Generator, number: int, time: npt.NDArray[np.float64]) -> npt.NDArray[np.generic]:
    wave = 100 * np.sin(time * (number + 1) / 50) + (rng.normal(size=len(time)) if number % 3 == 0 else 0)
    return np.round(wave + 100).astype(KINDS[number % len(KINDS)])


def frame_of(path: Path) -> int:
    """asammdf's way to all signals at once; the number of values."""
    with MDF(path) as file:
        return int(file.to_dataframe().size)


def one_by_one(path: Path) -> int:
    """asammdf's way to all signals, one after the other; the number of values."""
    with MDF(path) as file:
        return sum(len(file.get(f"signal_{number:02}").samples) for number in range(NUM_SIGNALS))


def to_arrow(path: Path) -> int:
    """Our reader, with the row of bronze.messages for every record; the number of values."""
    values = 0
    for name, rows in mdf4.read(_task(path)):
        if name == "bronze.signal_blocks":
            values += sum(rows.column("num_samples").to_pylist()[1:])
    return values


def read_only(path: Path) -> int:
    """What the page cache gives."""
    return len(np.fromfile(path, np.uint8))


def are_equal(path: Path) -> bool:
    """True when every value of ours is asammdf's."""
    found: dict[str, list[npt.NDArray[np.float64]]] = {}
    for name, rows in mdf4.read(_task(path)):
        if name == "bronze.signal_blocks":
            for row in rows.select(["signal_name", "data"]).to_pylist()[1:]:
                found.setdefault(row["signal_name"], []).append(np.frombuffer(row["data"], np.float64))
    with MDF(path) as file:
        return len(found) == NUM_SIGNALS and all(
            np.array_equal(np.concatenate(parts), file.get(name).samples) for name, parts in found.items()
        )


def _task(path: Path) -> Task:
    source = SourceFile(str(path), "ab" * 32, "local", "bench", "mf4", path.stat().st_size)
    (task,) = mdf4.plan(source).tasks
    return task


def contestants(path: Path, how: str) -> list[Contestant]:
    """All ways through one file."""
    ways: dict[str, Callable[[Path], int]] = {
        "read the file": read_only,
        "asammdf to_dataframe": frame_of,
        f"asammdf {NUM_SIGNALS} x get": one_by_one,
        "longtail to Arrow": to_arrow,
    }
    return [
        Contestant(f"{name}, {how}", lambda way=way: way(path), path.stat().st_size)  # type: ignore[misc]
        for name, way in ways.items()
    ]


def main() -> None:
    """Measure and print."""
    measured: list[Measured] = []
    for how in PACKED:
        path = recording(how)
        if not are_equal(path):
            sys.exit(f"values of {path} differ from asammdf's")
        measured += measure(contestants(path, how), rounds=3)
    goals = [Goal(f"longtail to Arrow, {how}", f"asammdf to_dataframe, {how}", 3.0) for how in PACKED]
    conclude(f"MDF4, {NUM_SIGNALS} signals x {NUM_RECORDS:,}", measured, goals)


if __name__ == "__main__":
    main()
