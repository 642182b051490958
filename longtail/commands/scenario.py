"""`longtail scenario`: definitions to look at, to add and to version."""

from typing import Annotated, Any

import typer

from longtail import complete
from longtail.options import Json

Name = Annotated[str, typer.Argument(help="Scenario id.", autocompletion=complete.definitions)]


def new(
    name: Annotated[str, typer.Argument(help="Words in lower case, for example close_follow.")],
    owner: Annotated[str, typer.Option(help="Who answers for the definition.")] = "longtail",
    as_json: Json = False,
) -> None:
    """Write a scenario that works as it stands, to be edited: model, properties, seed rows (docs/how-to).

    [dim]
    longtail scenario new close_follow && longtail curate --target duckdb
    [/dim]
    """
    from longtail import console
    from longtail.scenario_template import create

    files = create(name, owner)
    if as_json:
        console.print_json({"scenario_id": name, "files": [str(path) for path in files]})
        return
    for path in files:
        console.out().print(str(path))
    console.note("edit what is marked EDIT and the seed rows; then: longtail curate --target duckdb")


def version(
    name: Annotated[
        str | None, typer.Argument(help="Scenario id; without it: --all.", autocompletion=complete.definitions)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every definition that has changed.")] = False,
    same: Annotated[bool, typer.Option("--same", help="It finds the same events as before: keep the number.")] = False,
    as_json: Json = False,
) -> None:
    """Give a definition its next version after its thresholds or its SQL have changed; else nothing happens.

    [dim]
    longtail scenario version cut_in

    longtail scenario version --all --same
    [/dim]
    """
    if every == bool(name):
        raise typer.BadParameter("expected the name of a scenario, or --all")
    from longtail import console
    from longtail.scenario_files import definition, definitions, renew

    told = []
    for before in definitions() if name is None else [definition(name)]:
        after = renew(before.scenario_id, same)
        numbers = {"from": before.definition_version, "to": after.definition_version}
        is_written = after.thresholds_md5 != before.thresholds_md5
        told.append({"scenario_id": after.scenario_id, **numbers, "is_written": is_written})
    if as_json:
        console.print_json(told)
        return
    for row in told:
        steps = f"version {row['from']} -> {row['to']}" if row["from"] != row["to"] else f"still version {row['to']}"
        console.out().print(f"{row['scenario_id']}: {steps}{', written down' if row['is_written'] else ''}")


def list_(as_json: Json = False) -> None:
    """Every definition: version, what a drive must have for it, and how well its thresholds are founded.

    [dim]
    longtail scenario list --json | jq '.[].scenario_id'
    [/dim]
    """
    from longtail import console
    from longtail.scenario_files import definitions

    found = definitions()
    if as_json:
        console.print_json([_row(each) for each in found])
        return
    names = ["scenario", "version", "needs", "thresholds", "evidence", "owner", "state"]
    rows = [
        [
            each.scenario_id,
            each.definition_version,
            each.needs,
            len(each.thresholds),
            each.evidence,
            each.owner,
            "changed" if each.is_changed else "",
        ]
        for each in found
    ]
    console.print_rows(names, rows)
    if any(each.is_changed for each in found):
        console.note("changed: thresholds or SQL are not those of the version; longtail scenario version --all")


def show(name: Name, as_json: Json = False) -> None:
    """One definition: what it means, every threshold with unit and citation, and what projects changed.

    [dim]
    longtail scenario show cut_in
    [/dim]
    """
    from longtail import console
    from longtail.scenario_files import definition, overrides

    found, changed = definition(name), overrides(name)
    if as_json:
        console.print_json(_row(found) | {"projects": changed})
        return
    out = console.out()
    out.print(
        f"[bold]{found.scenario_id}[/bold] version {found.definition_version}, owner {found.owner}", soft_wrap=True
    )
    for label, text in (("when", found.predicate), ("severity", found.severity_bands), ("needs", found.needs)):
        out.print(f"{label}: {text}", soft_wrap=True, markup=False)
    out.print(f"source: {found.source} [{found.evidence}]", soft_wrap=True, markup=False)
    out.print(f"model: {found.model.name if found.model else 'none'}", soft_wrap=True, markup=False)
    thresholds = [[each.name, each.value, each.unit, each.evidence, each.source] for each in found.thresholds]
    if thresholds:
        console.print_rows(["threshold", "value", "unit", "evidence", "source"], thresholds)
    if changed:
        names = ["project_id", "definition_version", "name", "value", "unit", "source"]
        console.print_rows(names, [[row[label] for label in names] for row in changed], title="projects")
    if found.is_changed:
        console.warn(f"its thresholds or SQL have changed; longtail scenario version {name}")


def _row(found: Any) -> dict[str, Any]:
    values = {label: value for label, value in vars(found).items() if label not in ("thresholds", "model")}
    thresholds = [vars(each) for each in found.thresholds]
    model = found.model.stem if found.model else None
    return values | {"model": model, "is_changed": found.is_changed, "thresholds": thresholds}
