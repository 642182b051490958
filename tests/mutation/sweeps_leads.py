"""Vehicles ahead, on both sides of every threshold: they leave, brake, swerve, block the lane, stand, come in, lead."""

from collections.abc import Iterator

import numpy as np

from tests.mutation.columns import both_sides, cut, ego, put, seen, stations
from tests.unit.dbt import drives
from tests.unit.dbt.drives import LANE_M, Rows, quintic, times_s


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    for family in (cut_outs, lead_brakings, swerves, blockers, stops, lives, entries, wide_lanes):
        yield from family()


def cut_outs() -> Iterator[Rows]:
    """How long a lead leaves the lane, and how far, how fast and how soon what it hid is there."""
    usual = {"slow": 1.2, "thw": 1.5, "closing": 8.0, "gap": 0.0, "reveal": 0.0}
    swept = {"slow": 5.0, "thw": 2.0, "closing": 0.5, "gap": 100.0, "reveal": 0.5}
    for what, threshold in swept.items():
        for value in both_sides(threshold):
            name, told = f"cut-out-{what}-{value:.3g}", usual | {what: value}
            t = times_s(11)
            v = np.full(t.shape, 20.0)
            d = 1.15 + 1.2 * (t - 2.0) / told["slow"]  # over one mark at 1.15 m, out of the lane at 2.35 m
            d = np.where(t < 2.0, np.clip(t - 1.0, 0, 1) * 1.15, np.minimum(d, LANE_M))
            out_s = 2.0 + told["slow"]
            gap = (told["gap"] or told["thw"] * 20.0) - told["closing"] * (t - out_s)
            hidden = drives.track(name, "b", t, gap_m=gap, d_m=0.0, v_s_mps=v - told["closing"])
            yield ego(name, t, v)
            yield drives.track(name, "a", t, gap_m=15.0, d_m=d, v_s_mps=v)
            yield cut(hidden, t >= round(out_s + told["reveal"], 1) - 0.01)


def lead_brakings() -> Iterator[Rows]:
    """How hard, how long and how close a lead brakes, what that asks of the ego, and jitter of one that stands."""
    usual = {"brakes": 6.5, "lasts": 1.5, "thw": 1.0, "required": 3.0}
    cases = [{what: value} for what, at in {"brakes": 5.0, "thw": 2.0}.items() for value in both_sides(at)]
    cases += [{"required": value} for at in (2.0, 4.0, 6.0) for value in both_sides(at)]
    cases += [{"brakes": 7.0, "lasts": lasts} for lasts in (0.5, 0.6, 0.7, 0.8, 0.9)]
    for case in cases:
        told = usual | case
        name = "lead-brakes-" + "-".join(f"{what}-{value:.3g}" for what, value in case.items())
        t = times_s(5)
        v = 15.0 - told["brakes"] * np.clip(t - 2.0, 0, told["lasts"])
        yield from _lead(name, t, stations(np.full(t.shape, 10.0)), told["required"], told["thw"] * 10.0, v)
    for amplitude_m in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        t = times_s(6)
        jitter = amplitude_m * np.sin(3.7 * t)
        yield from _lead(f"lead-jitters-{amplitude_m:g}", t, jitter, 3.0, 10.0, np.zeros(t.shape))


def _lead(name: str, t: np.ndarray, moved: np.ndarray, required: float, gap_m: float, v: np.ndarray) -> Iterator[Rows]:
    """A lead that keeps its gap; its place on the map is that of speed `v`, or jitters by `moved`."""
    place = np.concatenate([[0.0], np.cumsum((v[1:] + v[:-1]) / 2) / 10]) + (moved if not v.any() else 0.0)
    track = drives.track(name, "a", t, gap_m=gap_m, d_m=0.0, v_s_mps=10.0)
    yield ego(name, t, 10.0)
    yield put(track, x_map_m=place, y_map_m=0.0, yaw_map_rad=0.0, a_s_mps2=-required)


def swerves() -> Iterator[Rows]:
    """How far a lead swings, and how long it pauses between two swings."""
    for swing_m, pause_s in ((0.43, 0.0), (0.65, 0.0), (0.8, 1.6), (0.8, 2.5), (2.0, 0.0)):
        name, t = f"swerve-{swing_m:g}-{pause_s:g}", times_s(9)
        d = quintic(t, 1.5, 3, 0, swing_m) - quintic(t, 3 + pause_s, 4.5 + pause_s, 0, swing_m)
        yield ego(name, t, 20.0)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=20.0)


