"""SUMO's states as motions of bodies: boxes from front bumpers and compass bearings, lane changes drawn out in time.

SUMO moves a vehicle to the next lane in one instant. Here it moves over LANE_CHANGE_S, centred on that instant, along
a half cosine; two changes in a row add up, so that one which is taken back at once hardly moves the body. The front
leads and the rear axle follows it (a tractrix): a slow lorry turns less than its front moves, and its rear does not
swing out to the other side.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fleet.sumo.run import LaneChange, Run
from fleet.sumo.traffic import KINDS, Kind

Array = NDArray[np.float64]
LANE_CHANGE_S = 2.4
_AXLE_SHARE = 0.75  # from the front bumper to the rear axle, of the length
_STEP_S = 0.1


@dataclass(frozen=True)
class Body:
    """One vehicle at 10 Hz: arrays (n,) from `first` (in tenths of a second) on; the place is that of its front bumper.

    map frame: x east, y north; yaw counter-clockwise from east, of it `turned_rad` out of the lane by a lane change.
    `side_m` is how far the body is left of where SUMO has it. pos_m is the front bumper along `lane`.
    """

    name: str
    kind: Kind
    first: int
    x_front_m: Array
    y_front_m: Array
    yaw_rad: Array
    turned_rad: Array
    speed_mps: Array
    side_m: Array
    lane: list[str]
    pos_m: Array

    def at(self, tick: int) -> int | None:
        """Index into the arrays for a tick of the run; None outside the life of the vehicle."""
        return tick - self.first if self.first <= tick < self.first + len(self.x_front_m) else None

    def point_m(self, behind_front_m: float) -> tuple[Array, Array]:
        """x, y (n,) of the point of the body this far behind the middle of its front bumper."""
        return (
            self.x_front_m - behind_front_m * np.cos(self.yaw_rad),
            self.y_front_m - behind_front_m * np.sin(self.yaw_rad),
        )


def bodies(run: Run, lane_width_m: float) -> dict[str, Body]:
    """Every vehicle of a run."""
    changes: dict[str, list[LaneChange]] = defaultdict(list)
    for change in run.lane_changes:
        changes[change.vehicle].append(change)
    found = {}
    for (name,), rows in run.fcd.group_by("vehicle", maintain_order=True):
        found[str(name)] = _body(str(name), rows, changes[str(name)], lane_width_m)
    return found


def side_m(t_s: Array, changes: list[LaneChange], lane_width_m: float) -> tuple[Array, Array]:
    """How far a body is left of its SUMO place (n,), and its speed to the left (n,) [m/s], by its lane changes."""
    side, speed = np.zeros(len(t_s)), np.zeros(len(t_s))
    for change in changes:
        u = np.clip((t_s - change.time_s) / LANE_CHANGE_S + 0.5, 0.0, 1.0)
        jump = change.direction * lane_width_m
        # SUMO reports the change with the time of the step that ends it: from then on the place is the new lane's
        side += jump * ((1.0 - np.cos(math.pi * u)) / 2.0 - (t_s > change.time_s - 1e-6))
        speed += jump * math.pi / (2.0 * LANE_CHANGE_S) * np.sin(math.pi * u)
    return side, speed


def trailed_rad(course_rad: Array, speed_mps: Array, length_m: float) -> Array:
    """Angle (n,) of a body whose front moves at `course_rad` (n,) to the lane and whose rear axle follows, each 0.1 s.

    The front drags the body round at v/l sin(course - angle), l from front to rear axle: solved within each step as
    if the sine were its argument.
    """
    followed = -np.expm1(-speed_mps * _STEP_S / (_AXLE_SHARE * length_m))
    angle = np.zeros(len(course_rad))
    for k in range(1, len(angle)):
        if course_rad[k] != 0.0 or angle[k - 1] != 0.0:
            angle[k] = angle[k - 1] + followed[k] * (course_rad[k] - angle[k - 1])
    return angle


def _body(name: str, rows: pl.DataFrame, changes: list[LaneChange], lane_width_m: float) -> Body:
    t_s = rows["time_s"].to_numpy()
    speed = rows["speed_mps"].to_numpy()
    heading = np.unwrap(math.pi / 2.0 - np.radians(rows["angle_deg"].to_numpy()))
    side, sideways = side_m(t_s, changes, lane_width_m)
    kind, speed_of_front = KINDS[str(rows["kind"][0])], np.hypot(speed, sideways)
    turned = trailed_rad(np.arctan2(sideways, speed), speed_of_front, kind.length_m)
    return Body(
        name, kind, round(float(t_s[0]) * 10), rows["x_m"].to_numpy() - side * np.sin(heading),
        rows["y_m"].to_numpy() + side * np.cos(heading), heading + turned, turned, speed_of_front, side,
        rows["lane"].to_list(), rows["pos_m"].to_numpy(),
    )  # fmt: skip
