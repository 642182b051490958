"""Times contestants side by side in one run, round by round, and prints each as a ratio to a named peer."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Contestant:
    """Something to time. `run` returns what it produced (a count to be compared); `num_bytes` is what it went through.

    `seconds` reads a time that `run` measured itself (a child process); None: the call is timed.
    """

    name: str
    run: Callable[[], int]
    num_bytes: int | None = None
    seconds: Callable[[], float] | None = None


@dataclass(frozen=True)
class Measured:
    """The fastest of some rounds. `cpu_s` is of this process only."""

    name: str
    seconds: float
    cpu_s: float
    answer: int
    num_bytes: int | None


@dataclass(frozen=True)
class Goal:
    """`name` must be at least `ratio` times as fast as `peer`."""

    name: str
    peer: str
    ratio: float


def measure(contestants: Sequence[Contestant], rounds: int = 3) -> list[Measured]:
    """Each contestant once per round, in turn, so that all meet the same machine; the fastest round counts."""
    best: dict[str, Measured] = {}
    for _ in range(rounds):
        for each in contestants:
            wall, cpu = perf_counter(), process_time()
            answer = each.run()
            wall, cpu = perf_counter() - wall, process_time() - cpu
            took = each.seconds() if each.seconds else wall
            if each.name not in best or took < best[each.name].seconds:
                best[each.name] = Measured(each.name, took, cpu, answer, each.num_bytes)
    return [best[each.name] for each in contestants]


def conclude(title: str, measured: Sequence[Measured], goals: Sequence[Goal]) -> None:
    """Print the table and the goals (as JSON with --json); exit with 1 when a goal is missed and --check is given."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    options, _ = parser.parse_known_args()
    by_name = {each.name: each for each in measured}
    ratios = {goal: by_name[goal.peer].seconds / by_name[goal.name].seconds for goal in goals}
    if options.json:
        reached = [asdict(goal) | {"measured": round(ratio, 3)} for goal, ratio in ratios.items()]
        print(json.dumps({"title": title, "measured": [asdict(each) for each in measured], "goals": reached}))
    else:
        _print(title, measured, ratios)
    if options.check and any(ratio < goal.ratio for goal, ratio in ratios.items()):
        sys.exit(1)


def _print(title: str, measured: Sequence[Measured], ratios: dict[Goal, float]) -> None:
    console = Console()
    table = Table("", "s", "CPU s", "MB/s", "answer", title=title)
    for each in measured:
        speed = f"{each.num_bytes / each.seconds / 1e6:,.0f}" if each.num_bytes else ""
        table.add_row(each.name, f"{each.seconds:.3f}", f"{each.cpu_s:.3f}", speed, f"{each.answer:,}")
    console.print(table)
    for goal, ratio in ratios.items():
        verdict = "reached" if ratio >= goal.ratio else "MISSED"
        console.print(f"{goal.name}: {ratio:.2f} x {goal.peer} (goal {goal.ratio:g} x): {verdict}")
