"""Planning at the scale of a fleet: listing, ledger lookup and planning of 10,000 and 100,000 files, new and known."""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from mcap.writer import Writer

from longtail.settings import REPOSITORY

SIZES = (10_000, 100_000)
FILES_EACH = 4
GOAL_S = 60.0
_MARK = b"recorder 00000000"


def landing(folder: Path, num_files: int) -> None:
    """Drives of FILES_EACH recordings each, as small as a recording can be, every one with bytes of its own."""
    template = folder / "template.mcap"
    with template.open("wb") as stream:
        writer = Writer(stream)
        writer.start(library=_MARK.decode())
        writer.finish()
    data = template.read_bytes()
    template.unlink()
    for number in range(num_files):
        drive = folder / f"drive-{number // FILES_EACH:06d}"
        drive.mkdir(exist_ok=True)
        name = f"part-{number % FILES_EACH}.mcap"
        (drive / name).write_bytes(data.replace(_MARK, b"recorder %08d" % number))


def plan(place: str) -> dict[str, float]:
    """What `longtail ingest` does with `place` before it reads a record; what is new is then landed, on paper."""
    from spark_jobs import ledger
    from spark_jobs.discover import discover
    from spark_jobs.hashes import Hashes
    from spark_jobs.triage import triage

    started = perf_counter()
    hashes = Hashes()
    drives = discover([place], hashes=hashes)
    listed = perf_counter()
    rows = ledger.load()
    looked_up = perf_counter()
    found = triage(drives, rows, lambda done, total: None)
    planned = perf_counter()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    hashes.keep()
    landed = {"state": "bronze", "bronze_num_messages": 0, "quarantined_num_messages": 0, "decoded_num_messages": 0}
    ledger.record(row | landed for row in found.rows)
    return {
        "files": float(sum(len(drive.files) for drive in drives)),
        "to read": float(len(found.to_read)),
        "hashed": float(hashes.num_hashed),
        "list, s": listed - started,
        "ledger, s": looked_up - listed,
        "plan, s": planned - looked_up,
        "all, s": planned - started,
        "peak RSS, MB": rss,
    }


def in_process(place: Path, lake: Path) -> dict[str, float]:
    """`plan` in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--plan", str(place)]
    env = os.environ | {"LONGTAIL_LAKE": str(lake), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and print; with --check exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when the goal is missed")
    parser.add_argument("--plan", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plan:
        print(json.dumps(plan(options.plan)))
        return
    figures = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "landing"
            place.mkdir()
            landing(place, size)
            for state in ("new", "known"):
                figures[f"{size} {state}"] = in_process(place, Path(folder) / "lake")
    slowest = max(each["all, s"] for each in figures.values())
    growth = figures[f"{SIZES[1]} known"]["peak RSS, MB"] / figures[f"{SIZES[0]} known"]["peak RSS, MB"]
    if options.json:
        print(json.dumps(figures | {"memory, 10x the files": growth}))
    else:
        for name, each in figures.items():
            print(f"{name:14}", "  ".join(f"{key} {value:,.1f}" for key, value in each.items()))
        print(f"slowest {slowest:.1f} s (goal {GOAL_S:.0f} s): {'reached' if slowest <= GOAL_S else 'MISSED'}")
        print(f"10x the files take {growth:.2f} x the memory")
    if options.check and slowest > GOAL_S:
        sys.exit(1)


if __name__ == "__main__":
    main()
