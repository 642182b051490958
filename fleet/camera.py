"""The front camera: a plain perspective drawing of road, marks and boxes, as real JPEG bytes."""

import io
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fleet.ego_sensors import boundary_polynomials
from fleet.relations import boxes_in_ego_frame
from fleet.simulate import RATE_HZ, DriveStates

Array = NDArray[np.float64]

SIZE_PX = (256, 144)
FOCAL_PX = 190.0
EYE_X_M, EYE_Z_M = 1.6, 1.4
NEAR_M = 3.0
BRIGHTNESS = {"day": 1.0, "twilight": 0.45, "night": 0.16}
BODY_COLOURS = ((150, 30, 30), (40, 60, 140), (190, 190, 195), (60, 60, 65), (30, 110, 60), (200, 160, 60))


def frames(states: DriveStates, t: Array, rng: np.random.Generator) -> Iterator[bytes]:
    """One JPEG per instant of t [s since the start]."""
    road = states.road
    lines = [
        boundary_polynomials(states, t, np.full(len(t), number * road.lane_width_m))
        for number in range(road.num_lanes + 1)
    ]
    brightness = BRIGHTNESS[states.setting.light] * (0.8 if states.setting.rain_mmph else 1.0)
    grain = rng.integers(-9, 10, (SIZE_PX[1], SIZE_PX[0], 1), dtype=np.int16)
    for i, seconds in enumerate(t.tolist()):
        boxes, _ = boxes_in_ego_frame(states, int(seconds * RATE_HZ))
        picture = _draw(states, [line[i] for line in lines], boxes, float(np.interp(seconds, states.t_s, states.ego.s)))
        pixels = np.asarray(picture, dtype=np.int16)
        pixels = np.clip(pixels * brightness + np.roll(grain, i * 37, axis=1), 0, 255).astype(np.uint8)
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=60)
        yield out.getvalue()


def _project(x: float, y: float, z: float) -> tuple[float, float]:
    """Pixel of a point of the ego frame [m] ahead of the camera."""
    depth = max(x - EYE_X_M, 0.5)
    return SIZE_PX[0] / 2 - FOCAL_PX * y / depth, SIZE_PX[1] * 0.45 - FOCAL_PX * (z - EYE_Z_M) / depth


def _draw(states: DriveStates, lines: list[Array], boxes: Array, s: float) -> Image.Image:
    is_urban = states.setting.road_kind == "urban"
    picture = Image.new("RGB", SIZE_PX, (168, 196, 222))
    pen = ImageDraw.Draw(picture)
    horizon = SIZE_PX[1] * 0.45
    pen.rectangle((0, horizon, *SIZE_PX), fill=(128, 122, 112) if is_urban else (92, 120, 70))
    x = np.linspace(EYE_X_M + NEAR_M, 75.0, 14)
    edges = [np.polyval(line[::-1], x) for line in (lines[0], lines[-1])]
    left = [_project(a, b, 0.0) for a, b in zip(x, edges[1], strict=True)]
    right = [_project(a, b, 0.0) for a, b in zip(x, edges[0], strict=True)]
    pen.polygon(left + right[::-1], fill=(84, 84, 88))
    for number, line in enumerate(lines):
        is_solid = number in (0, len(lines) - 1)
        # dashes of 6 m every 18 m, fixed to the road
        starts = (
            [EYE_X_M + NEAR_M]
            if is_solid
            else [v for v in np.arange(-(s % 18.0), 72.0, 18.0) if v + 6 > EYE_X_M + NEAR_M]
        )
        for start in starts:
            span = np.linspace(max(start, EYE_X_M + NEAR_M), 72.0 if is_solid else start + 6.0, 9 if is_solid else 3)
            points = [_project(a, b, 0.0) for a, b in zip(span, np.polyval(line[::-1], span), strict=True)]
            pen.line(points, fill=(230, 230, 226), width=2)
    for row in sorted(boxes.tolist(), key=lambda r: -r[0]):
        _draw_box(pen, row)
    return picture


def _draw_box(pen: ImageDraw.ImageDraw, row: list[float]) -> None:
    """Body and rear of one box; far boxes are drawn first."""
    x, y, yaw, length, width, height, k = row
    if x - length / 2 < EYE_X_M + NEAR_M or x > 140.0 or abs(y) > x:
        return
    corners = []
    for a, b in ((0.5, 0.5), (0.5, -0.5), (-0.5, -0.5), (-0.5, 0.5)):
        px = x + a * length * math.cos(yaw) - b * width * math.sin(yaw)
        py = y + a * length * math.sin(yaw) + b * width * math.cos(yaw)
        corners.append((px, py))
    colour = BODY_COLOURS[int(k) % len(BODY_COLOURS)]
    shade = tuple(v * 3 // 4 for v in colour)
    points = [_project(px, py, z) for px, py in corners for z in (0.0, height)]
    us, vs = [p[0] for p in points], [p[1] for p in points]
    pen.rectangle((min(us), min(vs), max(us), max(vs)), fill=shade)
    rear = [_project(px, py, z) for px, py in corners[2:] for z in (0.25, height * 0.95)]
    us, vs = [p[0] for p in rear], [p[1] for p in rear]
    pen.rectangle((min(us), min(vs), max(us), max(vs)), fill=colour)
    pen.rectangle((min(us), max(vs) - 2, max(us), max(vs)), fill=(20, 20, 20))
