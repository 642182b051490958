"""OpenLABEL geometry: the tree of coordinate systems, cuboids brought to the ego frame, and the ego pose of a frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from spark_jobs.readers.kitti import VISIBILITY_PCT
from spark_jobs.readers.kitti_frames import quaternions
from spark_jobs.readers.source import Problem
from spark_jobs.readers.text_lines import Floats, Ints

_EGO_SYSTEMS = ("vehicle-iso8855", "vehicle_iso8855", "ego", "base_link")
_NO_OBJECT = ("dontcare",)
_MAX_DEPTH = 32
_FORWARD_LEFT_UP = np.eye(3)
# The local axes of a box are those of its coordinate system when it is not turned. In a camera (x right, y down,
# z forward) a box "looks" along its x, its y is down and its z is to its left, so its size along y is its height.
_LEFT_UP_OF_CAMERA_BOX = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


@dataclass
class Boxes:
    """The cuboids of a file, in the ego frame: one entry per box in every list."""

    record: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    track: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    centre: list[Floats] = field(default_factory=list)
    axes: list[Floats] = field(default_factory=list)
    size: list[tuple[float, float, float]] = field(default_factory=list)
    visibility: list[float | None] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def quaternions(self) -> Floats:
        """Rotations box to ego, (n, 4), w first."""
        return quaternions(np.array(self.axes).reshape(-1, 3, 3))


def ego_system(document: Mapping[str, Any]) -> str:
    """The name of the coordinate system of the vehicle: a well-known one, else the first that is local."""
    systems = document.get("coordinate_systems") or {}
    for name in _EGO_SYSTEMS:
        if name in systems:
            return name
    local = (name for name, system in systems.items() if isinstance(system, dict) and system.get("type") == "local_cs")
    return next(local, _EGO_SYSTEMS[0])


def from_ego(document: Mapping[str, Any]) -> tuple[dict[str, Floats], str | None]:
    """({coordinate system: 4 x 4 from it to the ego frame}, what is wrong with the tree or None)."""
    systems, own = document.get("coordinate_systems") or {}, ego_system(document)
    found, wrong = {own: np.eye(4)}, None
    for name in systems:
        matrix, system = np.eye(4), name
        try:
            for _ in range(_MAX_DEPTH):
                if system == own:
                    found[name] = matrix
                    break
                matrix = _pose(systems[system]) @ matrix
                system = systems[system]["parent"]
        except (KeyError, TypeError, ValueError) as error:
            if name not in (own, "odom", "world", "map") and systems.get(name, {}).get("type") == "sensor_cs":
                wrong = f"coordinate system {name}: {type(error).__name__}: {error}"[:300]
    return found, wrong


def _pose(system: Mapping[str, Any]) -> Floats:
    """Its pose in its parent; VCD 4.3 gives the 16 numbers without the object around them."""
    pose = system["pose_wrt_parent"]
    return rigid(pose["matrix4x4"] if isinstance(pose, dict) else pose)


def rigid(values: Sequence[float]) -> Floats:
    """16 numbers, row by row, as a 4 x 4 rigid motion.

    Raises:
        ValueError: not 16 finite numbers, or no rotation.
    """
    matrix = np.array(values, np.float64).reshape(4, 4)
    if not np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-3):
        raise ValueError("no rotation")
    return matrix


def boxes_of(
    document: Mapping[str, Any], frames: Sequence[Mapping[str, Any]], to_ego: Mapping[str, Floats], own: str
) -> Boxes:
    """Every cuboid of every frame. DontCare regions and the ego itself are no objects; a bad cuboid is a problem."""
    told = document.get("objects") or {}
    boxes = Boxes()
    for record, frame in enumerate(frames):
        start = len(boxes.record)
        for track, each in (frame.get("objects") or {}).items():
            kind = str((told.get(track) or {}).get("type", "unknown")).lower()
            data = (each or {}).get("object_data") or {} if isinstance(each, dict) else {}
            if kind in _NO_OBJECT or kind.startswith("ego"):
                continue
            for cuboid in data.get("cuboid") or ():
                try:
                    centre, axes, size = _box(cuboid, to_ego, own)
                except (KeyError, TypeError, ValueError, IndexError) as error:
                    detail = f"object {track}: {type(error).__name__}: {error}"[:200]
                    boxes.problems.append(Problem("bad_cuboid", detail, "openlabel", record))
                    continue
                boxes.record.append(record)
                boxes.place.append(len(boxes.record) - 1 - start)
                boxes.track.append(str(track))
                boxes.kind.append(kind)
                boxes.centre.append(centre)
                boxes.axes.append(axes)
                boxes.size.append(size)
                boxes.visibility.append(_visibility(data))
    return boxes


def _box(cuboid: Mapping[str, Any], to_ego: Mapping[str, Floats], own: str) -> tuple[Floats, Floats, Any]:
    values = np.array(cuboid["val"], np.float64)
    system = str(cuboid.get("coordinate_system", own))
    matrix = to_ego[system]
    if not np.isfinite(values).all() or len(values) not in (9, 10):
        raise ValueError("not 9 or 10 finite numbers")
    quaternion = values[3:7] if len(values) == 10 else None
    turn = Rotation.from_quat(quaternion) if quaternion is not None else Rotation.from_euler("ZYX", values[[5, 4, 3]])
    size = values[-3:]
    if not (size > 0).all():
        raise ValueError("a box without size")
    # A system whose y points down in the vehicle is a camera's.
    is_camera = matrix[2, 1] < -0.7
    local = _LEFT_UP_OF_CAMERA_BOX if is_camera else _FORWARD_LEFT_UP
    length, width, height = size[[0, 2, 1]] if is_camera else size
    axes = matrix[:3, :3] @ turn.as_matrix() @ local
    return matrix[:3, :3] @ values[:3] + matrix[:3, 3], axes, (float(length), float(width), float(height))


def _visibility(data: Mapping[str, Any]) -> float | None:
    """From a number named "occluded" as in KITTI, 0 to 3."""
    for number in data.get("num") or ():
        if isinstance(number, dict) and number.get("name") == "occluded":
            return VISIBILITY_PCT.get(number.get("val", 3))
    return None


def poses_of(frames: Sequence[Mapping[str, Any]], own: str) -> tuple[Ints, Floats, Floats]:
    """(frame positions (n,), origins (n, 3), quaternions (n, 4) w first) of the vehicle in its fixed frame."""
    record, matrices = [], []
    for number, frame in enumerate(frames):
        for transform in ((frame.get("frame_properties") or {}).get("transforms") or {}).values():
            if not isinstance(transform, dict) or transform.get("src") != own:
                continue
            nested = transform.get("transform_src_to_dst") or {}
            values: Any = transform.get("transform_src_to_dst_4x4") or nested.get("matrix4x4")
            try:
                matrix = rigid(values)
            except (TypeError, ValueError):
                continue
            if np.isfinite(matrix).all():
                record.append(number)
                matrices.append(matrix)
                break
    stack = np.array(matrices).reshape(-1, 4, 4)
    return np.array(record, np.int64), stack[:, :3, 3], quaternions(stack[:, :3, :3])
