"""KITTI's hand-labelled occlusion (0 to 3) against the visibility that silver computes from boxes alone."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from longtail.query import sql
from spark_jobs.silver.occlusion import visible_share
from training.shares import Share, share

FULLY, PARTLY, LARGELY = 100.0, 75.0, 25.0  # what the reader makes of occluded = 0, 1, 2; 3 is unknown: null
HIDDEN_SHARE = 0.40  # nuScenes visibility bin 1, the bound of occluded_ped_emerging
_BOXES = """
select drive_id, log_time_ns, track_id, object_class, x_m, y_m, 2 * atan2(q_z, q_w) as yaw_rad, length_m, width_m,
  visibility_pct
from bronze.objects
where topic = 'label_02'
order by drive_id, log_time_ns, track_id
"""


@dataclass(frozen=True)
class OcclusionScore:
    """How well box geometry tells hidden from visible boxes. `auc`: chance that a largely occluded box has less
    visible share than a fully visible one (ties half); `found`: largely occluded boxes that are hidden to 40 % or less;
    `clear`: fully visible boxes that are not."""

    num_boxes: int
    num_largely: int
    auc: float
    found: Share
    clear: Share
    median_share: dict[str, float]


def score() -> OcclusionScore:
    """Over every label_02 file in the lake; boxes whose occlusion is unknown only hide others."""
    rows: pl.DataFrame = sql(_BOXES, as_="polars")
    scene = rows.select(pl.struct("drive_id", "log_time_ns").rle_id()).to_series().to_numpy()
    names = ("x_m", "y_m", "yaw_rad", "length_m", "width_m")
    is_occluder = rows["object_class"].is_in(["car", "van", "truck", "tram"]).to_numpy()
    visible = visible_share(scene, *(rows[name].to_numpy() for name in names), is_occluder=is_occluder)
    label = rows["visibility_pct"].to_numpy()
    groups = {name: visible[label == pct] for name, pct in (("0", FULLY), ("1", PARTLY), ("2", LARGELY))}
    clear, hidden = groups["0"], groups["2"]
    return OcclusionScore(
        num_boxes=len(visible),
        num_largely=len(hidden),
        auc=_auc(hidden, clear),
        found=share(int((hidden <= HIDDEN_SHARE).sum()), len(hidden)),
        clear=share(int((clear > HIDDEN_SHARE).sum()), len(clear)),
        median_share={name: float(np.median(values)) for name, values in groups.items()},
    )


def _auc(low: np.ndarray, high: np.ndarray) -> float:
    """P(a value of `low` < one of `high`) + half of the ties."""
    ordered = np.sort(high)
    below = len(high) - np.searchsorted(ordered, low, side="right")
    ties = np.searchsorted(ordered, low, side="right") - np.searchsorted(ordered, low, side="left")
    return float((below + ties / 2).mean() / len(high))
