"""The whole library built and tested by `longtail curate` on both engines: processor seconds, and equal rows.

Goals (P9): DuckDB about 30 s on top of dbt's own parsing, Spark at most five times DuckDB.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import duckdb
import polars as pl

from longtail import lake
from longtail.settings import REPOSITORY, settings
from tests.bench.cpu_seconds import spent
from tests.sql.test_parity import KEYS, assert_equal_rows

SEED = 7
GOAL_S, GOAL_RATIO = 30.0, 5.0
BIN = Path(sys.executable).parent


def measure(root: Path, drives: int, seconds: int) -> dict[str, float]:
    """Processor seconds of dbt's parsing and of both builds over `drives` generated drives of `seconds` each.

    Raises:
        AssertionError: a mart has other rows on Spark than on DuckDB.
    """
    os.environ |= {"LONGTAIL_LAKE": str(root / "lake"), "PYTHONPATH": str(REPOSITORY)}
    settings.cache_clear()
    fleet = ["--drives", str(drives), "--seconds", str(seconds), "--seed", str(SEED)]
    _longtail("fleet", "generate", *fleet, "--out", str(root / "landing"), "--truth", str(root / "truth"))
    _longtail("ingest", str(root / "landing"))
    project = str(REPOSITORY / "dbt")
    parse = ["parse", "--project-dir", project, "--profiles-dir", project, "--target", "duckdb"]
    folders = ["--target-path", str(root / "parsed"), "--log-path", str(root)]
    parsing = spent([str(BIN / "dbt"), *parse, *folders], os.environ).cpu_s
    by_duckdb = _longtail("curate", "--target", "duckdb", "--force")
    by_spark = _longtail("curate", "--target", "spark", "--force")
    num_rows = _compare(root / "longtail.duckdb")
    return {
        "drives": drives,
        "rows of marts": num_rows,
        "dbt parse, CPU s": parsing,
        "DuckDB, CPU s": by_duckdb,
        "DuckDB without parsing, CPU s": by_duckdb - parsing,
        "Spark, CPU s": by_spark,
        "Spark / DuckDB": by_spark / by_duckdb,
    }


def _longtail(*command: str) -> float:
    return spent([str(BIN / "longtail"), *command], os.environ).cpu_s


def _compare(file: Path) -> int:
    """Every mart of the lake has the rows of the DuckDB file; returns their number."""
    num_rows = 0
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in (table for table in lake.tables() if table.startswith("marts.")):
            mart = table.partition(".")[2]
            key = KEYS.get(mart, "event_id")
            by_spark = pl.DataFrame(pl.from_arrow(lake.read(table))).sort(key)
            by_duckdb = pl.DataFrame(pl.from_arrow(connection.table(table).to_arrow_table())).sort(key)
            assert_equal_rows(mart, by_spark, by_duckdb)
            num_rows += by_spark.height
    return num_rows


def main() -> None:
    """Measure and print; with --check exit with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drives", type=int, default=24)
    parser.add_argument("--seconds", type=int, default=60, help="of each drive")
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), options.drives, options.seconds)
    is_fast = found["DuckDB without parsing, CPU s"] <= GOAL_S
    is_near = found["Spark / DuckDB"] <= GOAL_RATIO
    if options.json:
        print(json.dumps(found | {"goal s": GOAL_S, "goal ratio": GOAL_RATIO}))
    else:
        print("\n".join(f"{name}: {value:,.1f}" for name, value in found.items()))
        print(f"DuckDB beside parsing (goal {GOAL_S:g} s): {'reached' if is_fast else 'MISSED'}")
        print(f"Spark (goal {GOAL_RATIO:g} x DuckDB): {'reached' if is_near else 'MISSED'}; every mart has equal rows")
    if options.check and not (is_fast and is_near):
        sys.exit(1)


if __name__ == "__main__":
    main()
