"""How much of each object can be seen from the ego: angular intervals hidden behind nearer boxes."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RAYS = 15
CORNERS = np.array([[0.5, 0.5], [0.5, -0.5], [-0.5, -0.5], [-0.5, 0.5]])


def visible_share(x: Array, y: Array, yaw: Array, length: Array, width: Array, eye_x_m: float) -> Array:
    """Share 0..1 of each box's angular width that no nearer box hides, seen from (eye_x_m, 0) of the ego frame.

    All inputs are (n,), metres and radians in the ego frame. Boxes are taken to be tall enough to hide each other.
    """
    if len(x) == 0:
        return np.zeros(0)
    corner_x = CORNERS[:, 0][:, None] * length
    corner_y = CORNERS[:, 1][:, None] * width
    px = x + corner_x * np.cos(yaw) - corner_y * np.sin(yaw) - eye_x_m
    py = y + corner_x * np.sin(yaw) + corner_y * np.cos(yaw)
    middle = np.arctan2(y, x - eye_x_m)
    # corner angles relative to the middle, so that no interval breaks at +-pi
    around = np.angle(np.exp(1j * (np.arctan2(py, px) - middle)))
    low, high = around.min(axis=0), around.max(axis=0)
    distance = np.hypot(px, py).min(axis=0)
    rays = middle[:, None] + low[:, None] + (high - low)[:, None] * (np.arange(RAYS) + 0.5) / RAYS
    offset = np.angle(np.exp(1j * (rays[:, :, None] - middle[None, None, :])))
    hides = (offset > low) & (offset < high) & (distance[None, None, :] < distance[:, None, None] - 0.3)
    return np.asarray(1.0 - hides.any(axis=2).mean(axis=1))
