"""How far lane changes from fixes at 1 Hz get (gps_lane_changes, decision 0038): what is reached, and on unseen trips.

python -m tests.bench.gps_lane_evidence prints recall and precision of both trips at the thresholds of the seed, with
two thresholds chosen on the other trip, with one label of each trip righted, and for each receiver alone.
"""

import csv
from itertools import product

import polars as pl

from longtail.settings import REPOSITORY
from spark_jobs.silver import clock_models, lateral_shifts
from spark_jobs.silver.drive import empty
from spark_jobs.silver.log_clock import DriveFacts
from tests.gps_lane_labels import FOLDER, TRIPS, bronze, labels, matched
from tests.unit.dbt.drives import START_NS

_S = 1_000_000_000
# Row of the labels of each trip, and by how many seconds it is late (None: it cannot be judged): decision 0038.
DOUBTED: dict[int, tuple[int, int | None]] = {1: (0, None), 2: (75, 10)}
_EVIDENCE = [0.5 * step for step in range(4, 25)]
_PER_MPS2 = (3.0, 5.0, 8.0, 11.0, 14.0)


def fixes(trip: int) -> pl.DataFrame:
    """bronze.gnss_fixes of a trip with t_ns on the reference clock, as silver sees it."""
    read = bronze(FOLDER, trip)
    streams = {name: read[name] if name in read else empty(name) for name in clock_models.INPUTS}
    facts = DriveFacts("utc", None, START_NS)
    clocks = clock_models.build(streams, "p", f"trip-{trip}", facts, empty("bronze.messages"))
    return clocks.on_reference(streams["bronze.gnss_fixes"])


def judged(shifts: pl.DataFrame, seed: dict[str, float], evidence: float, per_mps2: float) -> pl.DataFrame:
    """What int_ego_lane_changes__from_course keeps of silver.ego_lateral_shifts."""
    least = pl.when("has_road_offset").then(evidence).otherwise(seed["min_evidence_alone"])
    return shifts.filter(
        pl.col("score") - per_mps2 * pl.col("course_acceleration_mps2") >= least,
        pl.col("speed_mps") >= seed["min_speed_mps"],
    ).with_columns(is_left=pl.col("lateral_shift_m") > 0)


def told(truth: pl.DataFrame, found: pl.DataFrame) -> tuple[float, float, str]:
    """(recall, precision, both as text)."""
    hits, wanted, given = matched(truth, found)
    recall, precision = hits / wanted, hits / max(given, 1)
    return recall, precision, f"recall {hits}/{wanted} = {recall:.3f}, precision {hits}/{given} = {precision:.3f}"


def main() -> None:
    """Print the table."""
    with (REPOSITORY / "dbt" / "seeds" / "scenario_thresholds.csv").open() as file:
        seed = {r["name"]: float(r["value"]) for r in csv.DictReader(file) if r["scenario_id"] == "course_lane_change"}
    now = (seed["min_evidence"], seed["evidence_per_mps2"])
    seen = {trip: fixes(trip) for trip in TRIPS}
    truth = {trip: labels(FOLDER, trip, f"trip-{trip}") for trip in TRIPS}
    shifts = {trip: pl.DataFrame(lateral_shifts.build(seen[trip], ("p", "d"))) for trip in TRIPS}
    for trip in TRIPS:
        print(f"trip {trip}, thresholds of the seed: {told(truth[trip], judged(shifts[trip], seed, *now))[2]}")
        other = TRIPS[1 - TRIPS.index(trip)]
        chosen = max(
            product(_EVIDENCE, _PER_MPS2), key=lambda c: min(told(truth[other], judged(shifts[other], seed, *c))[:2])
        )
        line = told(truth[trip], judged(shifts[trip], seed, *chosen))[2]
        print(f"trip {trip}, chosen on trip {other} (evidence {chosen[0]}, {chosen[1]} per m/s2): {line}")
        row, late_s = DOUBTED[trip]
        numbered = truth[trip].with_row_index("row")
        at_ns = pl.col("t_start_ns") + pl.when(row=row).then((late_s or 0) * _S).otherwise(0)
        righted = numbered.with_columns(at_ns).filter((pl.col("row") != row) | (late_s is not None)).drop("row")
        print(f"trip {trip}, one label righted: {told(righted, judged(shifts[trip], seed, *now))[2]}")
        for topic in seen[trip]["topic"].unique().sort():
            alone = pl.DataFrame(lateral_shifts.build(seen[trip].filter(pl.col("topic") == topic), ("p", "d")))
            print(f"trip {trip}, {topic} alone: {told(truth[trip], judged(alone, seed, *now))[2]}")


if __name__ == "__main__":
    main()
