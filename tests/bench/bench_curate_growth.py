"""Growth of a full build, and the price of a run without new data: ten times the drives cost at most eleven times.

On DuckDB, in processor seconds: a full build, a run without anything new, and one with one more drive.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from longtail.settings import REPOSITORY, settings
from tests.bench.cpu_seconds import spent
from tests.bench.long_lake import lengthen, quietest

DRIVES, SECONDS, SEED = 4, 20, 7
GOAL = 11.0
LONGTAIL = Path(sys.executable).with_name("longtail")


def cpu_s(root: Path, *command: str) -> float:
    """Of one `longtail` command on the lake of `root`."""
    return spent([str(LONGTAIL), *command], os.environ | {"LONGTAIL_LAKE": str(root / "lake")}).cpu_s


def silver(root: Path) -> Path:
    """The lake of the generated drives, made by the real commands."""
    fleet = ["--drives", str(DRIVES), "--seconds", str(SECONDS), "--seed", str(SEED)]
    cpu_s(root, "fleet", "generate", *fleet, "--out", str(root / "landing"), "--truth", str(root / "truth"))
    cpu_s(root, "ingest", str(root / "landing"))
    return root / "lake"


def measure(source: Path, root: Path, factor: int) -> dict[str, float]:
    """Builds of DRIVES and `factor` times as many: each in full, again without new data, and with one more drive."""
    os.environ["LONGTAIL_LAKE"] = str(source)
    settings.cache_clear()
    found = {}
    for num_copies in (1, factor):
        place = root / f"{num_copies}"
        lengthen(place / "lake", range(num_copies), quietest(DRIVES))
        name = f"{num_copies * DRIVES} drives"
        found[f"{name}, full, CPU s"] = cpu_s(place, "curate", "--target", "duckdb", "--force")
        found[f"{name}, nothing new, CPU s"] = cpu_s(place, "curate", "--target", "duckdb")
        lengthen(place / "lake", range(num_copies, num_copies + 1), quietest(1))
        found[f"{name}, one more, CPU s"] = cpu_s(place, "curate", "--target", "duckdb")
    return found


def main() -> None:
    """Measure and print; with --check exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factor", type=int, default=10, help="so many times the drives")
    parser.add_argument("--lake", type=Path, help=f"a lake with {DRIVES} drives that is there already")
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when the goal is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["PYTHONPATH"] = str(REPOSITORY)
        found = measure(options.lake or silver(Path(name)), Path(name), options.factor)
    few, many = (value for name, value in found.items() if "full" in name)
    goal = GOAL * options.factor / 10
    if options.json:
        print(json.dumps(found | {"ratio": many / few, "goal": goal}))
    else:
        print("\n".join(f"{name}: {value:.1f}" for name, value in found.items()))
        verdict = "reached" if many / few <= goal else "MISSED"
        print(f"{options.factor}x the drives cost {many / few:.1f} x (goal {goal:g} x): {verdict}")
    if options.check and many / few > goal:
        sys.exit(1)


if __name__ == "__main__":
    main()
