"""Two lists of the same objects, samples of them and scores of a model, on both sides of every threshold."""

from collections.abc import Iterator
from hashlib import md5
from typing import Any

from tests.mutation.columns import both_sides, ego, put
from tests.unit.dbt import drives
from tests.unit.dbt.drives import LANE_M, START_NS, Rows, quintic, times_s

S = 1_000_000_000


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    for family in (matches, slices, samples, predictions):
        yield from family()


def matches() -> Iterator[Rows]:
    """Pairs by distance from each other and from the ego vehicle, misses by visibility and by time to collision."""
    usual = {"apart": 0.3, "range": 30.0}
    for what, threshold in {"apart": 2.0, "range": 80.0}.items():
        for value in both_sides(threshold):
            told = usual | {what: value}
            yield from _pair(f"pair-{what}-{value:.3g}", told["range"], told["apart"])
    for range_m in (*both_sides(20.0), *both_sides(40.0), *both_sides(60.0)):
        yield from _pair(f"pair-at-{range_m:.3g}", range_m, 0.3)
    for pct in both_sides(40.0):
        yield from _pair(f"missed-{pct:.3g}", 30.0, 50.0, visibility_pct=pct)
    for ttc_s in both_sides(4.0):
        yield from _pair(f"missed-ttc-{ttc_s:.3g}", 4.0 * ttc_s + 5.95, 50.0, v_s_mps=6.0)


def _pair(name: str, range_m: float, apart_m: float, **columns: Any) -> Iterator[Rows]:
    """A reference object, and one of the vehicle's own perception that far from it, aside."""
    t = times_s(0.4)
    yield ego(name, t, 10.0)
    reference = drives.track(name, "r", t, gap_m=range_m - 5.95, d_m=0.0, v_s_mps=10.0)
    yield put(reference, **columns)
    yield drives.track(name, "o", t, gap_m=range_m - 5.95, d_m=apart_m, v_s_mps=10.0, role="onboard")


def slices() -> Iterator[Rows]:
    """Classes that were seen by a few dozen rows."""
    for object_class, num_rows in {"bus": 24, "motorcycle": 37}.items():
        t = times_s(num_rows / 10 - 0.1)
        name = f"slice-{object_class}"
        yield ego(name, t, 10.0)
        for role in ("reference", "onboard"):
            yield drives.track(
                name, role[0], t, gap_m=20.0, d_m=0.0, v_s_mps=10.0, role=role, object_class=object_class
            )


def samples() -> Iterator[Rows]:
    """Cars beside the ego vehicle by gap and by distance from the lane."""
    cases = [(gap_m, 3.5) for gap_m in both_sides(80.0)] + [(20.0, 2.65 + edge_m) for edge_m in both_sides(3.5)]
    t = times_s(6)
    for gap_m, d_m in cases:
        name = f"beside-{gap_m:.3g}-{d_m:.3g}"
        yield ego(name, t, 10.0)
        yield drives.track(name, "o", t, gap_m=gap_m, d_m=d_m, v_s_mps=10.0, role="onboard")


def predictions() -> Iterator[Rows]:
    """A model that was the less sure of a cut-in the longer before it was asked, and the snapshot that it scored."""
    name, t = "predicted", times_s(14)
    d = quintic(t, 7, 10, LANE_M, 0.0)
    yield ego(name, t, 20.0)
    yield drives.track(name, "o", t, gap_m=15.0, d_m=d, v_s_mps=18.0, role="onboard")
    asked = {START_NS + step * S // 2: 0.5 + 0.02 * step for step in range(4, 20)}
    scored = {"snapshot_id": "s", "model_name": "m", "model_version": "1", "split": "test", "is_positive": True}
    yield {
        "ml.predictions": [
            scored | {"sample_id": md5(f"{name}|o|{t_ns}".encode()).hexdigest(), "probability": p}  # noqa: S324
            for t_ns, p in asked.items()
        ]
    }
    texts = dict.fromkeys(("snapshot_id", "name", "query", "table_versions", "definition_versions", "digest"), "s")
    yield {"ml.snapshots": [texts | {"created_at_ns": START_NS, "num_items": len(asked)}]}
