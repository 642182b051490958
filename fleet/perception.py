"""The two object lists of a drive: what the vehicle's perception saw, and an offline reference list."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fleet.occlusion import visible_share
from fleet.relations import boxes_in_ego_frame
from fleet.ros2 import Box
from fleet.setting import Setting
from fleet.simulate import RATE_HZ, DriveStates
from fleet.vehicles import OBJECT_CLASS

Array = NDArray[np.float64]

BEHIND_M = 55.0
RATE_OBJECTS_HZ = 10
# metres at which half of the objects are missed, in clear daylight
HALF_RANGE_M = {"pedestrian": 62.0, "motorcycle": 85.0}
LIGHT_FACTOR = {"day": 1.0, "twilight": 0.94, "night": 0.82}


def detection_probability(distance_m: Array, half_range_m: Array, visible: Array, setting: Setting) -> Array:
    """Chance that an object is in one list: falls with distance, with occlusion, in the dark and in rain."""
    factor = LIGHT_FACTOR[setting.light] * (1.0 - 0.015 * min(setting.rain_mmph, 12.0))
    by_distance = 1.0 / (1.0 + np.exp((distance_m - half_range_m * factor) / 9.0))
    by_sight = np.clip((visible - 0.12) / 0.38, 0.0, 1.0)
    return 0.985 * by_distance * by_sight


def position_sigma_m(distance_m: Array) -> tuple[Array, Array]:
    """Standard deviation of the position along and across the line of sight [m]."""
    return 0.06 + 0.004 * distance_m, 0.04 + 0.0018 * distance_m


@dataclass
class _Seen:
    """What perception remembers of one real object."""

    track_id: str
    luck: float
    error: Array
    size: tuple[float, float, float]
    unseen: int = 0


@dataclass
class _Ghost:
    """An object that is not there."""

    track_id: str
    object_class: str
    until: int
    state: Array
    size: tuple[float, float, float]
    score: float


@dataclass
class Perception:
    """Frame by frame detector and tracker; errors and misses persist over frames as those of real trackers do."""

    states: DriveStates
    rng: np.random.Generator
    seen: dict[int, _Seen] = field(default_factory=dict)
    ghosts: list[_Ghost] = field(default_factory=list)
    next_id: int = 1

    def frame(self, number: int) -> list[Box]:
        """The list for frame number (10 Hz), boxes in the ego frame; call in order."""
        setting, rng = self.states.setting, self.rng
        sample = number * RATE_HZ // RATE_OBJECTS_HZ
        boxes, _ = boxes_in_ego_frame(self.states, sample)
        distance = np.hypot(boxes[:, 0], boxes[:, 1])
        boxes = boxes[(distance < setting.range_m) & (boxes[:, 0] > -BEHIND_M)]
        distance = np.hypot(boxes[:, 0], boxes[:, 1])
        visible = visible_share(*boxes.T[:5], self.states.ego.front_m - 1.5)
        kinds = [self.states.actors[int(k)].kind for k in boxes[:, 6]]
        half = np.array([HALF_RANGE_M.get(kind, 108.0) for kind in kinds])
        chance = detection_probability(distance, half, visible, setting)
        along, across = position_sigma_m(distance)
        found = []
        for row, kind, p, sigma in zip(boxes, kinds, chance, zip(along, across, strict=True), strict=True):
            box = self._detect(row, kind, float(p), sigma)
            if box is not None:
                found.append(box)
        self._ghosts(number)
        found += [self._show(ghost) for ghost in self.ghosts]
        rng.shuffle(found)  # type: ignore[arg-type]
        return found

    def _new_id(self) -> str:
        self.next_id += 1
        return str(self.next_id - 1)

    def _detect(self, row: Array, kind: str, chance: float, sigma: tuple[float, float]) -> Box | None:
        rng, key = self.rng, int(row[6])
        memory = self.seen.get(key)
        if memory is None:
            scale = 1.0 + 0.02 * rng.standard_normal(3)
            size = tuple(float(v) for v in row[3:6] * scale)
            memory = self.seen[key] = _Seen(self._new_id(), float(rng.standard_normal()), rng.standard_normal(3), size)  # type: ignore[arg-type]
        memory.luck = 0.75 * memory.luck + 0.66 * float(rng.standard_normal())
        memory.error = 0.9 * memory.error + 0.436 * rng.standard_normal(3)
        if 0.5 * math.erfc(-memory.luck / math.sqrt(2.0)) >= chance:
            memory.unseen += 1
            return None
        if memory.unseen > 10 or rng.random() < 0.0006:
            memory.track_id = self._new_id()
        memory.unseen = 0
        x, y, yaw = row[0], row[1], row[2]
        sight = math.atan2(y, x)
        e_along, e_across = memory.error[0] * sigma[0], memory.error[1] * sigma[1]
        px = x + e_along * math.cos(sight) - e_across * math.sin(sight)
        py = y + e_along * math.sin(sight) + e_across * math.cos(sight)
        pose = (float(px), float(py), memory.size[2] / 2, float(yaw + 0.015 * memory.error[2]))
        score = min(0.99, max(0.3, 0.45 + 0.5 * chance + 0.05 * float(rng.standard_normal())))
        return Box(memory.track_id, OBJECT_CLASS.get(kind, kind), round(score, 3), pose, memory.size)

    def _ghosts(self, number: int) -> None:
        """False objects: rare, mostly far and short-lived, more of them at night and in rain."""
        setting, rng = self.states.setting, self.rng
        rate = 0.0025 * (2.0 if setting.light == "night" else 1.0) * (2.0 if setting.rain_mmph > 2.0 else 1.0)
        self.ghosts = [ghost for ghost in self.ghosts if ghost.until > number]
        if rng.random() < rate:
            x, y = float(rng.triangular(8.0, 70.0, setting.range_m * 0.8)), float(rng.normal(0.0, 5.0))
            state = np.array([x, y, float(rng.normal(0.0, 0.2)), float(rng.normal(-6.0, 5.0))])
            kind = "car" if rng.random() < 0.75 else "pedestrian"
            size = (4.3, 1.8, 1.5) if kind == "car" else (0.6, 0.6, 1.7)
            until = number + 2 + int(rng.exponential(5.0))
            self.ghosts.append(_Ghost(self._new_id(), kind, until, state, size, round(float(rng.uniform(0.2, 0.6)), 3)))

    def _show(self, ghost: _Ghost) -> Box:
        x, y, yaw, rate = (float(v) for v in ghost.state)
        ghost.state[0] += rate / RATE_OBJECTS_HZ
        return Box(ghost.track_id, ghost.object_class, ghost.score, (x, y, ghost.size[2] / 2, yaw), ghost.size)


def reference_boxes(states: DriveStates, number: int, rng: np.random.Generator) -> list[Box]:
    """The offline list for frame number (10 Hz): everything within range, map frame, off by about 3 cm."""
    sample = number * RATE_HZ // RATE_OBJECTS_HZ
    found = []
    for a in states.actors:
        i = a.at(sample)
        if i is None:
            continue
        x, y = float(a.x_map_m[i]), float(a.y_map_m[i])
        if math.hypot(x - states.ego.x_map_m[sample], y - states.ego.y_map_m[sample]) > states.setting.range_m:
            continue
        noise = 0.03 * rng.standard_normal(3)
        pose = (x + float(noise[0]), y + float(noise[1]), a.height_m / 2, float(a.yaw_map_rad[i] + 0.1 * noise[2]))
        size = (a.length_m, a.width_m, a.height_m)
        found.append(Box(f"ref-{a.number:04d}", OBJECT_CLASS.get(a.kind, a.kind), 1.0, pose, size))
    return found
