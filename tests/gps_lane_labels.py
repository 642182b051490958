"""The trips of gps_lane_changes: their fixes as bronze, their hand-made labels as truth (docs/truth-format.md).

Nothing is copied. As a program it writes the truth of one trip:

python -m tests.gps_lane_labels ../shared/data/gps_lane_changes 1 trip-01 > /tmp/trip-01.csv
"""

import os
import sys
from pathlib import Path

import polars as pl

from longtail.settings import REPOSITORY
from spark_jobs.readers import gps_csv
from spark_jobs.readers.source import SourceFile

_S = 1_000_000_000
FOLDER = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data")) / "gps_lane_changes"
TRIPS = (1, 2)
TOLERANCE_S = 3.0


def bronze(folder: Path, trip: int) -> dict[str, pl.DataFrame]:
    """Rows of the bronze tables of one trip, by table, as the reader makes them: drive `trip-N` of project `p`."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for path in sorted(folder.glob(f"gps/{trip:02d} GPS *.csv")):
        source = SourceFile(str(path), path.stem, "p", f"trip-{trip}", "gps_csv", path.stat().st_size)
        for task in gps_csv.plan(source).tasks:
            for table, rows in gps_csv.read(task):
                parts.setdefault(table, []).append(pl.DataFrame(rows))
    return {table: pl.concat(rows) for table, rows in parts.items()}


def labels(folder: Path, trip: int, drive_id: str) -> pl.DataFrame:
    """Rows of the truth of one trip: the labelled middle as a moment, UTC; an aborted change is ignored.

    The labels are in seconds of the trip. The phone (S9) is the one device of both trips that has the right time, and
    its file has the time of the trip too: the median of their difference makes one of the other.
    """
    place = folder / "lane change annotations" / f"lane change annotations with sections trip {trip}.csv"
    phone = pl.read_csv(folder / "gps" / f"{trip:02d} GPS S9.csv", infer_schema_length=None)
    utc_ns = phone["time"].str.to_datetime(time_unit="ns", time_zone="UTC").cast(pl.Int64)
    start_ns = int((utc_ns - (phone["t"] * _S).round().cast(pl.Int64)).median() or 0)
    middle_ns = (pl.col("t_lc") * _S).round().cast(pl.Int64) + start_ns
    return pl.read_csv(place).select(
        drive_id=pl.lit(drive_id),
        scenario_id=pl.lit("lane_change"),
        actor_track_id=pl.lit(None, pl.String),
        t_start_ns=middle_ns,
        t_end_ns=middle_ns,
        tolerance_s=TOLERANCE_S,
        is_ignored=(pl.col("type") == "aborted").fill_null(False),
        is_left=pl.col("direction") == "left",
    )


def matched(truth: pl.DataFrame, found: pl.DataFrame) -> tuple[int, int, int]:
    """(hits, labels, found rows) one to one, nearest first, the direction must agree; none is counted twice.

    `found`: t_cross_ns, is_left. What lies within the tolerance of an ignored label and hits no other is not counted.
    """
    wanted = truth.filter(~pl.col("is_ignored")).with_row_index("label")
    given = found.with_row_index("row").join(truth.filter("is_ignored").select(skip="t_start_ns"), how="cross") \
        if truth["is_ignored"].any() else None  # fmt: skip
    reach_ns = int(TOLERANCE_S * _S)
    pairs = wanted.join(found.with_row_index("row"), on="is_left").with_columns(
        apart=(pl.col("t_start_ns") - pl.col("t_cross_ns")).abs()
    )
    hits: dict[int, int] = {}
    for label, row in pairs.filter(pl.col("apart") <= reach_ns).sort("apart").select("label", "row").iter_rows():
        if label not in hits and row not in hits.values():
            hits[label] = row
    spared = set()
    if given is not None:
        near = given.filter((pl.col("t_cross_ns") - pl.col("skip")).abs() <= reach_ns)
        spared = set(near["row"]) - set(hits.values())
    return len(hits), wanted.height, found.height - len(spared)


if __name__ == "__main__":
    sys.stdout.write(labels(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]).drop("is_left").write_csv())
