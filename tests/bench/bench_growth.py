"""Growth: ten times the files, through the real ingest, cost at most twelve times the time."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from longtail.settings import settings
from tests.unit.ingest.recordings import write_mcap

FEW, MANY = 20, 200
MESSAGES = 200
GOAL = 12.0


def landing(folder: Path, num_drives: int, seed: int) -> Path:
    """`num_drives` drives of one small recording each, no two with the same bytes."""
    for number in range(num_drives):
        write_mcap(folder / f"drive-{number:04d}" / "recording.mcap", MESSAGES, seed + number)
    return folder


def seconds(place: Path, lake: Path) -> float:
    """Wall seconds of one ingest of `place` into an empty lake, bronze and silver; the Spark session is there already.

    Raises:
        RuntimeError: not every drive landed.
    """
    from spark_jobs.ingest import ingest

    os.environ["LONGTAIL_LAKE"] = str(lake)
    settings.cache_clear()
    started = perf_counter()
    report = ingest([str(place)])
    took = perf_counter() - started
    num_drives = len(list(place.iterdir()))
    if report.num_new_files != num_drives:
        raise RuntimeError(f"{report.num_new_files} of {num_drives} files landed")
    return took


def main() -> None:
    """Measure and print; with --check exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when the goal is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        seconds(landing(root / "warm", 2, 1_000_000), root / "lake-warm")  # Spark starts and kernels are loaded
        few = seconds(landing(root / "few", FEW, 0), root / "lake-few")
        many = seconds(landing(root / "many", MANY, 10_000), root / "lake-many")
    ratio = many / few
    if options.json:
        print(json.dumps({f"{FEW} files, s": few, f"{MANY} files, s": many, "ratio": ratio, "goal": GOAL}))
    else:
        print(f"{FEW} files {few:.1f} s, {MANY} files {many:.1f} s")
        print(f"10x the files cost {ratio:.1f} x (goal {GOAL:g} x): {'reached' if ratio <= GOAL else 'MISSED'}")
    if options.check and ratio > GOAL:
        sys.exit(1)


if __name__ == "__main__":
    main()
