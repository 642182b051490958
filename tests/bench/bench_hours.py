"""Hours of generated tracks, curated in full on DuckDB: 100 hours must fit in 8 GB of memory.

Generated drives go the whole way to silver once; then silver is written again and again under new drive ids
(long_lake.py), so that hours of it cost no hours of decoding. `--role onboard` keeps what a car without a reference
sensor records. The DuckDB file takes disk: 0.15 GB per hour with both roles.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from longtail.settings import REPOSITORY, settings
from tests.bench.cpu_seconds import Spent, spent
from tests.bench.long_lake import lengthen, quietest

DRIVES, SECONDS, SEED = 24, 60, 7
GOAL_GB = 8.0
LONGTAIL = Path(sys.executable).with_name("longtail")


def silver(root: Path) -> Path:
    """The lake of the generated drives, made by the real commands."""
    fleet = ["--drives", str(DRIVES), "--seconds", str(SECONDS), "--seed", str(SEED)]
    run(root / "lake", "fleet", "generate", *fleet, "--out", str(root / "landing"), "--truth", str(root / "truth"))
    run(root / "lake", "ingest", str(root / "landing"))
    return root / "lake"


def run(lake: Path, *command: str) -> Spent:
    """What one `longtail` command on `lake` used."""
    return spent([str(LONGTAIL), *command], os.environ | {"LONGTAIL_LAKE": str(lake), "PYTHONPATH": str(REPOSITORY)})


def measure(source: Path, hours: float, num_drives: int, role: str | None, root: Path) -> dict[str, float]:
    """A lake of `hours`, curated in full: what it holds, CPU and wall seconds, and the peak of memory."""
    os.environ["LONGTAIL_LAKE"] = str(source)
    settings.cache_clear()
    num_copies = round(hours * 3600 / (num_drives * SECONDS))
    num_rows = lengthen(root / "lake", range(num_copies), quietest(num_drives, role), role)
    began = perf_counter()
    used = run(root / "lake", "curate", "--target", "duckdb", "--force")
    took = perf_counter() - began
    return {
        "hours": num_copies * num_drives * SECONDS / 3600,
        "drives": num_copies * num_drives,
        "rows of tracks": num_rows,
        "CPU s": used.cpu_s,
        "s": took,
        "peak GB": used.peak_gb,
        "file GB": (root / "longtail.duckdb").stat().st_size / 1e9,
    }


def main() -> None:
    """Measure and print; with --check exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--drives", type=int, default=DRIVES, help="those with the fewest tracks")
    parser.add_argument("--role", choices=("onboard", "reference"), help="tracks of this source only")
    parser.add_argument("--lake", type=Path, help=f"a lake of {DRIVES} drives of {SECONDS} s that is there already")
    parser.add_argument("--folder", type=Path, help="where there is room; default: the folder for temporary files")
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when the goal is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        source = options.lake or silver(Path(name) / "source")
        found = measure(source, options.hours, options.drives, options.role, Path(name))
    is_reached = found["peak GB"] <= GOAL_GB
    if options.json:
        print(json.dumps(found | {"goal GB": GOAL_GB}))
    else:
        print(", ".join(f"{name} {value:,.1f}" for name, value in found.items()))
        print(
            f"peak of memory {found['peak GB']:.1f} GB (goal {GOAL_GB:g} GB): {'reached' if is_reached else 'MISSED'}"
        )
    if options.check and not is_reached:
        sys.exit(1)


if __name__ == "__main__":
    main()
