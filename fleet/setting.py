"""What a drive is: which vehicle, where, when, in which light and weather. Drawn from (seed, index) only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from fleet.vehicles import FLEET, EgoVehicle

# start minutes after midnight UTC at longitude 11.6 degrees near the September equinox (true noon is at 11:06 UTC)
LIGHT_START_MIN = {
    "day": (7 * 60 + 30, 14 * 60 + 30),
    "twilight": (17 * 60 + 18, 17 * 60 + 26),
    "night": (19 * 60, 23 * 60),
}
LIGHT_LUX = {"day": (8_000.0, 60_000.0), "twilight": (8.0, 250.0), "night": (0.15, 0.8)}


@dataclass(frozen=True)
class Setting:
    """One drive before anything moves; times in ns UTC, speeds in m/s, rain in mm/h, light in lx."""

    drive_id: str
    index: int
    vehicle_id: str
    vehicle: EgoVehicle
    road_kind: str
    light: str
    illuminance_lx: float
    rain_mmph: float
    started_ns: int
    seconds: float
    cruise_mps: float
    latitude_deg: float
    longitude_deg: float
    has_mdf4: bool

    @property
    def started_at(self) -> datetime:
        """Start as a UTC instant."""
        return datetime.fromtimestamp(self.started_ns // 10**9, tz=UTC)

    @property
    def range_m(self) -> float:
        """How far the world reaches: beyond it nothing is simulated or listed."""
        return 120.0 if self.road_kind == "highway" else 90.0

    @property
    def limit_kph(self) -> int:
        """Sign-posted speed limit."""
        return 130 if self.road_kind == "highway" else 50


def streams(seed: int, index: int) -> dict[str, np.random.Generator]:
    """Independent random numbers per concern, so that a new sensor does not change the traffic."""
    names = ("setting", "road", "plan", "world", "ego", "objects", "bus", "camera", "clock")
    children = np.random.SeedSequence([seed, index]).spawn(len(names))
    return {name: np.random.default_rng(child) for name, child in zip(names, children, strict=True)}


def draw_setting(seed: int, index: int, seconds: float, rng: np.random.Generator) -> Setting:
    """The setting of drive number index of a fleet with this seed."""
    vehicle = FLEET[index % len(FLEET)]
    # heavy trucks keep to the highway; nearly half of the other drives are in town
    road_kind = "urban" if vehicle.kind == "car" and rng.random() < 0.45 else "highway"
    light = str(rng.choice(np.array(["day", "twilight", "night"]), p=[0.55, 0.15, 0.30]))
    rain = float(rng.choice(np.array([0.0, 1.5, 5.0, 12.0]), p=[0.68, 0.16, 0.11, 0.05]))
    lux = float(np.exp(rng.uniform(*np.log(LIGHT_LUX[light])))) * (0.4 if rain and light == "day" else 1.0)
    day = (index // len(FLEET)) % 14
    minute = int(rng.integers(*LIGHT_START_MIN[light]))
    started = datetime(2026, 9, 15, tzinfo=UTC) + timedelta(days=day, minutes=minute, seconds=int(rng.integers(0, 60)))
    nanosecond = int(rng.integers(0, 10**9))
    cruise = float(rng.uniform(*vehicle.cruise_mps)) if road_kind == "highway" else float(rng.uniform(10.5, 14.5))
    return Setting(
        drive_id=f"fleet-s{seed:03d}-d{index:05d}",
        index=index,
        vehicle_id=f"{vehicle.kind}-{index % len(FLEET) + len(FLEET) * (index // (14 * len(FLEET))):03d}",
        vehicle=vehicle,
        road_kind=road_kind,
        light=light,
        illuminance_lx=lux,
        rain_mmph=rain,
        started_ns=int(started.timestamp()) * 10**9 + nanosecond,
        seconds=seconds,
        cruise_mps=cruise * (0.9 if rain > 4.0 else 1.0),
        latitude_deg=float(48.1 + rng.uniform(-0.2, 0.2)),
        longitude_deg=float(11.6 + rng.uniform(-0.2, 0.2)),
        has_mdf4=index % 4 == 3,
    )