def blockers() -> Iterator[Rows]:
    """What stands in the lane: how near, how long, how much room it leaves, and how fast the ego vehicle comes."""
    usual = {"ego": 8.0, "gap": 60.0, "aside": 0.0, "seconds": 3.0, "before": 0.0, "rolls": 0.0}
    cases = [{what: v} for what, at in {"ego": 2.0, "seconds": 1.0}.items() for v in both_sides(at)]
    cases += [{"gap": v, "ego": 3.0} for v in both_sides(100.0)]
    cases += [{"aside": v} for v in (1.42, 1.6, 2.2, 2.5)]
    cases += [{"before": v} for v in (0.6, 0.9)] + [{"rolls": v} for v in both_sides(3.0)]
    for case in cases:
        told = usual | case
        name = "blocks-" + "-".join(f"{what}-{value:.3g}" for what, value in case.items())
        t, is_seen = seen(4, 0.5, 0.4 + told["seconds"])
        gap = told["gap"] - stations(np.full(t.shape, told["ego"])) + told["rolls"] * np.clip(t - 0.5, 0, 3) / 3
        speed = np.where(t < 0.75, told["before"], 0.0)
        yield ego(name, t, told["ego"])
        yield cut(drives.track(name, "a", t, gap_m=gap, d_m=told["aside"], v_s_mps=speed), is_seen)


def stops() -> Iterator[Rows]:
    """How long the ego vehicle stands, how slowly, how long it moves between two stops and how far meanwhile."""
    t = times_s(12)
    shapes = {f"stands-{s:.3g}": np.where((t > 1.95) & (t < 1.85 + s), 0.0, 3.0) for s in both_sides(1.0)}
    shapes |= {f"creeps-{v:.3g}": np.where(t > 1.95, v, 3.0) for v in both_sides(0.5)}
    shapes |= {f"creeps-on-{s:.3g}": np.where(t < s / 0.45, 0.45, 3.0) for s in both_sides(3.0)}
    for s in both_sides(1.0):
        is_moving = (t > 3.95) & (t < 3.85 + s)
        shapes[f"stops-twice-{s:.3g}"] = np.where(is_moving, 0.6, np.where((t > 1.95) & (t < 6.05), 0.0, 3.0))
    for name, v in shapes.items():
        yield ego(name, t, v)


def lives() -> Iterator[Rows]:
    """How long something is seen that stays in its place, and how far it moves."""
    cases = [(seconds, 0.05) for seconds in both_sides(0.5)] + [(11.0, moved) for moved in both_sides(3.0)]
    for seconds, moved_m in [*cases, (2.0, 0.81), (2.0, 1.23)]:
        name = f"stays-{seconds:.3g}-{moved_m:.3g}"
        t, is_seen = seen(12, 0.5, 0.4 + seconds)
        track = drives.track(name, "a", t, gap_m=30.0, d_m=8.0, v_s_mps=2.0)
        yield ego(name, t, 3.0)
        yield cut(put(track, x_map_m=40.0 + moved_m * np.clip(t - 0.5, 0, seconds) / seconds, y_map_m=8.0), is_seen)


def entries() -> Iterator[Rows]:
    """A car that comes in: how soon and how long it leads, whence it drifts, and marks that jump as it comes."""
    t = times_s(14)
    courses = {f"dwells-inside-{s:g}": quintic(t, 2, 3, LANE_M, 2.2) + quintic(t, 2.8 + s, 3.8 + s, 0.0, -2.2)
               for s in (0.6, 1.0, 1.3, 1.6, 1.9, 2.2)}  # fmt: skip
    courses["drifts-in"] = quintic(t, 0.2, 13.5, LANE_M, 0.0)
    courses |= {f"drifts-in-{s:g}": quintic(t, 0.2, s, LANE_M, 1.0) for s in (6.0, 9.0)}
    for name, d in courses.items():
        yield ego(name, t, 20.0)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=19.0)
    for seconds in both_sides(1.0):
        name = f"leads-for-{seconds:.3g}"
        d = quintic(t, 2, 5, LANE_M, 0.0)
        t_lead = t[np.argmax(d <= LANE_M / 2)]
        yield ego(name, t, 20.0)
        track = drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=19.0)
        yield cut(track, t < t_lead + round(seconds, 1) - 0.05)
    for jump_m in both_sides(1.0):
        name = f"mark-jumps-as-it-comes-{jump_m:.3g}"
        d = np.interp(t, [0, 4.9, 5.0, 7.0], [2.75, 2.75, 2.5, 0.0])
        yield ego(name, t, 20.0)
        marks = LANE_M / 2 + np.where(t > 4.95, jump_m, 0.0)
        yield drives.track(name, "a", t, gap_m=20.0, d_m=d, v_s_mps=19.0, left_mark_d_m=marks)


def wide_lanes() -> Iterator[Rows]:
    """Leads far aside in a lane as wide as two, and leads that head across."""
    t = times_s(3)
    for aside_m in both_sides(5.0):
        name = f"leads-aside-{aside_m:.3g}"
        yield ego(name, t, 10.0)
        yield put(drives.track(name, "a", t, gap_m=10.0, d_m=aside_m, v_s_mps=10.0), lane_left_d_m=9.0)
    for heading_rad in (0.63, 0.96):
        name = f"leads-across-{heading_rad:g}"
        yield ego(name, t, 10.0)
        yield drives.track(name, "a", t, gap_m=10.0, d_m=0.3, v_s_mps=10.0, heading_rad=heading_rad)
