"""What hangs on the map, on both sides of every threshold: turns, left turns, merges, speed limits, ways that cross."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.mutation.columns import both_sides, ego, put, seen, stations
from tests.unit.dbt import crossings, drives
from tests.unit.dbt.drives import Rows, times_s


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    for family in (turns, lefts, merges, speedings, passings):
        yield from family()


def turns() -> Iterator[Rows]:
    """How far, how fast, how hard and how wide the ego vehicle turns, and how long it pauses while it does."""
    usual = {"heading": 1.6, "rate": 0.5, "pause": 0.0, "sideways": 2.0, "width": 20.0}
    cases = [{"heading": v} for at in (0.7854, 2.3562, 3.927) for v in both_sides(at)]
    cases += [{"rate": v, "heading": 1.0} for v in both_sides(0.0873)]
    cases += [{"pause": v, "heading": 1.2} for v in both_sides(1.0)]
    cases += [{"sideways": v, "heading": 3.1} for v in both_sides(4.89)]
    cases += [{"width": v, "heading": 3.1} for v in both_sides(30.0)]
    for case in cases:
        told = usual | case
        name = "turns-" + "-".join(f"{what}-{value:.3g}" for what, value in case.items())
        half_s = told["heading"] / told["rate"] / 2
        t = times_s(2 * half_s + told["pause"] + 3)
        is_turning = ((t > 0.95) & (t < 0.95 + half_s)) | (
            (t > 0.85 + half_s + told["pause"]) & (t < 0.85 + 2 * half_s + told["pause"])
        )
        yield ego(
            name, t, 6.0, yaw_rate_radps=np.where(is_turning, told["rate"], 0.0),
            ay_ego_mps2=np.where(is_turning, told["sideways"], 0.0),
            y_map_m=told["width"] * np.clip(t - 1.0, 0, 2 * half_s) / (2 * half_s), x_map_m=0.0,
        )  # fmt: skip


def lefts() -> Iterator[Rows]:
    """Left turns: how far past their end the ways cross, and how much the other one comes towards the ego vehicle."""
    cases = [(ahead_m, 0.0) for ahead_m in both_sides(5.0)] + [(0.0, off_rad) for off_rad in both_sides(0.7854)]
    for ahead_m, off_rad in cases:
        name = f"left-turn-{ahead_m:.3g}-{off_rad:.3g}"
        t, is_turning = seen(13, 7.0, 10.0)
        end_m = 12.0 * (10.0 + 0.1)  # the station that the ego vehicle has where its turn ends
        place_m = end_m + ahead_m
        rates = {"yaw_rate_radps": np.where(is_turning, 0.5, 0.0), "is_in_intersection": is_turning}
        actor = crossings.Actor(crossings.standing(place_m), lambda t: 40 - 11.0 * (t - 2.6), 0.9, 2.25, "car")
        motion, track = crossings.drive(name, lambda t: 12.0 * (t + 0.1), actor, 13)
        yield put(motion, yaw_map_rad=0.0, x_map_m=stations(np.full(t.shape, 12.0)), y_map_m=0.0, **rates)
        yield put(track, yaw_map_rad=np.pi - off_rad)


def merges() -> Iterator[Rows]:
    """How soon after each other two pass the end of their lanes, and how near they must be seen to it."""
    for gap_s, end_m in [*((gap_s, 2.0) for gap_s in both_sides(5.0)), *((2.0, end_m) for end_m in both_sides(8.0))]:
        name = f"merge-{gap_s:.3g}-{end_m:.3g}"
        t = times_s(10)
        ends = {"ego": 2.0, "a": 2.0 + round(gap_s, 1)}
        ego_m, other_m = (np.where(t < at + 0.05, end_m + 10.0 * (at - t), np.nan) for at in ends.values())
        yield ego(name, t, 10.0, **_joint("1", ego_m))
        yield put(drives.track(name, "a", t, gap_m=5.0, d_m=3.5, v_s_mps=10.0), **_joint("2", other_m))


def _joint(lane_id: str, distance_m: np.ndarray) -> dict[str, Any]:
    """Columns of one whose lane ends `distance_m` (n,) ahead where another joins it; past its end there is none."""
    is_before = np.isfinite(distance_m)
    distance = np.array([float(d) if before else None for d, before in zip(distance_m, is_before, strict=True)])
    joint, lane = (np.array([one if before else None for before in is_before]) for one in ("1", lane_id))
    return {"joint_id": joint, "joint_lane_id": lane, "joint_distance_m": distance}


def speedings() -> Iterator[Rows]:
    """How much and how long too fast."""
    cases = [(excess, 3.0) for excess in (-0.3, 0.3, *both_sides(2.23))] + [(1.0, s) for s in both_sides(1.0)]
    for excess_mps, seconds in cases:
        t, is_fast = seen(4, 0.5, 0.4 + seconds)
        v = np.where(is_fast, 14.0 + excess_mps, 12.0)
        yield ego(f"speeding-{excess_mps:.3g}-{seconds:.3g}", t, v, speed_limit_mps=14.0)


def passings() -> Iterator[Rows]:
    """A car crosses ahead, and the ego vehicle comes to where it was after all times."""
    for at in (1.0, 1.5, 3.0, 5.0):
        for pet_s in both_sides(at):
            gone_s = 10.9 - pet_s  # the ego vehicle comes to the place at 10.9 s; the car takes 3.93 s until it is gone
            actor = crossings.Actor(
                crossings.standing(12.0 * 11 + 3.4), lambda t, s=gone_s - 3.93: 40 - 11.0 * (t - s), 0.9, 2.25, "car"
            )
            yield from crossings.drive(f"passes-{pet_s:.3g}", crossings.steady(12), actor, 13)
