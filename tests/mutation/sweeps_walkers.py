"""Walkers on both sides of every threshold: on the road, on a crosswalk, and out from behind something."""

from collections.abc import Iterator

import numpy as np

from tests.mutation.columns import both_sides, ego, put, seen
from tests.unit.dbt import drives
from tests.unit.dbt.drives import Rows, times_s


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    yield from on_the_road()
    yield from on_a_crosswalk()
    yield from emerging()


def on_the_road() -> Iterator[Rows]:
    """Speed, distance, distance from a crosswalk and time on the road of jaywalkers."""
    usual = {"speed": 1.2, "range": 30.0, "away": 6.0, "seconds": 2.0}
    for what, threshold in {"speed": 0.5, "range": 50.0, "away": 1.0, "seconds": 0.5}.items():
        for value in both_sides(threshold):
            name, told = f"jaywalking-{what}-{value:.3g}", usual | {what: value}
            t, is_on_road = seen(4, 1, 0.9 + told["seconds"])
            yield ego(name, t, 0.0, map_source="map_elements")
            track = _walker(name, t, gap_m=told["range"] - 4.0, speed_mps=told["speed"], from_m=5.0)
            yield put(track, crosswalk_distance_m=told["away"], is_on_road=is_on_road)


def on_a_crosswalk() -> Iterator[Rows]:
    """Speed, distance and time on the crosswalk of those who cross the path of the ego vehicle, in front of it."""
    usual = {"speed": 1.5, "range": 30.0, "seconds": 1.5}
    for what, threshold in {"speed": 0.5, "range": 50.0, "seconds": 0.5}.items():
        for value in both_sides(threshold):
            name, told = f"ped-crossing-{what}-{value:.3g}", usual | {what: value}
            t, is_on_crosswalk = seen(9, 1, 0.9 + told["seconds"] if what == "seconds" else 9)
            yield ego(name, t, 0.0, map_source="map_elements")
            track = _walker(name, t, gap_m=told["range"] - 4.0, speed_mps=told["speed"], from_m=2.0)
            yield put(track, crosswalk_distance_m=np.where(is_on_crosswalk, 0.0, 3.0), is_on_road=True)


def emerging() -> Iterator[Rows]:
    """Everything about one who comes out: how long hidden, how soon, where, how fast, how visible, how urgent."""
    usual: dict[str, float] = {
        "hidden": 1.0, "delay": 0.0, "pct": 90.0, "approach": 1.2, "beside": 2.5, "gap": 30.0, "ego_mps": 10.0,
    }  # fmt: skip
    swept = {"hidden": 0.5, "delay": 0.5, "pct": 40.0, "approach": 0.5, "beside": 4.0, "gap": 50.0}
    cases: list[dict[str, float]] = [{what: v} for what, at in swept.items() for v in both_sides(at)]
    cases += [{"gap": 10.0 * ttc} for at in (1.5, 3.0) for ttc in both_sides(at)]
    cases += [{"gap": 45.0, "ego_mps": 0.5}]
    for case in cases:
        told = usual | case
        yield from _emerging("-".join(f"{what}-{value:.3g}" for what, value in case.items()), **told)


def _emerging(
    case: str, *, hidden: float, delay: float, pct: float, approach: float, beside: float, gap: float, ego_mps: float
) -> Iterator[Rows]:
    name, t = f"emerging-{case}", times_s(9)
    last_hidden_s = 1.0 + round(hidden, 1) - 0.1
    since = t - last_hidden_s - 0.1 - round(delay, 1)
    is_hidden = (t > 0.95) & (t < last_hidden_s + 0.05)
    is_walking = since > -0.05
    d = beside + 0.925 - approach * np.clip(since, 0, None)
    v = np.full(t.shape, ego_mps)
    track = drives.track(name, "w", t, gap_m=0.0, d_m=d, v_s_mps=0.0, object_class="pedestrian")
    s_rel = gap + 3.7 + 0.3 - ego_mps * np.clip(since, -9, None)
    yield ego(name, t, v)
    yield put(
        track, s_rel_m=s_rel, path_s_rel_m=s_rel, x_ego_m=s_rel, extent_s_m=0.3, extent_d_m=0.3,
        v_d_mps=np.where(is_walking, -approach, 0.0), visibility_pct=np.where(is_hidden, 10.0, pct),
    )  # fmt: skip


def _walker(name: str, t: np.ndarray, *, gap_m: float, speed_mps: float, from_m: float) -> Rows:
    d = from_m - speed_mps * t
    track = drives.track(name, "w", t, gap_m=gap_m, d_m=d, v_s_mps=0.0, object_class="pedestrian")
    return put(track, v_d_mps=-speed_mps, extent_s_m=0.3, extent_d_m=0.3, y_ego_m=0.0, x_ego_m=gap_m + 4.0)
