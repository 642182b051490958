"""What the commands print: tables that fit the terminal, JSON for programs, and one-line notes on stderr."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

_UNLIMITED = 4000  # columns of a "terminal" that is a pipe: nothing is cut for programs and files
_CELL = 48  # longest text shown in a cell on a terminal
SEVERITY_STYLE = {
    "regulatory_unavoidable": "bold red",
    "near_crash": "bold red",
    "emergency": "bold red",
    "critical": "red",
    "severe": "red",
    "close": "yellow",
    "hard": "yellow",
}


class Output(Console):
    """stdout. A reader that went away is told to the command line, which ends in peace (rich would exit with 1)."""

    def on_broken_pipe(self) -> None:
        """See exits.FrontDoor."""
        raise BrokenPipeError


def out() -> Console:
    """stdout; the width of the terminal, or wide enough for everything when it is a pipe."""
    is_sized = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Output(highlight=False, soft_wrap=False, width=None if is_sized else _UNLIMITED)


def note(message: str) -> None:
    """A remark on stderr, so that stdout stays parseable."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[dim]{escape(message)}[/dim]")


def warn(message: str) -> None:
    """Something the person should look at; the command goes on."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[yellow]warning:[/yellow] {escape(message)}")


def fail(message: str) -> None:
    """Why the command failed: one red line on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/bold red] {escape(message)}")


def print_json(value: Any) -> None:
    """`value` as JSON on stdout: no NaN (null instead), bytes as hex, times as ISO 8601."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2) + "\n")


def print_rows(
    names: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "", styles: Mapping[str, str] | None = None
) -> None:
    """A table of `rows` under `names`. Columns that do not fit the terminal are left out, and the last line says so."""
    console = out()
    shown = [[_cell(value) for value in row] for row in rows]
    numeric = [_is_numeric(row[index] for row in rows) for index in range(len(names))]
    widths = [max([len(name), *(len(row[i].plain) for row in shown)]) + 2 for i, name in enumerate(names)]
    fitting = _fitting(widths, console.width)
    table = Table(box=None, title=title or None, title_justify="left", title_style="bold", padding=(0, 1, 0, 1))
    for index in fitting:
        table.add_column(
            names[index],
            justify="right" if numeric[index] else "left",
            no_wrap=True,
            header_style="bold",
            style=(styles or {}).get(names[index]),
        )
    for row in shown:
        table.add_row(*(row[index] for index in fitting))
    console.print(table)
    left_out = [name for index, name in enumerate(names) if index not in fitting]
    if left_out:
        note(f"{len(left_out)} more columns do not fit: {', '.join(left_out)} (--json has all)")


def _fitting(widths: Sequence[int], available: int) -> list[int]:
    used = 0
    fitting: list[int] = []
    for index, width in enumerate(widths):
        if fitting and used + width > available:
            break
        used += width
        fitting.append(index)
    return fitting


def _cell(value: Any) -> Text:
    if value is None:
        return Text("null", style="dim")
    if isinstance(value, bool):
        return Text("true" if value else "false")
    if isinstance(value, float):
        return Text(f"{value:.6g}")
    if isinstance(value, bytes):
        value = value.hex()
    text = value if isinstance(value, str) else str(value)
    text = " ".join(text.split("\n")) if len(text) < 2000 else text[:2000]
    is_cut = sys.stdout.isatty() and len(text) > _CELL
    return Text(text[: _CELL - 1] + "…" if is_cut else text, style=SEVERITY_STYLE.get(text, ""))


def _is_numeric(values: Iterable[Any]) -> bool:
    """True when there is a number and nothing but numbers and nulls."""
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in known)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | bool) else str(value)
