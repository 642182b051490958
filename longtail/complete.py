"""Tab completion that looks into the lake: table names, drives, scenarios, events."""

import os
from collections.abc import Callable

import typer


def tables(ctx: typer.Context, incomplete: str) -> list[str]:
    """Table names that start with what is typed."""

    def look() -> list[str]:
        from longtail.statement import known_tables

        return known_tables()

    return _matching(ctx, incomplete, look)


def compactable(ctx: typer.Context, incomplete: str) -> list[str]:
    """Tables of the lake that `longtail compact` takes."""

    def look() -> list[str]:
        from spark_jobs.compaction import compactable

        return compactable()

    return _matching(ctx, incomplete, look)


def drives(ctx: typer.Context, incomplete: str) -> list[str]:
    """Drive ids that start with what is typed."""
    return _matching(ctx, incomplete, lambda: _values("select drive_id from bronze.drives order by 1"))


def scenarios(ctx: typer.Context, incomplete: str) -> list[str]:
    """Scenario ids of the events in the lake."""
    return _matching(
        ctx, incomplete, lambda: _values("select distinct scenario_id from marts.fct_scenario_events order by 1")
    )


def definitions(ctx: typer.Context, incomplete: str) -> list[str]:
    """Scenario ids of the definitions."""

    def look() -> list[str]:
        from longtail.scenario_files import definitions

        return [each.scenario_id for each in definitions()]

    return _matching(ctx, incomplete, look)


def severities(ctx: typer.Context, incomplete: str) -> list[str]:
    """Severity bands of the events in the lake."""
    return _matching(
        ctx, incomplete, lambda: _values("select distinct severity from marts.fct_scenario_events order by 1")
    )


def events(ctx: typer.Context, incomplete: str) -> list[str]:
    """Event ids that start with what is typed."""
    return _matching(
        ctx, incomplete, lambda: _values("select event_id from marts.fct_scenario_events order by 1 limit 2000")
    )


def ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Drive ids and event ids."""
    return drives(ctx, incomplete) + events(ctx, incomplete)


def snapshots(ctx: typer.Context, incomplete: str) -> list[str]:
    """Snapshot ids, newest first."""
    return _matching(
        ctx, incomplete, lambda: _values("select snapshot_id from ml.snapshots order by created_at_ns desc")
    )


def _matching(ctx: typer.Context, incomplete: str, look: Callable[[], list[str]]) -> list[str]:
    lake = ctx.find_root().params.get("lake")
    if lake:
        os.environ["LONGTAIL_LAKE"] = lake
    try:
        return [value for value in look() if value.startswith(incomplete)]
    except Exception:
        # No lake yet, or no such table: there is nothing to complete, and a shell prompt is no place to say so.
        return []


def _values(query: str) -> list[str]:
    from longtail.query import sql

    return [str(value) for value in sql(query).column(0).to_pylist() if value is not None]
