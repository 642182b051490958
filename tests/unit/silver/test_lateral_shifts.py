"""Lane changes planted on a winding motorway are found in fixes at 1 Hz; bends, stops and a wandering map are none."""

import numpy as np
import polars as pl
import pytest

from spark_jobs.silver import lateral_shifts

START_NS = 1_780_000_000_000_000_000
PLANTED = ((40.0, 1), (65.0, -1), (90.0, -1), (130.0, 1), (150.0, 1), (200.0, -1))
SIZE_M, DURATION_S, SPEED_MPS = 3.5, 5.0, 28.0


def fixes(
    planted=PLANTED, *, bend_m: float = 2500.0, noise_m: float = 0.05, has_road: bool = True, seed: int = 3, lag_s=0.0
) -> pl.DataFrame:
    """Fixes of 240 s at 1 Hz along bends of `bend_m` to either side that begin and end over 10 s; noise is white."""
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, 240.0, 0.05)
    bend = np.clip(3 * np.sin(2 * np.pi * t / 120), -1, 1) / bend_m
    heading = np.cumsum(bend * SPEED_MPS * 0.05)
    road = np.cumsum(np.stack([np.cos(heading), np.sin(heading)]) * SPEED_MPS * 0.05, axis=1)
    u = [np.clip((t - at) / DURATION_S + 0.5, 0, 1) for at, _ in planted]
    side = sum((s * SIZE_M * x**3 * (10 - 15 * x + 6 * x**2) for x, (_, s) in zip(u, planted, strict=True)), 0 * t)
    east, north = road + side * np.stack([-np.sin(heading), np.cos(heading)])
    pick = slice(round(lag_s / 0.05), None, 20)
    east, north = (axis[pick] + rng.normal(0, noise_m, len(axis[pick])) for axis in (east, north))
    # the map wanders by half a metre
    drift = 0.5 * np.sin(2 * np.pi * t[pick] / 37)
    return pl.DataFrame(
        {
            "topic": "/gnss",
            "file_id": "f",
            "record_index": np.arange(len(east)),
            "t_ns": START_NS + (t[pick] * 1e9).astype(np.int64),
            "latitude_deg": 52.0 + np.degrees(north / 6_371_008.8),
            "longitude_deg": 4.0 + np.degrees(east / 6_371_008.8 / np.cos(np.radians(52.0))),
            "fix_status": None,
            "road_offset_m": side[pick] + drift if has_road else None,
        },
        schema_overrides={"fix_status": pl.Int64, "road_offset_m": pl.Float64},
    )


def shifts(*parts: pl.DataFrame, min_evidence: float = 5.0) -> pl.DataFrame:
    rows = pl.DataFrame(lateral_shifts.build(pl.concat(parts), ("p", "d")))
    return rows.filter(pl.col("score") >= min_evidence)


def found(rows: pl.DataFrame) -> list[tuple[float, int]]:
    at = (rows["t_cross_ns"] - START_NS) * 1e-9
    return [(t, 1 if m > 0 else -1) for t, m in zip(at, rows["lateral_shift_m"], strict=True)]


# Alone, the track must tell a step from a bend that begins: the seed asks for more evidence, and gets it on wide bends.
@pytest.mark.parametrize(("has_road", "bend_m", "min_evidence"), [(True, 2500.0, 5.0), (False, 5000.0, 9.0)])
def test_every_planted_lane_change_is_found_and_nothing_else(has_road: bool, bend_m: float, min_evidence: float):
    rows = shifts(fixes(has_road=has_road, bend_m=bend_m), min_evidence=min_evidence)
    assert [side for _, side in found(rows)] == [side for _, side in PLANTED]
    assert [t for t, _ in found(rows)] == pytest.approx([t for t, _ in PLANTED], abs=1.0)
    assert rows["lateral_shift_m"].abs().to_list() == pytest.approx([SIZE_M] * len(PLANTED), abs=0.75)
    assert (rows["t_end_ns"] - rows["t_start_ns"]).is_between(int(3e9), int(7e9)).all()
    assert rows["has_road_offset"].unique().to_list() == [has_road]


def test_bends_without_a_lane_change_are_none():
    assert found(shifts(fixes((), bend_m=900.0))) == []


def test_a_map_that_jumps_by_a_lane_width_is_no_lane_change():
    drive = fixes(())
    jump = pl.when(pl.col("record_index") >= 100).then(3.5).otherwise(0.0)
    assert found(shifts(drive.with_columns(road_offset_m=pl.col("road_offset_m") + jump))) == []


def test_receivers_are_heard_together_and_one_may_lose_fixes():
    first = fixes(seed=1)
    second = fixes(seed=2, lag_s=0.4).with_columns(topic=pl.lit("/phone")).filter(pl.col("record_index") % 7 != 3)
    rows = shifts(first, second)
    assert [side for _, side in found(rows)] == [side for _, side in PLANTED]
    assert rows["num_receivers"].max() == 2


def test_the_mirrored_drive_has_the_mirrored_shifts():
    drive = fixes()
    mirrored = drive.with_columns(longitude_deg=8.0 - pl.col("longitude_deg"), road_offset_m=-pl.col("road_offset_m"))
    assert found(shifts(mirrored)) == [(t, -side) for t, side in found(shifts(drive))]


@pytest.mark.parametrize("count", [0, 1, 5, 12])
def test_few_fixes_say_nothing(count: int):
    assert shifts(fixes().head(count), min_evidence=0.0).height == 0


def test_a_car_that_stands_still_has_no_shift():
    standing = fixes(noise_m=0.0).with_columns(pl.col("latitude_deg", "longitude_deg").first())
    assert shifts(standing, min_evidence=0.0).height == 0
