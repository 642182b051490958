"""Progress bars on stderr that are silent when nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Report = Callable[[str, int, int], None]


@contextmanager
def counter(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar over `total` steps; the value counts one step and shows its name."""
    with _progress() as progress:
        task = progress.add_task(what, total=total, detail="")
        yield lambda detail: progress.update(task, advance=1, detail=detail)


@contextmanager
def stages() -> Iterator[Report]:
    """Bars that appear as stages report (stage, done, total)."""
    with _progress() as progress:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total, detail="")
            progress.update(tasks[stage], completed=done, total=total)

        yield report


@contextmanager
def one_stage(what: str) -> Iterator[Report]:
    """One bar that is told (current step, done, total)."""
    with _progress() as progress:
        task = progress.add_task(what, total=None, detail="")
        yield lambda step, done, total: progress.update(task, completed=done, total=total, detail=step)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    detail = TextColumn("[dim]{task.fields[detail]}")
    return Progress(*columns, detail, console=console, disable=not console.is_terminal)
