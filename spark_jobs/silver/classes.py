"""Object classes: what recordings call things, and the nine names of silver.object_tracks."""

import polars as pl

_NAMES = {
    "car": "car automobile regular_vehicle vehicle van passenger_car suv police ambulance taxi unknown_vehicle",
    "truck": "truck large_vehicle box_truck truck_cab vehicular_trailer trailer lorry semi heavy_vehicle tram",
    "bus": "bus school_bus articulated_bus",
    "motorcycle": "motorcycle motorcyclist motorbike moped scooter_motor",
    "bicycle": "bicycle bicyclist cyclist bike wheeled_rider",
    "pedestrian": "pedestrian person walker child official_signaler stroller wheelchair person_sitting",
    "animal": "animal dog deer",
    "static": "static bollard construction_cone construction_barrel stop_sign sign mobile_pedestrian_crossing_sign "
    "message_board_trailer traffic_light_trailer traffic_cone cone barrier pole debris",
}
_CANONICAL = {name: canonical for canonical, names in _NAMES.items() for name in names.split()}
OWN_VEHICLE = ("ego", "ego_vehicle", "host_vehicle")  # listed by some data sets as an object among the others


def canonical_class(recorded: pl.Expr) -> pl.Expr:
    """The canonical class of a recorded one, in any case and with blanks or dashes; `other` for what is not listed."""
    plain = recorded.str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    return plain.replace_strict(_CANONICAL, default="other", return_dtype=pl.String)
