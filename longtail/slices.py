"""Slices of a drive and the scenario events found in it: the ready-made questions of the SDK."""

from typing import Any

from longtail import contracts, lake
from longtail.query import As, shaped, sql
from longtail.scan import Bounds
from longtail.statement import QueryError, known_tables, unknown

EVENTS = "marts.fct_scenario_events"
_TIME_COLUMNS = ("t_ns", "t_start_ns", "log_time_ns")


def slice_(
    drive_id: str,
    start_s: float = 0.0,
    end_s: float | None = None,
    table: str = "silver.ego_motion",
    columns: list[str] | None = None,
    as_: As = "arrow",
) -> Any:
    """Rows of `table` for one drive, from `start_s` (included) to `end_s` (excluded), in time order.

    Seconds count from the first instant of the drive in silver.ego_motion. Only files whose statistics may hold such
    rows are opened. `columns`: a list of names, default all.

    Raises:
        QueryError: unknown table, column or drive, or a table without drive and time.
    """
    if table not in known_tables():
        raise QueryError(unknown(table, known_tables()))
    names = _columns(table)
    time_column = next((name for name in _TIME_COLUMNS if name in names), None)
    if time_column is None or "drive_id" not in names:
        raise QueryError(f"{table} has no drive and time to slice by; use `longtail sql`")
    strangers = [name for name in columns or [] if name not in names]
    if strangers:
        raise QueryError(f"{table} has no column {', '.join(strangers)}; it has {', '.join(names)}")
    origin_ns = drive_start_ns(drive_id)
    start_ns = origin_ns + round(start_s * 1e9)
    end_ns = None if end_s is None else origin_ns + round(end_s * 1e9)
    # Identifiers come from the table's own schema (checked above); values are bound.
    chosen = ", ".join(f'"{name}"' for name in columns or names)
    upper = f'and "{time_column}" < $end_ns' if end_ns is not None else ""
    query = f'select {chosen} from {table} where drive_id = $drive_id and "{time_column}" >= $start_ns {upper} order by "{time_column}"'  # noqa: S608, E501
    values: dict[str, Any] = {"drive_id": drive_id, "start_ns": start_ns}
    if end_ns is not None:
        values["end_ns"] = end_ns
    return sql(query, as_=as_, parameters=values, bounds=Bounds(drive_id, time_column, start_ns, end_ns))


def drive_start_ns(drive_id: str) -> int:
    """First instant of the drive on the 10 Hz grid, ns UTC: second 0 of every slice."""
    query = "select min(t_ns) as t_ns from silver.ego_motion where drive_id = $drive_id"
    (start,) = sql(query, parameters={"drive_id": drive_id}, bounds=Bounds(drive_id))["t_ns"].to_pylist()
    if start is None:
        raise QueryError(f"no drive {drive_id!r} in {lake.root()}; `longtail status` says which drives there are")
    return int(start)


def events(
    scenario: str | None = None,
    severity: str | None = None,
    drive: str | None = None,
    light: str | None = None,
    limit: int | None = None,
    as_: As = "arrow",
) -> Any:
    """Scenario events, gravest first (smallest time to collision), one row per event of marts.fct_scenario_events.

    Every argument narrows the list: scenario id, severity band, drive id, light (day, low_ambient, night).
    """
    query = """
        select * from marts.fct_scenario_events
        where ($scenario is null or scenario_id = $scenario)
          and ($severity is null or severity = $severity)
          and ($drive is null or drive_id = $drive)
          and ($light is null or light = $light)
        order by min_ttc_s nulls last, t_start_ns, event_id
        limit $limit
    """
    values = {"scenario": scenario, "severity": severity, "drive": drive, "light": light, "limit": limit}
    found = sql(query, parameters=values, bounds=Bounds(drive))
    return shaped(found, as_)


def event(event_id: str) -> dict[str, Any]:
    """One event as a dictionary; the first characters of the id are enough when only one event starts with them.

    Raises:
        QueryError: no such event, or more than one.
    """
    query = "select * from marts.fct_scenario_events where starts_with(event_id, $event_id) limit 2"
    rows = sql(query, parameters={"event_id": event_id}).to_pylist() if event_id else []
    if len(rows) != 1:
        why = "more than one event starts with" if rows else "no event"
        raise QueryError(f"{why} {event_id!r}; `longtail events` lists them")
    return dict(rows[0])


def _columns(table: str) -> list[str]:
    if lake.exists(table):
        return [field.name for field in lake.open_table(table).schema().fields]
    return list(contracts.contract(table).schema.names)
