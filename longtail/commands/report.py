"""`longtail report`: the short account that `make demo` ends with."""

from typing import Any

from longtail.commands.status import balance
from longtail.options import Json

_METRICS = ("average_precision", "f1", "recall", "precision", "brier")


def report(as_json: Json = False) -> None:
    """What the loop found: drives, messages, events by scenario, the model against both baselines, where to look next.

    [dim]
    longtail report
    [/dim]
    """
    from longtail import console
    from longtail.overview import messages, model_results, overview, scenario_counts

    facts = {
        "num_drives": overview(0)["num_drives"],
        "messages": messages(),
        "events": scenario_counts(),
        "model": model_results(),
    }
    facts["next"] = _next(facts)
    if as_json:
        console.print_json(facts)
        return
    out = console.out()
    out.print(f"\n[bold]Drives[/bold]    {facts['num_drives']}")
    out.print(f"[bold]Messages[/bold]  {balance(facts['messages'])}\n")
    if facts["events"]:
        console.print_rows(
            ["scenario", "severity", "events", "drives"], [list(row.values()) for row in facts["events"]]
        )
        out.print()
    if facts["model"]:
        _print_model(facts["model"])
        out.print()
    out.print("[bold]Next[/bold]")
    for command in facts["next"]:
        out.print(f"  {command}")


def _print_model(results: list[dict[str, Any]]) -> None:
    """One line per predictor, the model first, one column per metric, and how far the model is ahead."""
    from longtail import console

    metrics = [name for name in _METRICS if any(row["metric"] == name for row in results)]
    models: dict[str, dict[str, str | None]] = {}
    for row in sorted(results, key=lambda row: row["model_version"] is None):
        models.setdefault(_title(row), {})[row["metric"]] = _interval(row)
    first = results[0]
    title = f"Cut-in within 3 s: {first['num_samples']} samples of drives never seen, {first['num_positives']} positive"
    rows = [[name, *(values.get(metric) for metric in metrics)] for name, values in models.items()]
    console.print_rows(["predictor", *(name.replace("_", " ") for name in metrics)], rows, title=title)
    for row in results:
        metric, _, baseline = row["metric"].partition("_gain_over_")
        if baseline and metric == _METRICS[0]:
            gain = _interval(row, "+.3f")
            console.out().print(
                f" {metric.replace('_', ' ')} against {baseline.replace('_', ' ')}: {gain}", markup=False
            )


def _title(row: dict[str, Any]) -> str:
    name = str(row["model_name"]).removeprefix("baseline:").replace("_", " ")
    return f"{name} {'version ' + row['model_version'] if row['model_version'] else '(baseline)'}"


def _interval(row: dict[str, Any], form: str = ".3f") -> str | None:
    if row["value"] is None:
        return None
    interval = f" [{row['ci_low']:.2f}, {row['ci_high']:.2f}]" if row["ci_low"] is not None else ""
    return f"{row['value']:{form}}{interval}"


def _next(facts: dict[str, Any]) -> list[str]:
    """Three commands worth trying, given how far the loop has come."""
    if not facts["num_drives"]:
        return ["longtail fleet generate", "longtail ingest landing", "longtail status"]
    from longtail import lake
    from longtail.slices import EVENTS, events

    if not lake.exists(EVENTS):
        return ["longtail curate", "longtail status", 'longtail sql "select * from silver.ego_motion limit 5"']
    if not facts["events"]:
        return ['longtail sql "from marts.fct_kpis"', 'longtail sql "from marts.dim_drives"', "longtail status"]
    gravest = events(scenario="cut_in", limit=1).to_pylist() or events(limit=1).to_pylist()
    return [
        f"longtail events --scenario {gravest[0]['scenario_id']}",
        f"longtail plot {gravest[0]['event_id'][:10]} -o event.png",
        'longtail sql "select scenario_id, severity, count(*) as n from marts.fct_scenario_events group by all"',
    ]
