"""`longtail status`: what is in the lake and whether everything is accounted for."""

from datetime import UTC, datetime
from typing import Any

from longtail.options import Json

_QUARANTINE_SHOWN = 10


def status(as_json: Json = False) -> None:
    """Drives, files by state, messages in = landed + quarantined, tables, last runs.

    [dim]
    longtail status

    longtail status --json | jq .messages
    [/dim]
    """
    from longtail import console
    from longtail.overview import overview

    facts = overview()
    if as_json:
        console.print_json(facts)
        return
    out = console.out()
    out.print(f"[bold]Lake[/bold]  {facts['lake']}")
    if not facts["tables"]:
        console.note("empty so far; begin with: longtail fleet generate, longtail ingest landing")
        return
    files = ", ".join(f"{number} {state}" for state, number in facts["files_by_state"].items()) or "none"
    out.print(f"[bold]Drives[/bold]  {facts['num_drives']}    [bold]Files[/bold]  {files}")
    out.print(f"[bold]Messages[/bold]  {balance(facts['messages'])}\n")
    _print_tables(facts["tables"])
    if facts["runs"]:
        out.print()
        rows = [[r["job"], r["status"], _utc(r["started_at_ns"]), round(r["duration_s"], 1)] for r in facts["runs"]]
        console.print_rows(["last runs", "status", "started (UTC)", "s"], rows)
    if facts["quarantine"]:
        out.print()
        shown = facts["quarantine"][:_QUARANTINE_SHOWN]
        console.print_rows(["quarantined", "reason", "messages", "detail"], [list(row.values()) for row in shown])
        if len(facts["quarantine"]) > len(shown):
            console.note(f"{len(facts['quarantine'])} rows in bronze.quarantine")


def balance(messages: dict[str, Any]) -> str:
    """The account of messages as one line: in = landed + quarantined, and what is in the tables."""
    verdict = "[green]adds up[/green]" if messages["is_balanced"] else "[bold red]does not add up[/bold red]"
    return (
        f"{messages['num_in']} in = {messages['num_landed']} landed + {messages['num_quarantined']} quarantined; "
        f"{messages['num_in_tables']} in bronze.messages: {verdict}"
    )


def _print_tables(tables: list[dict[str, Any]]) -> None:
    from longtail import console

    rows = [[t["table"], t["version"], t["num_rows"], t["num_files"], round(t["num_bytes"] / 1e6, 2)] for t in tables]
    console.print_rows(["table", "version", "rows", "files", "MB"], rows)


def _utc(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
