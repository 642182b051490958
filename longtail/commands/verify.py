"""`longtail verify`: proof that nothing is missing between the raw files, bronze and silver."""

from typing import Annotated

import typer

from longtail import complete
from longtail.exits import FAILED
from longtail.options import Json


def verify(
    drives: Annotated[
        list[str] | None, typer.Argument(help="Drive ids; default: all.", autocompletion=complete.drives)
    ] = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read the raw files again too: sha256, recorder's counts, content hashes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that files = bronze = silver + what was set aside, message for message. Exit code 1 when a number differs.

    [dim]
    longtail verify

    longtail verify local-0003 --deep

    longtail verify --json | jq .is_complete
    [/dim]
    """
    from longtail import console
    from longtail.progress import one_stage
    from longtail.verify import verify as run

    with one_stage("verify") as on_step:
        verdict = run(drives or (), on_step=on_step, deep=deep)
    if as_json:
        console.print_json(verdict.to_dict())
    else:
        rows = [
            [each.name, each.num_cases, each.expected, each.found, "holds" if not each.num_failed else "FAILS"]
            for each in verdict.findings
        ]
        console.print_rows(["invariant", "cases", "expected", "found", "verdict"], rows)
        if verdict.waiting:
            shown = ", ".join(verdict.waiting[:5])
            console.note(f"{len(verdict.waiting)} drives wait for silver ({shown}); run: longtail ingest")
        for line in verdict.notes:
            console.note(line)
    if verdict.failures:
        console.fail(str(verdict.failures[0]))
        if len(verdict.failures) > 1:
            console.note(f"{sum(each.num_failed for each in verdict.findings)} numbers differ in all; --json has more")
        raise typer.Exit(FAILED)
