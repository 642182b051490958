"""P6: as-of alignment of 100 logs (20 Hz against 100 Hz x 6 doubles, backward, 100 ms) as silver's Spark tasks do it.

Run: python -m tests.bench.bench_align [--json] [--check]. Parquet in, number of matches out; all must agree. Peers:
polars on the same cores without Spark, DuckDB's ASOF join in one statement, and the window-union in Spark SQL, the
portable way to do it there. Linear: the same rows in 25 logs of four times the length. What a task costs shows in
the line with one task per log.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812

from longtail.settings import settings
from spark_jobs.silver.align import as_of
from spark_jobs.silver.run import TASKS_PER_CORE
from tests.bench.side_by_side import Contestant, Goal, conclude, measure

LOGS, LEFT, RIGHT = 100, 12_000, 60_000
TOLERANCE_NS = 100_000_000
_START_NS = 1_780_000_000_000_000_000
_VALUES = [f"v{i}" for i in range(6)]


def data(logs: int, times: int) -> Path:
    """A folder with left-<log>.parquet and right-<log>.parquet of `logs` logs, `times` as long; made once."""
    folder = Path(settings().cache) / "bench" / f"align-{logs}x{times}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for log in range(logs):
            rng = np.random.default_rng(log)
            for side, count, rate_hz in (("left", LEFT, 20), ("right", RIGHT, 100)):
                jitter = rng.integers(0, 3_000_000, count * times)
                t_ns = _START_NS + np.arange(count * times) * (1_000_000_000 // rate_hz) + jitter
                columns = {name: rng.normal(size=len(t_ns)) for name in _VALUES} if side == "right" else {}
                kept = rng.random(len(t_ns)) > 0.0005 if side == "right" else np.ones(len(t_ns), bool)
                frame = pl.DataFrame({"log": np.full(len(t_ns), log), "t_ns": t_ns} | columns)
                frame.filter(pl.Series(kept)).write_parquet(folder / f"{side}-{log:03}.parquet")
        (folder / "done").touch()
    return folder.resolve()


def _sides(folder: Path, log: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    left, right = (pl.read_parquet(folder / f"{side}-{log:03}.parquet") for side in ("left", "right"))
    return left, right


def plain(folder: Path, logs: int) -> int:
    """polars alone, log after log."""
    matches = 0
    for log in range(logs):
        left, right = _sides(folder, log)
        joined = left.join_asof(right, on="t_ns", strategy="backward", tolerance=TOLERANCE_NS)
        matches += joined.height - joined["v5"].null_count()
    return matches


def in_spark(folder: Path, logs: int, tasks: int) -> int:
    """`logs` logs in so many tasks; silver has TASKS_PER_CORE."""
    from spark_jobs.session import spark_session

    def align(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for log in batch.column(0).to_pylist():
                joined = as_of(*_sides(folder, log), TOLERANCE_NS)
                yield pa.RecordBatch.from_pydict({"matches": [joined.height - joined["v5"].null_count()]})

    spark = spark_session()
    counted = spark.range(0, logs, 1, tasks).mapInArrow(align, "matches long")
    return int(counted.agg(F.sum("matches")).collect()[0][0])


def window_union(folder: Path) -> int:
    """Both sides in one sorted window, the last known right row carried on: plain Spark SQL."""
    from spark_jobs.session import spark_session

    spark = spark_session()
    values = ", ".join(_VALUES)
    for side in ("left", "right"):
        spark.read.parquet(f"{folder}/{side}-*.parquet").createOrReplaceTempView(f"bench_{side}")
    query = f"""
        with both as (
            select log, t_ns, 1 as is_left, null as found from bench_left
            union all
            select log, t_ns, 0, struct(t_ns, {values}) from bench_right
        ),
        carried as (
            select *, last(found, true) over (
                partition by log order by t_ns, is_left rows between unbounded preceding and current row) as seen
            from both
        )
        select count(seen.v5) from carried where is_left = 1 and t_ns - seen.t_ns <= {TOLERANCE_NS}
    """
    return int(spark.sql(query).collect()[0][0])


def in_duckdb(folder: Path) -> int:
    """DuckDB's ASOF join of all logs at once."""
    query = f"""
        select count(r.v5) from read_parquet('{folder}/left-*.parquet') as l
        asof join read_parquet('{folder}/right-*.parquet') as r on l.log = r.log and l.t_ns >= r.t_ns
        where l.t_ns - r.t_ns <= {TOLERANCE_NS}
    """
    with duckdb.connect(config={"threads": settings().spark_cores}) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    """Run the contestants in turn and print them."""
    short, long = data(LOGS, 1), data(LOGS // 4, 4)
    in_spark(short, 2, 2)  # starts the session and the Python workers
    tasks, fewer = settings().spark_cores * TASKS_PER_CORE, LOGS // 4
    num_bytes = sum(path.stat().st_size for path in short.iterdir())
    measured = measure(
        [
            Contestant("polars", lambda: plain(short, LOGS), num_bytes),
            Contestant("longtail in Spark", lambda: in_spark(short, LOGS, tasks), num_bytes),
            Contestant("longtail in Spark, 4x the rows per log", lambda: in_spark(long, fewer, tasks), num_bytes),
            Contestant("longtail in Spark, a task per log", lambda: in_spark(short, LOGS, LOGS), num_bytes),
            Contestant("DuckDB", lambda: in_duckdb(short), num_bytes),
            Contestant("Spark window-union", lambda: window_union(short), num_bytes),
        ]
    )
    matches = {each.answer for each in measured if "4x" not in each.name}
    if len(matches) != 1:
        raise SystemExit(f"the answers differ: {matches}")
    conclude(
        "As-of alignment of 100 logs",
        measured,
        [
            Goal("longtail in Spark", "polars", 0.45),
            Goal("longtail in Spark", "Spark window-union", 5.0),
            Goal("longtail in Spark, 4x the rows per log", "longtail in Spark", 0.8),
        ],
    )


if __name__ == "__main__":
    main()
