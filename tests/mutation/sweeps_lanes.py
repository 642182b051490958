"""Lane changes and hasty ones, on both sides of every threshold of theirs."""

from collections.abc import Iterator

import numpy as np

from tests.mutation.columns import both_sides, ego, put
from tests.unit.dbt import drives
from tests.unit.dbt.drives import LANE_M, Rows, quintic, times_s


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    for family in (widths, slants, own_changes, hasty_changes, threats):
        yield from family()


def widths() -> Iterator[Rows]:
    """Lane changes in lanes of all widths."""
    t = times_s(8)
    for width_m in (*both_sides(2.0), 3.5, *both_sides(5.5)):
        name = f"lane-of-{width_m:.3g}"
        d = quintic(t, 2, 6, width_m, 0.0)
        yield ego(name, t, 20.0)
        track = drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=20.0)
        yield put(track, lane_left_d_m=width_m / 2, lane_right_d_m=-width_m / 2)


def slants() -> Iterator[Rows]:
    """Cars that are seen only while they slant across a mark, all along at the same angle, or over many lanes."""
    t = times_s(4)
    for sine in (0.14, 0.21):
        name = f"slants-{sine:g}"
        yield ego(name, t, 20.0)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=4.5 - 1.5 * t, v_s_mps=1.5 / sine)
    t = times_s(12)
    for num_lanes in both_sides(3.0):
        name = f"crosses-{num_lanes:.3g}-lanes"
        yield ego(name, t, 20.0)
        d = quintic(t, 1, 11, num_lanes * LANE_M, 0.0)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=20.0)


def own_changes() -> Iterator[Rows]:
    """The ego vehicle goes into the lane to the left, in headings from that of a lane change to that of a turn."""
    t = times_s(8)
    y = quintic(t, 2, 6, 0.0, LANE_M)
    for sine in (0.45, 0.58, 0.8, 0.97):
        marks = {"lane_left_y_m": LANE_M / 2 - y, "lane_right_y_m": -LANE_M / 2 - y}
        yield ego(f"ego-slants-{sine:g}", t, 1.64 / sine, **marks)


def hasty_changes() -> Iterator[Rows]:
    """How hard and how jerkily a car evades, how long it dithered before, and how far it comes over the mark."""
    for seconds in (1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.3, 3.7, 4.2):
        t = times_s(9)
        yield from _evading(f"hasty-{seconds:g}", t, quintic(t, 2.5, 2.5 + seconds, LANE_M, 0.0))
    for strength_mps2 in (2.4, 2.7, 3.3, 3.6, 4.4, 5.2):
        t = times_s(9)
        u = np.clip(t - 2.0, 0, 5.7)
        moved = strength_mps2 / 1.1**2 * (1.1 * u - np.sin(1.1 * u))  # acceleration is a sine: hard without a jerk
        yield from _evading(f"swings-out-{strength_mps2:g}", t, LANE_M + 15.0 - moved)
        yield from _evading(f"swings-in-{strength_mps2:g}", t, LANE_M - moved)
    for dither_s in (0.4, 0.8, 1.2, 1.6, 2.0, 2.4):
        t = times_s(9)
        drift = 0.2 * np.clip(t - 2.0, 0, dither_s)
        left = LANE_M - 0.2 * dither_s
        yield from _evading(
            f"dithers-{dither_s:g}", t, LANE_M - drift - quintic(t, 2 + dither_s, 4 + dither_s, 0, left)
        )
    for over_m in (0.15, 0.22, 0.26, 0.36, 0.44):
        t = times_s(7)
        yield from _evading(f"over-by-{over_m:g}", t, LANE_M - quintic(t, 2.5, 3.7, 0, 0.85 + over_m))


def threats() -> Iterator[Rows]:
    """How urgent it was: by the time to collision, and by what braking would have had to do."""
    t = times_s(7)
    d = quintic(t, 2.5, 5.1, LANE_M, 0.0)
    for ttc_s in both_sides(2.5):
        yield from _evading(f"threat-ttc-{ttc_s:.3g}", t, d, gap_m=6.0 * ttc_s, closing_mps=6.0, brakes_mps2=0.0)
    for brakes_mps2 in (*both_sides(3.4), *both_sides(6.07)):
        yield from _evading(f"threat-{brakes_mps2:.3g}", t, d, gap_m=40.0, closing_mps=0.0, brakes_mps2=brakes_mps2)


def _evading(
    name: str, t: np.ndarray, d: np.ndarray, gap_m: float = 12.0, closing_mps: float = 6.0, brakes_mps2: float = 3.5
) -> Iterator[Rows]:
    """A car in the left lane moves over by the course `d`; before it, there, is one that makes it do so."""
    yield ego(name, t, 20.0)
    yield drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=20.0)
    other = drives.track(name, "b", t, gap_m=20.0 + 4.5 + gap_m, d_m=d[0], v_s_mps=20.0 - closing_mps)
    yield put(other, a_s_mps2=-brakes_mps2)
