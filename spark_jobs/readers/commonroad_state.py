"""One state of one obstacle of a CommonRoad scenario, checked."""

from dataclasses import dataclass

import numpy as np

from spark_jobs.readers.commonroad_xml import Element

_MAX_STEP = 10_000_000


@dataclass(frozen=True)
class State:
    """One state of one obstacle that could be read; `v` is NaN where none is given."""

    record: int
    track: str
    kind: str
    step: int
    x: float
    y: float
    heading: float
    v: float
    yaw_rate: float
    length: float
    width: float
    is_dynamic: bool


def state_of(record: int, element: Element, obstacle: Element) -> State:
    """The state in `element`, the `record`th record of the file.

    Raises:
        KeyError, ValueError: it has no exact place, time and orientation, or its obstacle no size.
    """
    step, heading = element.number("time", "exact"), element.number("orientation", "exact")
    if step is None or heading is None:
        raise ValueError("no exact time or orientation")
    place = (
        element.at("position", "point")
        or element.at("position", "rectangle", "center")
        or element.at("position", "circle", "center")
    )
    if place is None:
        raise ValueError("no position")
    x, y, v, rate = (
        place.number("x"),
        place.number("y"),
        element.number("velocity", "exact"),
        element.number("yawRate", "exact"),
    )
    length, width = _size(obstacle)
    if x is None or y is None or not np.isfinite([x, y, heading, step]).all() or not 0 <= step <= _MAX_STEP:
        raise ValueError("a position, time or orientation is no finite number")
    kind = obstacle.at("type")
    return State(
        record, obstacle.attributes["id"], kind.text.strip().lower() if kind else "unknown", int(step), x, y, heading,
        _known(v), _known(rate), length, width, obstacle.name != "staticObstacle",
    )  # fmt: skip


def _known(value: float | None) -> float:
    return value if value is not None and np.isfinite(value) else float("nan")


def _size(obstacle: Element) -> tuple[float, float]:
    """Length and width of the first shape of an obstacle; a polygon by its extent along x and y."""
    shape = obstacle.at("shape")
    if shape is None:
        raise ValueError("no shape")
    length, width = shape.number("rectangle", "length"), shape.number("rectangle", "width")
    radius, polygon = shape.number("circle", "radius"), shape.at("polygon")
    if radius is not None:
        length = width = 2 * radius
    elif polygon is not None:
        points = np.array([[p.number("x") or 0.0, p.number("y") or 0.0] for p in polygon.all("point")]).reshape(-1, 2)
        length, width = np.ptp(points, axis=0).tolist() if len(points) else (0.0, 0.0)
    if length is None or width is None or not (0 < length < 200 and 0 < width < 200):
        raise ValueError("no size")
    return length, width
