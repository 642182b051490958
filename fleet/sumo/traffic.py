"""Who drives in a SUMO run: vehicle types from timid to bold, departures drawn from a seed, and the egos among them."""

import random
from dataclasses import dataclass
from pathlib import Path

from fleet.sumo.network import Network


@dataclass(frozen=True)
class Kind:
    """A vehicle type: what the object lists call it, its size [m], and SUMO's attributes of its driver."""

    object_class: str
    length_m: float
    width_m: float
    height_m: float
    driver: str


KINDS = {
    "car": Kind("car", 4.6, 1.85, 1.5, 'speedFactor="normc(1.0,0.12,0.7,1.3)" sigma="0.4" tau="1.1" lcKeepRight="0.2"'),
    "bold": Kind(
        "car", 4.4, 1.80, 1.4,
        'speedFactor="normc(1.12,0.08,1.0,1.35)" sigma="0.6" tau="0.5" accel="3" decel="7" minGap="1.2" '
        'lcAssertive="4" lcSpeedGain="6" lcCooperative="0.1" lcKeepRight="0.2"',
    ),
    "van": Kind("car", 5.8, 2.00, 2.6, 'speedFactor="normc(0.95,0.1,0.7,1.2)" tau="1.0"'),
    "truck": Kind("truck", 13.5, 2.50, 3.6, 'speedFactor="normc(0.9,0.05,0.8,1)" maxSpeed="24" accel="0.8" decel="4"'),
    "motorcycle": Kind("motorcycle", 2.2, 0.85, 1.5, 'speedFactor="normc(1.1,0.1,0.8,1.3)" tau="0.8"'),
    # the egos: cars whose drivers come close, half of them keep to their lane so that others cut in
    "roaming": Kind(
        "car", 4.7, 1.85, 1.5,
        'speedFactor="normc(1.05,0.1,0.85,1.25)" sigma="0.6" tau="0.6" accel="3" decel="7" minGap="1.2" '
        'lcAssertive="2" lcSpeedGain="3" lcKeepRight="0.2"',
    ),
    "steady": Kind(
        "car", 4.7, 1.85, 1.5,
        'speedFactor="normc(0.95,0.08,0.8,1.1)" sigma="0.6" tau="0.7" accel="3" decel="7" minGap="1.2" '
        'lcSpeedGain="0.2" lcKeepRight="0"',
    ),
}  # fmt: skip
_CLASS = {"car": "passenger", "truck": "truck", "motorcycle": "motorcycle"}
_EGOS = ("steady", "roaming")
_MIX = {"car": 50, "bold": 24, "van": 8, "truck": 14, "motorcycle": 4}


def write_traffic(path: Path, network: Network, seed: int, seconds: float, num_egos: int, per_s: float) -> list[str]:
    """Write the routes of a run of `seconds`; the ids of the egos, which carry SUMO's SSM device."""
    rng = random.Random(seed)  # noqa: S311  # traffic, not secrets
    first_s, last_s = 60.0, max(seconds - 150.0, 61.0)
    departures = []
    for number in range(int(seconds * per_s)):
        kind = rng.choices(list(_MIX), list(_MIX.values()))[0]
        departures.append((rng.uniform(0.0, seconds), f"{kind}{number}", kind, _route(network, rng)))
    egos = [f"ego{number}" for number in range(num_egos)]
    for number, ego in enumerate(egos):
        at_s = first_s + (last_s - first_s) * number / num_egos
        route = network.routes[0] if network.name == "motorway" else _route(network, rng)
        departures.append((at_s, ego, _EGOS[number % 2], route))
    lines = [_type(name, kind) for name, kind in KINDS.items()]
    lines += [_vehicle(*departure, network) for departure in sorted(departures)]
    path.write_text("<routes>\n" + "\n".join(lines) + "\n</routes>\n")
    return egos


def _route(network: Network, rng: random.Random) -> tuple[str, ...]:
    if network.name == "motorway":
        return network.routes[1] if rng.random() < 0.15 else network.routes[0]
    # enters at the edge of one street and leaves at the end of another: SUMO finds the way
    return (rng.choice(network.routes)[0], rng.choice(network.routes)[-1])


def _type(name: str, kind: Kind) -> str:
    size = f'length="{kind.length_m}" width="{kind.width_m}" height="{kind.height_m}"'
    return f'<vType id="{name}" vClass="{_CLASS[kind.object_class]}" {size} {kind.driver}/>'


def _vehicle(at_s: float, name: str, kind: str, route: tuple[str, ...], network: Network) -> str:
    device = '<param key="has.ssm.device" value="true"/>' if kind in _EGOS else ""
    start = f'id="{name}" type="{kind}" depart="{at_s:.1f}" departLane="best"'
    if network.name == "motorway":
        lane = "0" if route[0] == "ramp" else "random"
        start = start.replace('"best"', f'"{lane}"') + ' departSpeed="avg"'
        return f'<vehicle {start}><route edges="{" ".join(route)}"/>{device}</vehicle>'
    return f'<trip {start} from="{route[0]}" to="{route[-1]}">{device}</trip>'
