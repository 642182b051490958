"""Trino's REST protocol: run a statement and get its rows; register every table of the lake."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


class TrinoError(RuntimeError):
    """What Trino answered instead of rows: the name of the error and its message."""


@dataclass(frozen=True)
class Result:
    """Rows as Trino's JSON has them: bigint and double as numbers, NaN and Infinity and all else as text."""

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


def execute(url: str, statement: str, schema: str = "marts", patience_s: float = 30) -> Result:
    """The rows of one `statement`, without a trailing semicolon (Trino and Athena refuse it).

    Raises:
        TrinoError: Trino refused it.
    """
    end = time.monotonic() + patience_s
    while True:
        try:
            return _execute(url, statement, schema)
        except TrinoError as error:
            # A server that has just started answers before it has found itself as a worker.
            if "NO_NODES_AVAILABLE" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(0.5)


def _execute(url: str, statement: str, schema: str) -> Result:
    headers = {
        "X-Trino-User": "local",
        "X-Trino-Catalog": "awsdatacatalog",
        "X-Trino-Schema": schema,
        "X-Trino-Time-Zone": "UTC",
        "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",  # without it timestamps are cut to milliseconds
    }
    request = urllib.request.Request(f"{url}/v1/statement", statement.encode(), headers)  # noqa: S310 - loopback
    columns: list[dict[str, Any]] = []
    rows: list[tuple[Any, ...]] = []
    while True:
        with urllib.request.urlopen(request, timeout=600) as response:  # noqa: S310 - loopback
            answer = json.load(response)
        if "error" in answer:
            raise TrinoError(f"{answer['error']['errorName']}: {answer['error']['message']}")
        columns = answer.get("columns") or columns
        rows += [tuple(row) for row in answer.get("data") or []]
        if "nextUri" not in answer:
            return Result([c["name"] for c in columns], [c["type"] for c in columns], rows)
        request = urllib.request.Request(answer["nextUri"])  # noqa: S310 - loopback


def statements(text: str) -> Iterator[str]:
    """The statements of a .sql file, split where a semicolon ends a line."""
    for statement in re.split(r";[ \t]*(?:\n|$)", text):
        body = "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--"))
        if body.strip():
            yield body.strip()


def register(url: str, lake: Path, metastore: Path) -> list[str]:
    """Makes Trino's tables those of `lake` (<layer>/<table>/_delta_log): "+ marts.x" was added, "- marts.x" dropped.

    Trino reads each table's Delta log anew for every query, so only tables that came, went or moved need this.
    """
    logs = (log for log in lake.glob("*/*/_delta_log") if any(log.glob("[0-9]*")))  # not what a killed writer left
    wanted = {(log.parent.parent.name, log.parent.name): f"local://{log.parent}" for log in logs}
    known = {
        file.parts[-3:-1]: json.loads(file.read_text()).get("externalLocation")
        for file in metastore.glob("*/*/.trinoSchema")
    }
    for schema in sorted({schema for schema, _ in wanted}):
        execute(url, f"CREATE SCHEMA IF NOT EXISTS lake_admin.{_identifier(schema)}")
    changes = []
    for schema, table in sorted(set(known) | set(wanted)):
        location = wanted.get((schema, table))
        if known.get((schema, table), location) != location:
            execute(url, f"CALL lake_admin.system.unregister_table({_text(schema)}, {_text(table)})")
            changes.append(f"- {schema}.{table}")
        if location and known.get((schema, table)) != location:
            arguments = ", ".join(map(_text, (schema, table, location)))
            execute(url, f"CALL lake_admin.system.register_table({arguments})")
            changes.append(f"+ {schema}.{table}")
    return changes


def _identifier(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name):
        raise TrinoError(f"{name!r} is not a name of the lake: lower case letters, digits and _ only")
    return name


def _text(value: str) -> str:
    """A SQL text literal: CALL takes no bound parameters."""
    return "'" + value.replace("'", "''") + "'"
