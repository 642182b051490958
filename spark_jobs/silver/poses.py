"""The ego pose at full rate: where a thing seen at its own sensor time was in the fixed local frame."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spark_jobs.silver.grid import Floats, Ints, bracket

MAP_FRAMES = frozenset({"map", "odom", "city", "world", "utm", "local"})


@dataclass(frozen=True)
class Poses:
    """Poses of one stream: t_ns (n,) strictly increasing; position_m (n, 3); rotation ego to map q (n, 4), w first."""

    t_ns: Ints
    position_m: Floats
    q: Floats

    def at(self, t_ns: Ints) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """(position_m (m, 3), rotation map_from_ego (m, 3, 3), is_known (m,)) at any times; never over gaps > 0.3 s."""
        low, weight, is_known = bracket(self.t_ns, t_ns)
        if not is_known.any():
            return np.zeros((len(t_ns), 3)), np.zeros((len(t_ns), 3, 3)), is_known
        weight = weight[:, None]
        position = self.position_m[low] + (self.position_m[low + 1] - self.position_m[low]) * weight
        # The straight mean of near quaternions: at most 0.3 s of turning apart, its error is far below a millirad.
        q = self.q[low] + (self.q[low + 1] - self.q[low]) * weight
        return position, rotation(q), is_known


def poses_of(frame: pl.DataFrame) -> Poses:
    """The poses of bronze.ego_poses rows of one topic that carry t_ns; of equal times the first recorded stays."""
    rows = frame.sort("t_ns", "file_id", "record_index").unique("t_ns", keep="first", maintain_order=True)
    q = rows.select("q_w", "q_x", "q_y", "q_z").to_numpy()
    if len(q) > 1:  # q and -q are the same rotation: keep neighbours on one side
        same_side = np.einsum("ij,ij->i", q[1:], q[:-1]) >= 0
        q = q * np.concatenate([[1.0], np.cumprod(np.where(same_side, 1.0, -1.0))])[:, None]
    return Poses(rows["t_ns"].to_numpy(), rows.select("x_map_m", "y_map_m", "z_map_m").to_numpy(), q)


def rotation(q: Floats) -> Floats:
    """Rotation matrices (n, 3, 3) of quaternions (n, 4), scalar first, of any length but zero."""
    w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], axis=-1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=-1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=-1),
        ],
        axis=-2,
    )


def yaw(matrix: Floats) -> Floats:
    """Heading of the x axis of rotation matrices (n, 3, 3), counter-clockwise from +x, in (-pi, pi]."""
    return np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0])


def is_map_frame(frame_id: pl.Series) -> NDArray[np.bool_]:
    """True where a frame id (with or without a leading slash) names a fixed local frame; anything else is ego."""
    return frame_id.fill_null("").str.strip_chars_start("/").is_in(list(MAP_FRAMES)).to_numpy()
