"""Who takes part in an OpenSCENARIO file: vehicles, pedestrians and things with their boxes.

The reference point of a vehicle is the middle of its rear axle on the ground, of everybody else the middle of the box.
"""

from xml.etree import ElementTree as Xml

from longtail.event_files.window import Row

EGO = "Ego"
_VEHICLES = {"car": "car", "truck": "truck", "bus": "bus", "motorcycle": "motorbike", "bicycle": "bicycle"}
_WALKERS = {"pedestrian": "pedestrian", "animal": "animal"}
_AXLE_SHARE = 0.3
"""Of the length, from the middle to each axle of a vehicle whose axles nobody recorded. The box stays where it was."""
# Limits of a dry road, m/s, m/s²: an attribute that the format wants and a replay does not use.
_PERFORMANCE = {"maxSpeed": "70.0", "maxAcceleration": "10.0", "maxDeceleration": "10.0"}
_WHEEL_M = 0.65
_MASS_KG = {"pedestrian": "75.0", "animal": "30.0"}


def reference_shift(row: Row) -> float:
    """How far the reference point of an object lies behind the middle of its box, m."""
    return float(_AXLE_SHARE * row["length_m"]) if row["object_class"] in _VEHICLES else 0.0


def ego_entity(car: dict[str, float]) -> Xml.Element:
    """The ego as declared."""
    front, rear = car["rear_axle_to_front_bumper_m"], car["rear_axle_to_rear_bumper_m"]
    size = (front + rear, car["width_m"], car["height_m"])
    scenario_object = Xml.Element("ScenarioObject", name=EGO)
    _vehicle(scenario_object, "ego", "car", size, (front - rear) / 2, car["wheelbase_m"])
    return scenario_object


def entity(name: str, track: str, row: Row) -> Xml.Element:
    """An object as `row` of silver.object_tracks shows it; its track id is its name inside."""
    size = (row["length_m"], row["width_m"], row["height_m"])
    kind, ahead = row["object_class"], reference_shift(row)
    scenario_object = Xml.Element("ScenarioObject", name=name)
    if kind in _VEHICLES:
        _vehicle(scenario_object, track, _VEHICLES[kind], size, ahead, 2 * ahead)
    elif kind in _WALKERS:
        about = {"name": track, "pedestrianCategory": _WALKERS[kind], "mass": _MASS_KG[kind], "model3d": ""}
        _thing(Xml.SubElement(scenario_object, "Pedestrian", about), size)
    else:
        about = {"name": track, "miscObjectCategory": "obstacle", "mass": "100.0"}
        _thing(Xml.SubElement(scenario_object, "MiscObject", about), size)
    return scenario_object


def _vehicle(
    parent: Xml.Element, name: str, category: str, size: tuple[float, float, float], ahead: float, wheelbase_m: float
) -> None:
    vehicle = Xml.SubElement(parent, "Vehicle", name=name, vehicleCategory=category)
    _box(vehicle, size, ahead)
    Xml.SubElement(vehicle, "Performance", _PERFORMANCE)
    axles = Xml.SubElement(vehicle, "Axles")
    shared = {"wheelDiameter": str(_WHEEL_M), "trackWidth": f"{0.85 * size[1]:.3f}", "positionZ": str(_WHEEL_M / 2)}
    Xml.SubElement(axles, "FrontAxle", shared | {"maxSteering": "0.6", "positionX": f"{wheelbase_m:.3f}"})
    Xml.SubElement(axles, "RearAxle", shared | {"maxSteering": "0.0", "positionX": "0.0"})
    Xml.SubElement(vehicle, "Properties")


def _thing(parent: Xml.Element, size: tuple[float, float, float]) -> None:
    _box(parent, size, 0.0)
    Xml.SubElement(parent, "Properties")


def _box(parent: Xml.Element, size: tuple[float, float, float], ahead: float) -> None:
    length, width, height = size
    box = Xml.SubElement(parent, "BoundingBox")
    Xml.SubElement(box, "Center", x=f"{ahead:.4f}", y="0.0", z=f"{height / 2:.4f}")
    Xml.SubElement(box, "Dimensions", width=f"{width:.4f}", length=f"{length:.4f}", height=f"{height:.4f}")
