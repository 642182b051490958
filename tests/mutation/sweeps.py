"""Drives that go through the range of every threshold: whichever value is changed, some drive falls on its other side.

Straight roads as in tests/unit/dbt/drives.py; a drive per combination, a few seconds each.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from tests.unit.dbt import drives
from tests.unit.dbt.crossings import Actor, drive
from tests.unit.dbt.drives import LANE_M, Rows, quintic, times_s


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    yield from cut_ins()
    yield from brakings()
    yield from leads()
    yield from neighbours()
    yield from crossings()
    yield from details()
    yield from sources()


def cut_ins() -> Iterator[Rows]:
    """Gap, closing speed, duration of the lane change, and how long the car stays."""
    t = times_s(11)
    ego_mps = np.full(t.shape, 25.0)
    shapes = product((8.0, 14.0, 20.0, 28.0, 44.0), (-1.0, 2.0, 5.0, 8.0, 11.0), (2.0,), (9.0,))
    slow = product((20.0,), (1.0,), (1.0, 4.0, 7.0), (0.4, 0.9, 1.3, 2.5, 9.0))
    for gap_m, closing_mps, change_s, stay_s in (*shapes, *slow):
        name = f"cut-in-{gap_m:g}-{closing_mps:g}-{change_s:g}-{stay_s:g}"
        gap = np.maximum(gap_m - closing_mps * np.clip(t - 3.0, None, 1.2), 1.0)
        d = quintic(t, 2, 2 + change_s, LANE_M, 0.0) + quintic(
            t, 2.6 + change_s + stay_s, 4 + change_s + stay_s, 0.0, 3.5
        )
        lead_mps = ego_mps - np.where(t < 4.2, closing_mps, 0.0)
        yield drives.ego(name, t, ego_mps)
        yield drives.track(name, "a", t, gap_m=gap, d_m=d, v_s_mps=lead_mps)


def brakings() -> Iterator[Rows]:
    """How hard, how long, how fast and how close the ego vehicle brakes, and when."""
    t = times_s(8)
    strengths = product((2.5, 3.2, 4.2, 5.2, 6.0, 6.6, 7.8), (0.2, 0.4, 1.0), (12.0,))
    starts = product((3.6, 6.0), (0.5,), (2.0, 4.0, 5.5, 8.0))
    for braking_mps2, lasts_s, start_mps in (*strengths, *starts):
        name = f"braking-{braking_mps2:g}-{lasts_s:g}-{start_mps:g}"
        v = np.clip(start_mps - braking_mps2 * np.clip(t - 3, 0, lasts_s), 0.0, None)
        yield drives.ego(name, t, v)
        yield drives.track(name, "a", t, gap_m=60.0, d_m=0.0, v_s_mps=v)


def leads() -> Iterator[Rows]:
    """An ego vehicle that comes close to a slower or standing car, and answers by braking or steering, soon or late."""
    t = times_s(9)
    ways = product((2.0, 4.0, 12.0, 20.0), (0.8, 1.2, 1.7, 2.4), (0.0, 3.5, 5.5), (0.0, 4.5), (0.0,))
    late = product((12.0,), (1.2,), (5.5,), (0.0,), (1.0, 1.8, 2.4, 3.5))
    aside = product((12.0,), (1.2,), (0.0,), (3.3,), (0.0,))
    oncoming = product((12.0,), (1.0,), (0.0,), (-0.5, -0.8, -1.3, -3.0), (0.0,))
    for speed_mps, least_ttc_s, answer_mps2, sideways_mps2, wait_s in (*ways, *late, *aside, *oncoming):
        name = f"lead-{speed_mps:g}-{least_ttc_s:g}-{answer_mps2:g}-{sideways_mps2:g}-{wait_s:g}"
        lead_mps = sideways_mps2 if sideways_mps2 < 0 else 0.3 * speed_mps
        closing = speed_mps - lead_mps
        # it closes until 4 s and keeps the distance then; the answer comes `wait_s` later
        gap = closing * (least_ttc_s + np.clip(4.0 - t, 0, None))
        v = np.where(t < 4.0, speed_mps, lead_mps if lead_mps > 0 else 0.0)
        ego = drives.ego(name, t, np.full(t.shape, speed_mps))
        for row, at_s, speed in zip(ego["silver.ego_motion"], t, v, strict=True):
            is_answer = 4.0 + wait_s <= at_s < 4.5 + wait_s
            row |= {
                "vx_ego_mps": float(speed),
                "v_s_mps": float(speed),
                "ax_ego_mps2": -answer_mps2 if is_answer else 0.0,
            }
            row |= {"ay_ego_mps2": max(sideways_mps2, 0.0) if is_answer else 0.0}
        yield ego
        yield drives.track(name, "a", t, gap_m=gap, d_m=0.0, v_s_mps=np.where(t < 4.0, lead_mps, np.maximum(v, 0)))


def neighbours() -> Iterator[Rows]:
    """Cars that follow each other, and stay at all headways, durations and relative speeds, lanes and headings."""
    t = times_s(8)
    ways = product((12.0, 14.0, 18.0, 30.0), (0.3, 0.6, 0.95, 1.3, 1.9), (0.0, 1.5, 3.0), (0.0,))
    askew = product((20.0,), (0.8,), (0.0,), (0.5, 0.9, 1.2))
    for speed_mps, headway_s, closing_mps, heading_rad in (*ways, *askew):
        name = f"behind-{speed_mps:g}-{headway_s:g}-{closing_mps:g}-{heading_rad:g}"
        gap = headway_s * speed_mps - closing_mps * (t - 4) * (np.abs(t - 4) < 1)
        lead_mps = speed_mps - closing_mps * (np.abs(t - 4) < 1)
        lasts = np.abs(t - 4) <= headway_s + 0.7
        yield drives.ego(name, t, np.full(t.shape, speed_mps))
        yield drives.track(
            name, "a", t[lasts], gap_m=gap[lasts], d_m=0.0, v_s_mps=lead_mps[lasts], heading_rad=heading_rad
        )


def crossings() -> Iterator[Rows]:
    """Actors that cross at all angles, or move only a little across."""
    angles = np.deg2rad((5, 15, 25, 40, 60, 120, 140, 155, 170))
    for angle, start_s in product(angles, (1.0, 3.5)):
        along, across = 5 * np.cos(angle), 5 * np.sin(angle)
        actor = Actor(
            lambda t, a=along, s=start_s: 55 + a * (t - s), lambda t, a=across, s=start_s: 4 - a * (t - s), 0.5, 0.5
        )
        yield from drive(f"across-{np.rad2deg(angle):.0f}-{start_s:g}", lambda t: 10 * t, actor, 12)
    for moved_m in (0.4, 0.6, 0.8, 1.2, 1.7):
        actor = Actor(lambda t: 50 + 0 * t, lambda t, m=moved_m: 0.5 - m * np.clip(t - 1, 0, 1))
        yield from drive(f"across-by-{moved_m:g}", lambda t: 10 * t, actor, 8)


def details() -> Iterator[Rows]:
    """Closing speeds and accelerations around nothing, marks that jump, a car that dwells on the mark."""
    t = times_s(6)
    v = np.full(t.shape, 20.0)
    for closing_mps, mps2 in product((0.05, 0.08, 0.12, 0.2), (-2.0, -0.13, -0.08, 0.0, 0.08, 0.13)):
        name = f"nearly-{closing_mps:g}-{mps2:g}"
        track = drives.track(name, "a", t, gap_m=15.0, d_m=0.3, v_s_mps=v - closing_mps)
        for row in track["silver.object_tracks"]:
            row["a_s_mps2"] = mps2
        yield from (drives.ego(name, t, v), track)
    t = times_s(14)
    v = np.full(t.shape, 20.0)
    for jump_m in (0.5, 0.8, 1.2, 1.8):
        name = f"mark-jumps-{jump_m:g}"
        marks = LANE_M / 2 + np.where(t > 4, jump_m, 0.0)
        yield drives.ego(name, t, v)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=2.9, v_s_mps=v - 1, left_mark_d_m=marks)
    for dwell_s in (1.0, 2.2, 3.4, 4.6, 5.5, 7.0):
        name = f"dwells-{dwell_s:g}"
        d = quintic(t, 1, 2, LANE_M, 2.5) + quintic(t, 2 + dwell_s, 3 + dwell_s, 0.0, -2.5)
        yield drives.ego(name, t, v)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=v - 1)


def sources() -> Iterator[Rows]:
    """The same cut-in and braking, known less well: onboard only, lane assumed, acceleration derived, with holes."""
    for name, role, lane_source, acceleration_source in (
        ("onboard", "onboard", "map", "imu"),
        ("assumed-lane", "reference", "none", "imu"),
        ("derived", "reference", "map", "speed"),
        ("one-mark", "reference", "lane_marks", "imu"),
    ):
        for part in [*drives.cut_in(name), *drives.emergency_stop(f"{name}-stop")]:
            for row in part.get("silver.object_tracks", []):
                row |= {"role": role, "lane_source": lane_source}
                if lane_source == "none":
                    row |= {"lane_left_d_m": None, "lane_right_d_m": None}
                if name == "one-mark":
                    row["lane_right_d_m"] = None
            for row in part.get("silver.ego_motion", []):
                row |= {"lane_source": lane_source, "acceleration_source": acceleration_source}
            if "silver.object_tracks" not in part or part["silver.object_tracks"][0]["track_id"] != "o3":
                yield part
    for hole_s in (0.2, 0.3, 0.4, 0.6, 1.0):
        name = f"hole-{hole_s:g}"
        ego, track, _ = drives.cut_in(name)
        first_ns = drives.START_NS + 8_400_000_000
        rows = track["silver.object_tracks"]
        track["silver.object_tracks"] = [row for row in rows if not 0 <= row["t_ns"] - first_ns < (hole_s - 0.05) * 1e9]
        yield ego
        yield track
