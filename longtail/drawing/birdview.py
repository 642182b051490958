"""Seen from above: one moment of a scene, forward is up. The road is drawn straight, along the driven path."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.transforms import Affine2D

from longtail.drawing.palette import ACTOR, EGO, INK, LANE, MARK, MINUS, OTHER, OTHER_EDGE, QUIET, ROAD, VULNERABLE
from longtail.drawing.scene import Scene

_SMALL = {"pedestrian", "bicycle", "animal"}
_HALF_LANE_M = 1.75  # drawn where no lane is known, as silver assumes
_TRAIL_S = 2.0


def extent(scene: Scene, aspect: float) -> tuple[float, float, float]:
    """(back, front, half width) of the view in m, the same for every moment so that they can be compared.

    `aspect` is width over height of the space there is for one moment.
    """
    rows = scene.track(scene.event.get("actor_track_id")) or [
        row for row in scene.objects if abs(row["d_m"]) < 2 * _HALF_LANE_M and 0 < row["s_m"] < 60
    ]
    ahead = [row["s_m"] for row in rows]
    front = float(np.clip(max(ahead, default=30.0) + 8.0, 28.0, 80.0))
    back = float(np.clip(min(ahead, default=0.0) - 6.0, -25.0, -8.0))
    return back, front, (front - back) * aspect / 2


def draw(axes: Axes, scene: Scene, t_s: float, view: tuple[float, float, float]) -> None:
    """Draw the moment `t_s` (seconds from the start of the event) into `axes`."""
    back, front, half = view
    axes.set_xlim(half, -half)  # y is to the left
    axes.set_ylim(back, front)
    axes.set_aspect("equal")
    axes.set_facecolor(ROAD)
    axes.tick_params(length=0, labelsize=9)
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    objects = scene.at(t_s)
    _lane(axes, scene, t_s, objects, (back, front))
    actor_id = scene.event.get("actor_track_id")
    for row in sorted(objects, key=lambda row: row["track_id"] == actor_id):
        if back - 15 < row["s_m"] < front + 15 and abs(row["d_m"]) < half + 3:
            _object(axes, row, row["track_id"] == actor_id, (front - back) / 110)
    _trail(axes, scene, t_s, actor_id)
    _ego(axes, scene.vehicle)
    speed = scene.ego_at("vx_ego_mps", t_s)
    if np.isfinite(speed):
        place = axes.transAxes
        axes.text(
            0.97,
            0.015,
            f"{speed:.1f} m/s",
            color=EGO,
            fontsize=10,
            ha="right",
            transform=place,
            zorder=9,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": ROAD, "edgecolor": "none", "alpha": 0.85},
        )
    label = "start" if abs(t_s) < 0.05 else f"{t_s:+.1f} s".replace("-", MINUS)
    axes.set_title(label, fontweight="bold" if label == "start" else "normal", color=INK, pad=5)


def _lane(axes: Axes, scene: Scene, t_s: float, objects: list[dict[str, Any]], reach: tuple[float, float]) -> None:
    """The marks of the ego lane through every place where they are known: at the ego, and at each object."""
    s_m = np.linspace(*reach, 60)
    edges = []
    ego_marks = (scene.ego_at("lane_left_y_m", t_s), scene.ego_at("lane_right_y_m", t_s))
    is_known = np.isfinite(ego_marks).any() or any(row["lane_source"] != "none" for row in objects)
    for side, sign, at_ego in (("left", 1.0, ego_marks[0]), ("right", -1.0, ego_marks[1])):
        points = {row["s_m"]: row[f"{side}_mark_d_m"] for row in objects} | {0.0: at_ego}
        known = sorted((s, d) for s, d in points.items() if d is not None and np.isfinite(d))
        if known:
            edges.append(np.interp(s_m, [s for s, _ in known], [d for _, d in known]))
        else:
            edges.append(np.full_like(s_m, sign * _HALF_LANE_M))
    axes.fill_betweenx(s_m, edges[1], edges[0], color=LANE, lw=0, zorder=1)
    for edge in edges:
        axes.plot(edge, s_m, color=MARK, lw=1.2, ls=(0, (7, 5)) if is_known else (0, (1, 4)), zorder=2)


def _object(axes: Axes, row: dict[str, Any], is_actor: bool, visible_m: float) -> None:
    face = ACTOR if is_actor else OTHER
    edge = INK if is_actor else OTHER_EDGE
    if row["object_class"] in _SMALL:
        face = ACTOR if is_actor else VULNERABLE
        radius = max(0.45, row["width_m"] / 2, visible_m if is_actor else 0.0)  # a dot from far away, but one to see
        axes.add_patch(Circle((row["d_m"], row["s_m"]), radius, facecolor=face, edgecolor=edge, lw=0.8, zorder=5))
        return
    rear, ahead = -row["length_m"] / 2, row["length_m"] / 2
    pose = Affine2D().rotate(row["heading_rad"] or 0.0).translate(row["s_m"], row["d_m"])
    _box(axes, (rear, ahead, row["width_m"]), pose, face, edge, 6 if is_actor else 4)


def _ego(axes: Axes, vehicle: dict[str, float]) -> None:
    rear, ahead = -vehicle["rear_axle_to_rear_bumper_m"], vehicle["rear_axle_to_front_bumper_m"]
    _box(axes, (rear, ahead, vehicle["width_m"]), Affine2D(), EGO, INK, 7)


def _box(axes: Axes, size: tuple[float, float, float], pose: Affine2D, face: str, edge: str, layer: int) -> None:
    """A vehicle outline with a windscreen, so that one sees where it is heading. `pose` is in (forward, left)."""
    rear, ahead, width = size
    swap = Affine2D(np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))  # (forward, left) to (left, forward)
    place = pose + swap + axes.transData
    body = FancyBboxPatch(
        (rear, -width / 2),
        ahead - rear,
        width,
        boxstyle=f"round,pad=0,rounding_size={0.28 * width:.3f}",
        mutation_aspect=1,
        facecolor=face,
        edgecolor=edge,
        lw=0.8,
        transform=place,
        zorder=layer,
    )
    axes.add_patch(body)
    screen = ahead - 0.30 * min(ahead - rear, 5.0)
    axes.plot(
        [screen, screen],
        [-0.36 * width, 0.36 * width],
        color="white",
        lw=1.6,
        transform=place,
        zorder=layer + 0.5,
        solid_capstyle="round",
    )


def _trail(axes: Axes, scene: Scene, t_s: float, track_id: str | None) -> None:
    """Where the actor came from during the last two seconds, in the frame of this moment."""
    now = scene.ego_at("s_m", t_s)
    rows = [row for row in scene.track(track_id) if t_s - _TRAIL_S <= row["t_s"] <= t_s + 0.05]
    if len(rows) < 2 or not np.isfinite(now):
        return
    s_m = [row["s_m"] + scene.ego_at("s_m", row["t_s"]) - now for row in rows]
    axes.plot([row["d_m"] for row in rows], s_m, color=ACTOR, lw=1.6, alpha=0.55, zorder=3)


def label_range(axes: Axes) -> None:
    """Distance scale at the left-most moment."""
    axes.set_ylabel("ahead of the rear axle (m)", color=QUIET)
    axes.yaxis.set_major_locator(_every(20))


def _every(step: int) -> Any:
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(step)
