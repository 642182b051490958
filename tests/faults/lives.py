"""Writers that are killed: `python -m tests.faults.lives` forks one for each line of JSON on stdin and tells its end.

Forked because importing takes a second and a life lasts a tenth of one; this process itself never touches a table, so
that nothing of delta-rs is running when it forks.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deltalake.exceptions import CommitFailedError

from longtail import lake
from longtail.contracts import contract
from longtail.settings import settings
from spark_jobs import commit, compaction, orphans, upsert
from spark_jobs.bronze import parquet
from tests.faults import batches

# Where a life may end: the named points of the product's path; "in-" points are some time into what goes on there.
POINTS = (
    "before-file",
    "half-file",
    "after-file",
    "before-commit",
    "in-commit",
    "after-commit",
    "between-tables",
    "in-create",
    "in-append",
    "in-checkpoint",
    "in-compaction",
    "in-sweep",
)
_WITHIN_S = 0.01


@dataclass(frozen=True)
class Life:
    """A writer to come: it delivers `waves` to the lake at `root` and writes "<event> <wave>" lines to `diary`.

    It is killed at the `nth` time it comes to `point`, or `after_s` after its start, or not at all when both are None.
    Of its commits the share `lost_answers` raises an error after it was made and as many before. `upkeep`: the share
    of waves that checkpoint and compact; `sweeps`: it also sweeps orphans of any age, which only a lone writer may.
    """

    root: str
    waves: Sequence[Sequence[int]]
    diary: str
    seed: int
    point: str | None = None
    nth: int = 1
    after_s: float | None = None
    lost_answers: float = 0.0
    upkeep: float = 0.0
    sweeps: bool = False

    def to_json(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))


class _Fate:
    """Decides at each point whether this is where it ends."""

    def __init__(self, life: Life) -> None:
        self.life, self.left = life, life.nth
        self.draw = random.Random(life.seed)  # noqa: S311 - fates, not secrets

    def at(self, point: str) -> None:
        if point != self.life.point:
            return
        self.left -= 1
        if self.left:
            return
        if point.startswith("in-"):
            threading.Timer(self.draw.uniform(0, _WITHIN_S), _die).start()  # delta-rs lets go of the interpreter lock
        else:
            _die()

    def answer(self) -> None:
        """Raise, sometimes, what an unreachable store would."""
        if self.draw.random() < self.life.lost_answers:
            raise self.draw.choice([OSError("the answer was lost"), CommitFailedError("the answer was lost")])


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def live(life: Life) -> None:
    """Deliver all waves of `life`, unless it ends before."""
    os.environ["LONGTAIL_LAKE"] = life.root
    settings.cache_clear()
    fate = _Fate(life)
    diary = os.open(life.diary, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    current = [0]

    def note(event: str) -> None:
        os.write(diary, f"{event} {current[0]}\n".encode())

    compaction.MANY = 2  # a life is too short for eight small files
    _instrument(fate, note)
    for number, wave in enumerate(life.waves):
        current[0] = number
        note("begin")
        batches.deliver(wave, fate.at)
        note("done")
        if fate.draw.random() < life.upkeep:
            _upkeep(fate, life.sweeps)


def _upkeep(fate: _Fate, sweeps: bool) -> None:
    for table in batches.BULK:
        fate.at("in-checkpoint")
        lake.open_table(table).create_checkpoint()
        fate.at("in-compaction")
        # Ours and that of delta-rs in turn: a table may meet both.
        if fate.draw.random() < 0.5:
            lake.open_table(table).optimize.compact()
        else:
            compaction.compact(table)
        if sweeps:
            fate.at("in-sweep")
            orphans.sweep(table, older_than_s=-1)


def _instrument(fate: _Fate, note: Callable[[str], None]) -> None:
    """Put the points around the product's own functions."""
    _wrap(parquet, "_create", fate, before="before-file")
    _wrap(parquet.pq.ParquetWriter, "close", fate, before="half-file")
    _wrap(commit.DeltaTable, "create", fate, before="in-create", is_static=True)
    _wrap(commit, "write_deltalake", fate, before="in-append")
    real = commit.add_parts

    def add_parts(*args: Any, **named: Any) -> None:
        fate.at("before-commit")
        fate.answer()
        note("asked")
        fate.at("in-commit")
        real(*args, **named)
        fate.at("after-commit")
        fate.answer()
        note("answered")

    commit.add_parts = upsert.add_parts = compaction.add_parts = add_parts


def _wrap(place: Any, name: str, fate: _Fate, before: str, is_static: bool = False) -> None:
    real = getattr(place, name)

    def wrapped(*args: Any, **named: Any) -> Any:
        fate.at(before)
        return real(*args, **named)

    setattr(place, name, staticmethod(wrapped) if is_static else wrapped)


def _forked(life: Life) -> int:
    """The wait status of a child that lives `life`; killed from here when it is its time."""
    child = os.fork()
    if child == 0:
        try:
            live(life)
        except BaseException as error:
            Path(f"{life.diary}.error").write_text(f"{type(error).__name__}: {error}")
            os._exit(1)
        os._exit(0)  # not sys.exit: threads of the libraries would be waited for
    if life.after_s is not None:
        time.sleep(life.after_s)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main() -> None:
    """Serve lives until stdin ends."""
    for table in batches.TABLES:
        contract(table)  # parsed once here, not in every life
    for line in sys.stdin:
        print(_forked(Life(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
