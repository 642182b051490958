"""The vehicles of the generated world: who records, and who else is on the road. All sizes in metres."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EgoVehicle:
    """A vehicle of the fleet that records; the ego origin is the rear axle centre on the ground."""

    model: str
    kind: str
    length_m: float
    width_m: float
    height_m: float
    wheelbase_m: float
    rear_axle_to_front_bumper_m: float
    rear_axle_to_rear_bumper_m: float
    track_m: float
    steering_ratio: float
    cruise_mps: tuple[float, float]
    acceleration_mps2: float
    braking_limit_mps2: float


FLEET = (
    EgoVehicle("estate", "car", 4.70, 1.85, 1.50, 2.80, 3.70, 1.00, 1.58, 15.5, (25.0, 33.0), 1.6, 8.8),
    EgoVehicle("compact", "car", 4.25, 1.79, 1.49, 2.64, 3.45, 0.80, 1.54, 15.0, (24.0, 32.0), 1.4, 8.6),
    EgoVehicle("suv", "car", 4.92, 1.98, 1.74, 2.95, 3.90, 1.02, 1.67, 16.2, (26.0, 34.0), 1.6, 8.4),
    EgoVehicle("tractor", "truck", 6.10, 2.50, 3.60, 3.80, 5.20, 0.90, 2.05, 20.0, (21.5, 24.0), 0.7, 6.8),
    EgoVehicle("van", "car", 5.30, 2.02, 2.40, 3.30, 4.25, 1.05, 1.73, 16.8, (24.0, 30.0), 1.3, 8.0),
    EgoVehicle("rigid", "truck", 8.20, 2.52, 3.50, 4.60, 6.00, 2.20, 2.06, 20.5, (21.0, 23.5), 0.6, 6.6),
)

# class: (length, width, height) ranges
BODIES = {
    "car": ((3.9, 5.0), (1.70, 1.95), (1.40, 1.75)),
    "truck": ((8.0, 15.5), (2.40, 2.55), (3.2, 3.9)),
    "bus": ((10.5, 12.5), (2.45, 2.55), (3.0, 3.3)),
    "motorcycle": ((2.0, 2.3), (0.75, 0.90), (1.40, 1.65)),
    "van": ((5.2, 6.2), (1.95, 2.08), (2.3, 2.7)),
    "pedestrian": ((0.45, 0.65), (0.45, 0.65), (1.45, 1.90)),
}
# what the object lists call it
OBJECT_CLASS = {"van": "car"}


def draw_body(kind: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """Length, width and height [m] of one individual of a class of BODIES."""
    length, width, height = (float(rng.uniform(*span)) for span in BODIES[kind])
    return length, width, height


def draw_kind(road_kind: str, lane: int, rng: np.random.Generator) -> str:
    """Class of a random road user in a lane; heavy vehicles keep to the right."""
    heavy = 0.28 if road_kind == "highway" and lane == 0 else 0.06
    pick = float(rng.random())
    if pick < heavy:
        return "truck" if road_kind == "highway" or pick < heavy / 2 else "bus"
    return "motorcycle" if pick > 0.96 else "car"
