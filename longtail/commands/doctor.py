"""`longtail doctor`: is this machine, and this lake, in order?"""

import typer

from longtail.exits import FAILED
from longtail.options import Json

_STYLE = {"ok": "[green]ok  [/green]", "warn": "[yellow]warn[/yellow]", "fail": "[bold red]fail[/bold red]"}


def doctor(as_json: Json = False) -> None:
    """Check Java, Python, packages, disk, the lake and every table; each finding with the way out. Exit code 1 on fail.

    [dim]
    longtail doctor
    [/dim]
    """
    from dataclasses import asdict

    from rich.markup import escape

    from longtail import console
    from longtail.checks import checks

    found = []
    out = console.out()
    for check in checks():
        found.append(check)
        if not as_json:
            way_out = f"  [dim]→ {escape(check.way_out)}[/dim]" if check.way_out else ""
            out.print(f"{_STYLE[check.level]}  {check.name}: {escape(check.message)}{way_out}")
    if as_json:
        console.print_json([asdict(check) for check in found])
    if any(check.level == "fail" for check in found):
        raise typer.Exit(FAILED)
