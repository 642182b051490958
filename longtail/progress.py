"""A progress bar on stderr that is silent when nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar over `total` steps; the value is a function that counts one step and shows its name."""
    with _progress() as progress:
        task = progress.add_task(what, total=total, detail="")

        def advance(detail: str) -> None:
            progress.update(task, advance=1, detail=detail)

        yield advance


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Bars that appear as stages report (stage, done, total)."""
    with _progress() as progress:
        tasks = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total, detail="")
            progress.update(tasks[stage], completed=done, total=total)

        yield report


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[detail]}"),
        console=Console(stderr=True),
        disable=not Console(stderr=True).is_terminal,
    )
