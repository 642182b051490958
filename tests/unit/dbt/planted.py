"""Drives on a map in which one thing happens, or just does not: what test_map_scenarios expects of each."""

import numpy as np

from tests.unit.dbt import drives
from tests.unit.dbt.mapped import Actor, Element, Lane, Way, bend, straight

T = drives.times_s(12)
STREET = (Element("road", (-50, -1.75, 250, 5.25)), Element("lane", (-50, -1.75, 250, 1.75), 13.9))
ZEBRA = Element("crosswalk", (38, -2, 42, 5.5))
JUNCTION = Element("intersection", (60, -12, 90, 12))
RAMP = (Lane(1, ((-50, 0), (90, 0))), Lane(2, ((-50, -14), (90, 0))), Lane(3, ((90, 0), (300, 0))))
OPEN_GROUND = Element("road", (-500, -500, 500, 500))


def walker(x_m: float, speed_mps: float = 1.5) -> Actor:
    return Actor("w", "pedestrian", straight(T, (x_m, -4.0), (0.0, speed_mps)))


def oncoming(at_x_m: float, at_s: float) -> Actor:
    """A car that comes along the next lane and is at `at_x_m` after `at_s`."""
    return Actor("c", "car", straight(T, (at_x_m + 10.0 * at_s, 3.5), (-10.0, 0.0)), 4.5, 1.8)


def ramp_car(at_s: float) -> Actor:
    """A car that comes down the ramp and is at its end after `at_s`."""
    return Actor("m", "truck", straight(T, (90 - 15.0 * at_s, -1.5 * at_s), (15.0, 1.5)), 8.0, 2.5)


EGO = straight(T, (0.0, 0.0), (5.0, 0.0))
LEFT = bend(T, 8.0, 64.0, 8.0, np.pi / 2)
PLANTED: dict[str, tuple[Way, tuple[Actor, ...], tuple[Element | Lane, ...]]] = {
    "walker-on-the-street": (EGO, (walker(48.0),), (*STREET, ZEBRA)),
    "walker-where-the-map-has-no-zebra": (EGO, (walker(48.0),), STREET),
    "walker-without-a-map": (EGO, (walker(48.0),), ()),
    "walker-on-the-zebra": (EGO, (walker(40.0),), (*STREET, ZEBRA)),
    "walker-beside-the-zebra": (EGO, (walker(42.8),), (*STREET, ZEBRA)),
    "walker-far-away": (EGO, (walker(180.0),), (*STREET, ZEBRA)),
    "walker-who-stops-at-the-kerb": (EGO, (walker(48.0, 0.18),), (*STREET, ZEBRA)),
    "walker-on-the-zebra-behind": (straight(T, (60.0, 0.0), (5.0, 0.0)), (walker(40.0),), (*STREET, ZEBRA)),
    "a-little-too-fast": (straight(T, (0.0, 0.0), (14.9, 0.0)), (), STREET),
    "much-too-fast": (straight(T, (0.0, 0.0), (16.2, 0.0)), (), STREET),
    "as-fast-as-allowed": (straight(T, (0.0, 0.0), (13.8, 0.0)), (), STREET),
    "fast-without-a-map": (straight(T, (0.0, 0.0), (16.2, 0.0)), (), ()),
    "left-after-oncoming": (LEFT, (oncoming(71.0, 6.5),), (OPEN_GROUND, JUNCTION)),
    "left-long-after-oncoming": (LEFT, (oncoming(71.0, 1.0),), (OPEN_GROUND, JUNCTION)),
    "left-where-no-junction-is": (LEFT, (oncoming(71.0, 6.5),), (OPEN_GROUND,)),
    "straight-on-past-oncoming": (straight(T, (0.0, 0.0), (8.0, 0.0)), (oncoming(71.0, 6.5),), (OPEN_GROUND, JUNCTION)),
    "bend-of-40-degrees": (bend(T, 8.0, 40.0, 20.0, np.deg2rad(40)), (), ()),
    "bend-too-wide-to-be-a-turn": (bend(T, 8.0, 10.0, 100.0, np.pi / 2), (), ()),
    "ramp-behind-another": (straight(T, (0.0, 0.0), (15.0, 0.0)), (ramp_car(4.8),), RAMP),
    "ramp-long-before-another": (straight(T, (0.0, 0.0), (15.0, 0.0)), (ramp_car(11.5),), RAMP),
    "ramp-with-another-on-the-same-lane": (
        straight(T, (0.0, 0.0), (15.0, 0.0)),
        (Actor("m", "truck", straight(T, (30.0, 0.0), (15.0, 0.0)), 8, 2.5),),
        RAMP,
    ),
    "ramp-that-no-map-knows": (straight(T, (0.0, 0.0), (15.0, 0.0)), (ramp_car(4.8),), (OPEN_GROUND,)),
    "back": (bend(T, 5.0, 20.0, 7.0, np.pi), (), ()),
    "half-a-loop-of-a-junction": (bend(T, 12.0, 20.0, 30.0, np.pi), (), ()),
}
