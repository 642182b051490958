"""The `longtail` command. Each command lives in longtail/commands and imports what it needs when it runs."""

import os
import sys
from typing import Annotated

import typer

from longtail.commands import (
    clip,
    compact,
    curate,
    doctor,
    evaluate,
    events,
    export,
    fleet,
    ingest,
    plot,
    report,
    scenario,
    search,
    snapshot,
    sql,
    status,
    train,
    verify,
)
from longtail.commands import slice as slice_command
from longtail.exits import FrontDoor

_EXITS = "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 finished, but something was quarantined."
_CONTEXT = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    cls=FrontDoor,
    help="The SQL-first data engine for driver assistance and automated driving.",
    epilog=_EXITS,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)
fleet_app = typer.Typer(help="A generated fleet.", no_args_is_help=True, context_settings=_CONTEXT)
scenario_app = typer.Typer(help="Scenario definitions.", no_args_is_help=True, context_settings=_CONTEXT)
snapshot_app = typer.Typer(help="Pinned datasets.", no_args_is_help=True, context_settings=_CONTEXT)
evaluate_app = typer.Typer(help="Models and scenario definitions.", no_args_is_help=True, context_settings=_CONTEXT)

_LOOP, _ASK, _HEALTH = "The loop", "Ask", "Health"
app.add_typer(fleet_app, name="fleet", rich_help_panel=_LOOP)
app.command("ingest", rich_help_panel=_LOOP)(ingest.ingest)
app.command("curate", rich_help_panel=_LOOP)(curate.curate)
app.add_typer(scenario_app, name="scenario", rich_help_panel=_LOOP)
app.add_typer(snapshot_app, name="snapshot", rich_help_panel=_LOOP)
app.command("train", rich_help_panel=_LOOP)(train.train)
app.add_typer(evaluate_app, name="evaluate", rich_help_panel=_LOOP)
app.command("sql", rich_help_panel=_ASK)(sql.sql)
app.command("slice", rich_help_panel=_ASK)(slice_command.slice_)
app.command("events", rich_help_panel=_ASK)(events.events)
app.command("clip", rich_help_panel=_ASK)(clip.clip)
app.command("search", rich_help_panel=_ASK)(search.search)
app.command("export", rich_help_panel=_ASK)(export.export)
app.command("plot", rich_help_panel=_ASK)(plot.plot)
app.command("status", rich_help_panel=_HEALTH)(status.status)
app.command("verify", rich_help_panel=_HEALTH)(verify.verify)
app.command("compact", rich_help_panel=_HEALTH)(compact.compact)
app.command("report", rich_help_panel=_HEALTH)(report.report)
app.command("doctor", rich_help_panel=_HEALTH)(doctor.doctor)
fleet_app.command("generate")(fleet.generate)
fleet_app.command("sumo")(fleet.sumo)
scenario_app.command("list")(scenario.list_)
scenario_app.command("show")(scenario.show)
scenario_app.command("new")(scenario.new)
scenario_app.command("version")(scenario.version)
snapshot_app.command("create")(snapshot.create)
snapshot_app.command("list")(snapshot.list_)
snapshot_app.command("show")(snapshot.show)
evaluate_app.command("model")(evaluate.model)
evaluate_app.command("scenarios")(evaluate.scenarios)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from longtail import __version__

        typer.echo(f"longtail {__version__}")
        raise typer.Exit


@app.callback()
def options(
    lake: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Root of the lake; default: LONGTAIL_LAKE, longtail.toml, ./lake."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """The SQL-first data engine for driver assistance and automated driving."""
    if lake is not None:
        # By environment, so that processes this one starts (Spark workers, dbt) see the same lake.
        os.environ["LONGTAIL_LAKE"] = lake
    if "longtail.settings" in sys.modules:
        from longtail.settings import settings

        settings.cache_clear()


def main() -> None:
    """Entry point of the `longtail` command."""
    app()
