"""The crash matrix: batches delivered in every disorder by writers that are killed, and what is then in the lake."""

import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pytest

from longtail import lake
from longtail.settings import REPOSITORY, settings
from spark_jobs.orphans import orphans, sweep
from tests.faults import batches
from tests.faults.lives import POINTS, Life

DELIVERIES = ("in-order", "duplicate", "out-of-order", "late", "missing")
# How often a life of one wave comes by each point, about: to end lives after as many waves whatever their point is.
_PER_WAVE = dict.fromkeys(("before-file", "half-file", "after-file"), 8) | dict.fromkeys(("before-commit",), 3)
_LONGEST_S = 0.4
EVERYWHERE = (*POINTS, None, None)
Wave = list[int]


class Lives:
    """The process that lives are forked from. A context manager."""

    def __enter__(self) -> "Lives":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.lives"],
            cwd=REPOSITORY,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def start(self, life: Life) -> None:
        """Begin `life`; `end` must follow before the next."""
        assert self._process.stdin is not None
        self._process.stdin.write(life.to_json() + "\n")
        self._process.stdin.flush()

    def end(self) -> bool:
        """Wait for the end of the life that was begun; True when it was killed.

        Raises:
            AssertionError: it failed instead.
        """
        assert self._process.stdout is not None
        status = int(self._process.stdout.readline())
        assert status in (0, 9), f"a life failed by itself: wait status {status}"
        return status == 9

    def run(self, life: Life) -> bool:
        """`start` and `end`."""
        self.start(life)
        return self.end()


@dataclass
class Figures:
    """What a tour came to. `unclear`: kills between asking for a commit and hearing of it; `repeated`: waves begun
    again; `most_repeated`: the most waves that one kill cost.
    """

    batches: int = 0
    waves: int = 0
    rows: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    unclear: int = 0
    repeated: int = 0
    most_repeated: int = 0
    orphans: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Figures") -> "Figures":
        both = Figures(**{name: getattr(self, name) + getattr(other, name) for name in vars(self)})
        both.most_repeated = max(self.most_repeated, other.most_repeated)
        return both

    def __str__(self) -> str:
        points = ", ".join(f"{point} {count}" for point, count in sorted(self.kills.items()))
        wrong = ", ".join(f"{what} {count}" for what, count in sorted(self.wrong.items()))
        return (
            f"{self.kills.total()} kills over {self.batches} batches ({self.waves} waves, {self.rows} rows): "
            f"{wrong or '0 lost, 0 twice'}; {self.unclear} unclear commits, each there once; "
            f"{self.repeated} waves begun again, at most {self.most_repeated} per kill; {self.orphans} orphan files "
            f"swept\n  killed at: {points}"
        )


