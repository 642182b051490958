"""The functions of sql/refav on an Argoverse 2 log beside RefAV's own: CPU seconds, hits, ratio.

RefAV is no package: its seconds are those of tests/oracles/refav/recorded.json, or measured now where LONGTAIL_REFAV
names a checkout and LONGTAIL_REFAV_PYTHON an interpreter that has av2 (near_objects alone takes minutes). Ours is the
median of ROUNDS runs of the file as it stands, planning included, on one thread, over the tables of the log. What
curate pays once for the two models that the files read is printed beside it: `with build` is the ratio of a lake that
is curated for this one question and asked it once.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import duckdb
from rich.console import Console
from rich.table import Table

from longtail.settings import REPOSITORY
from tests.oracles.refav.built import Built
from tests.oracles.refav.own_instants import lake_of

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
ORACLE = REPOSITORY / "tests" / "oracles" / "refav"
RECORDED = json.loads((ORACLE / "recorded.json").read_text())
ROUNDS = 9
GOAL = 1000.0
_ASK = """
import json, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
import by_refav
with by_refav.tempfile.TemporaryDirectory() as folder:
    log = by_refav.log_dir(Path(sys.argv[3]), Path(folder))
    print(by_refav.asked(sys.argv[4], json.loads(sys.argv[5]), log)[0])
"""


def ours(name: str, lake: duckdb.DuckDBPyConnection) -> tuple[float, int]:
    """(median CPU s, number of hits)."""
    statement = (REPOSITORY / "sql" / "refav" / f"{name}.sql").read_text()
    return cpu_s(lambda: lake.sql(statement).to_arrow_table()), lake.sql(statement).to_arrow_table().num_rows


def building(lake: Built) -> dict[str, float]:
    """Median CPU s that each model takes to build, by its name."""
    return {
        model: cpu_s(lambda say=f"create or replace table intermediate.{model} as {text}": lake.connection.execute(say))
        for model, text in lake.statements.items()
    }


def cpu_s(work: Callable[[], object]) -> float:
    """Median over ROUNDS."""
    seconds = []
    for _ in range(ROUNDS):
        started = process_time()
        work()
        seconds.append(process_time() - started)
    return median(seconds)


def needed(name: str, build_s: dict[str, float]) -> float:
    """CPU s to build the models that a file reads; who is located is boxed first."""
    text = (REPOSITORY / "sql" / "refav" / f"{name}.sql").read_text()
    first, second = build_s
    return build_s[first] + (build_s[second] if second in text else 0.0)


def theirs(name: str, log: Path) -> tuple[float, str]:
    """(CPU s, whether they were measured now)."""
    question = RECORDED["functions"][name]
    if "LONGTAIL_REFAV" not in os.environ:
        return question["cpu_s"], "recorded"
    python = os.environ.get("LONGTAIL_REFAV_PYTHON", sys.executable)
    paths = [os.environ["LONGTAIL_REFAV"], str(ORACLE), str(log.resolve())]
    asked = [python, "-c", _ASK, *paths, name, json.dumps(question)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]), "live"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when near_objects and ten more miss the goal")
    parser.add_argument("names", nargs="*", default=list(RECORDED["functions"]), help="only these functions")
    options = parser.parse_args()
    log = DATA / RECORDED["log"]
    if not log.is_dir():
        print(f"no Argoverse 2 log at {log} (LONGTAIL_TEST_DATA)")
        return
    lake = lake_of(log)
    build_s = building(lake)
    rows = []
    for name in options.names:
        (mine, hits), (its, source) = ours(name, lake.connection), theirs(name, log)
        once = mine + needed(name, build_s)
        speeds = {"refav_cpu_s": its, "source": source, "cpu_s": mine, "ratio": its / mine, "ratio_once": its / once}
        rows.append({"name": name, **speeds, "hits": hits, "refav_hits": RECORDED["functions"][name]["num_hits"]})
    reached = {row["name"] for row in rows if row["ratio"] >= GOAL}
    if options.json:
        print(json.dumps({"title": "RefAV", "goal": GOAL, "measured": rows, "build_cpu_s": build_s}))
    else:
        _print(rows, build_s, len(reached))
    if options.check and not ("near_objects" in reached and len(reached) >= 11):
        sys.exit(1)


def _print(rows: list[dict], build_s: dict[str, float], num_reached: int) -> None:
    columns = ("", "RefAV CPU s", "", "ours CPU s", "ratio", "with build", "hits", "RefAV's")
    table = Table(*columns, title="RefAV, one log of 16 s")
    for row in rows:
        figures = f"{row['refav_cpu_s']:,.2f}", row["source"], f"{row['cpu_s']:.4f}", f"{row['ratio']:,.0f}"
        table.add_row(row["name"], *figures, f"{row['ratio_once']:,.0f}", f"{row['hits']:,}", f"{row['refav_hits']:,}")
    Console(width=120).print(table)
    print("built once per log: " + ", ".join(f"{model} {seconds:.3f} CPU s" for model, seconds in build_s.items()))
    theirs_s, ours_s = (sum(row[key] for row in rows) for key in ("refav_cpu_s", "cpu_s"))
    together = theirs_s / (ours_s + sum(build_s.values()))
    print(f"all {len(rows)} together: {theirs_s / ours_s:,.0f} times, with the build {together:,.0f} times")
    print(f"{num_reached} of {len(rows)} at least {GOAL:,.0f} times as fast; goal: near_objects and ten more")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
