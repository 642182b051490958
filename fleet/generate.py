"""Generate a fleet: N drives in landing-zone form, their truth in a folder of its own. Same seed, same bytes.

Each drive depends on (seed, index) and nothing else: neither on how many drives there are nor on how many workers
write them. One drive at a time is in memory per worker.
"""

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fleet.landing import write_landing
from fleet.setting import draw_setting, streams
from fleet.simulate import simulate
from fleet.truth import write_truth


@dataclass(frozen=True)
class FleetSummary:
    """What was generated: totals over all drives, and the drive ids in order of their index."""

    drive_ids: tuple[str, ...]
    num_messages: int
    num_bytes: int
    num_events: int


@dataclass(frozen=True)
class DriveSummary:
    """What was generated for one drive."""

    drive_id: str
    num_messages: int
    num_bytes: int
    num_events: int


def generate_fleet(
    out: Path,
    truth: Path,
    drives: int,
    seconds: float,
    seed: int,
    project: str = "local",
    workers: int = 2,
    on_drive: Callable[[str], None] | None = None,
) -> FleetSummary:
    """Write drives 0 .. drives-1 below out/<project>/<drive_id>/ and truth/<drive_id>/.

    A drive appears as a whole or not at all; one that is there already is written again, to the same bytes. on_drive
    is told each drive_id once it is complete, in order. ValueError when truth would lie inside the landing zone.
    """
    out, truth = Path(out).resolve(), Path(truth).resolve()
    if truth.is_relative_to(out):
        raise ValueError(f"the truth ({truth}) must not lie inside the landing zone ({out})")
    if drives < 0 or seconds < 5.0:
        raise ValueError("a fleet needs drives >= 0 of at least 5 seconds")
    make = partial(generate_drive, out, truth, seconds, seed, project)
    ids, totals = [], [0, 0, 0]
    with _mapper(workers, drives) as run:
        for drive in run(make, range(drives)):
            ids.append(drive.drive_id)
            for i, num in enumerate((drive.num_messages, drive.num_bytes, drive.num_events)):
                totals[i] += num
            if on_drive is not None:
                on_drive(drive.drive_id)
    return FleetSummary(tuple(ids), *totals)


@contextmanager
def _mapper(workers: int, drives: int) -> Iterator[Callable[..., Iterator[DriveSummary]]]:
    """The plain map for one worker, else the ordered map of a process pool."""
    if min(workers, drives) <= 1:
        yield map
        return
    # a fork server: no threads of the caller are forked, and the slow MDF4 library is imported once for all workers
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fleet.landing", "fleet.mdf4"])
    with context.Pool(min(workers, drives)) as pool:
        yield pool.imap


def generate_drive(out: Path, truth: Path, seconds: float, seed: int, project: str, index: int) -> DriveSummary:
    """Simulate and write drive number index."""
    rngs = streams(seed, index)
    setting = draw_setting(seed, index, seconds, rngs["setting"])
    states = simulate(setting, rngs["road"], rngs["world"])
    with in_one_piece(truth / setting.drive_id) as folder:
        num_events = write_truth(states, folder)
    with in_one_piece(out / project / setting.drive_id) as folder:
        num_messages = write_landing(states, folder, project, rngs)
        num_bytes = sum(path.stat().st_size for path in folder.iterdir())
    return DriveSummary(setting.drive_id, num_messages, num_bytes, num_events)


@contextmanager
def in_one_piece(target: Path) -> Iterator[Path]:
    """A hidden folder beside target that takes its place at the end: a killed generator leaves no half drive."""
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.with_name(f".{target.name}.partial")
    shutil.rmtree(hidden, ignore_errors=True)
    hidden.mkdir()
    try:
        yield hidden
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    if target.exists():
        # rename cannot replace a folder that holds files; the old one steps aside under a hidden name first
        aside = target.with_name(f".{target.name}.old")
        shutil.rmtree(aside, ignore_errors=True)
        target.rename(aside)
        hidden.rename(target)
        shutil.rmtree(aside)
    else:
        hidden.rename(target)