def waves(num_batches: int, delivery: str, draw: random.Random) -> list[Wave]:
    """`num_batches` batches as they arrive, one to six at a time."""
    order = list(range(num_batches))
    some = set(draw.sample(order, max(1, num_batches // 8)))
    if delivery == "out-of-order":
        order.sort(key=lambda batch: batch + draw.uniform(0, 30))
    elif delivery == "late":
        order = [batch for batch in order if batch not in some] + sorted(some)
    elif delivery == "missing":
        order = [batch for batch in order if batch not in some]
    found = []
    while order:
        size = draw.randint(1, 6)
        found.append(order[:size])
        order = order[size:]
        if delivery == "duplicate" and draw.random() < 0.3:  # an old wave again, in part with what is new
            found.append(sorted({*draw.choice(found), *order[:1]}))
    return found


def tour(
    lives: Lives,
    folder: Path,
    plan: Sequence[Wave],
    draw: random.Random,
    points: Sequence[str | None] = EVERYWHERE,
    pace: int = 1,
    every: int = 7,
    lost_answers: float = 0.03,
) -> Figures:
    """Deliver `plan` to a new lake in `folder` by lives that are killed at `points` in turn (None: at any time).

    A life lasts `pace` waves, about. One in `every` versions is read at the end.
    """
    folder.mkdir()
    figures = Figures(batches=len({batch for wave in plan for batch in wave}), waves=len(plan))
    done = number = 0
    last = -1
    while done < len(plan):
        point = _point(points, number)
        num_waves = 1 if point == "in-create" else 6 * pace
        life = _life(folder, plan[done : done + num_waves], number, point, draw, pace, lost_answers)
        is_killed = lives.run(life)
        events = [line.split() for line in Path(life.diary).read_text().splitlines()]
        finished = sum(event == "done" for event, _ in events)
        begun = sum(event == "begin" for event, _ in events)
        figures.repeated += done == last and begun > 0
        if is_killed:
            figures.kills[point or "any time"] += 1
            figures.unclear += bool(events) and events[-1][0] == "asked"
            figures.most_repeated = max(figures.most_repeated, begun - finished)
            last = done + finished if begun > finished else -1
        done, number = done + finished, number + 1
    with lake_at(folder / "lake"):
        figures += verdict([batch for wave in plan for batch in wave], every)
    return figures


def numbered_tour(folder: Path, num_batches: int, number: int) -> Figures:
    """The `number`th of many long tours; its lake is in `folder` and is removed when it is over."""
    draw = random.Random(number)  # noqa: S311 - moments, not secrets
    plan = waves(num_batches, DELIVERIES[number % len(DELIVERIES)], draw)
    with Lives() as lives:
        found = tour(lives, folder / str(number), plan, draw, pace=2, every=40)
    shutil.rmtree(folder / str(number))
    return found


def _point(points: Sequence[str | None], number: int) -> str | None:
    """Where the life of this number ends. Tables are made by the first lives only."""
    later = [each for each in points if each != "in-create"]
    if len(later) < len(points) and number < 2 * len(batches.TABLES):
        return "in-create"
    return later[number % len(later)] if later else "never"


def _life(
    folder: Path,
    plan: Sequence[Wave],
    number: int,
    point: str | None,
    draw: random.Random,
    pace: int,
    lost_answers: float,
) -> Life:
    return Life(
        root=str(folder / "lake"),
        waves=plan,
        diary=str(folder / f"diary-{number}"),
        seed=draw.randrange(2**31),
        point=point,
        nth=1 if point == "in-create" else draw.randint(1, (2 * pace + 1) * _PER_WAVE.get(point or "", 1)),
        after_s=draw.uniform(0.02, _LONGEST_S * pace) if point is None else None,
        lost_answers=lost_answers,
        upkeep=1.0 if point in ("in-checkpoint", "in-compaction", "in-sweep") else 0.05,
        sweeps=True,
    )


def verdict(delivered: Sequence[int], every: int) -> Figures:
    """What is wrong with the lake of the settings after all of `delivered` was; counts and sweeps its orphans."""
    figures = Figures(rows=sum(lake.read(table).num_rows for table in batches.TABLES))
    figures.wrong += Counter(batches.wrong(delivered))
    expected = {batches.transaction(batch) for batch in delivered}
    for table in batches.BULK:
        commits = batches.commits_by_transaction(table)
        figures.wrong[f"{table} committed twice"] = sum(count - 1 for count in commits.values())
        figures.wrong[f"{table} without transaction"] = len(expected.symmetric_difference(commits))
    for table in batches.TABLES:
        figures.wrong[f"{table} unreadable versions"] = len(batches.unreadable_versions(table, every))
        figures.orphans += len(orphans(table, older_than_s=-1))
        sweep(table, older_than_s=-1)
        figures.wrong[f"{table} versions broken by the sweep"] = len(batches.unreadable_versions(table, every))
    figures.wrong += Counter()  # forgets the zeros
    return figures


@contextmanager
def lake_at(root: Path) -> Iterator[None]:
    """The lake at `root` as the lake of this process's settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        settings.cache_clear()
        yield
    settings.cache_clear()
