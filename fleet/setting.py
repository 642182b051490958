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
MRM_AFTER_S = 10.0  # UN R157: no earlier than this after an unanswered takeover request
LIGHT_LUX = {"day": (8_000.0, 60_000.0), "twilight": (8.0, 250.0), "night": (0.15, 0.8)}


@dataclass(frozen=True)
class AssistStory:
    """Who drives, and whether the system asks to be relieved: times in s since the start.

    kind: manual (the driver all along), engaged (the system), takeover (it asks at request_s and is answered after
    answer_s), mrm (nobody answers). is_odd_exit: it asks because it leaves its ODD for outside_s.
    """

    kind: str
    request_s: float = 0.0
    answer_s: float = 0.0
    outside_s: float = 0.0
    is_odd_exit: bool = False
    is_automated: bool = True


@dataclass(frozen=True)
class LimitZone:
    """A stretch of road with a lower limit, s in metres of the road."""

    s_from_m: float
    s_to_m: float
    limit_kph: int


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
    has_map: bool
    zone: LimitZone | None
    assist: AssistStory

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
        """Sign-posted speed limit outside the zone: well above what this vehicle drives."""
        return 130 if self.road_kind == "highway" else 50 if self.cruise_mps < 13.0 else 60


def streams(seed: int, index: int) -> dict[str, np.random.Generator]:
    """Independent random numbers per concern, so that a new sensor does not change the traffic."""
    names = ("setting", "road", "plan", "world", "ego", "objects", "bus", "camera", "clock")
    children = np.random.SeedSequence([seed, index]).spawn(len(names))
    return {name: np.random.default_rng(child) for name, child in zip(names, children, strict=True)}


def _draw_zone(cruise_mps: float, seconds: float, rng: np.random.Generator) -> LimitZone | None:
    """In nearly half of the drives a zone whose limit the vehicle ignores: at least 1.5 m/s below what it drives."""
    start = cruise_mps * seconds * float(rng.uniform(0.15, 0.6))
    length = cruise_mps * float(rng.uniform(7.0, 15.0))
    limit = max(kph for kph in (20, 30, 40, 50, 60, 80, 100, 120) if kph / 3.6 < cruise_mps - 1.5)
    return LimitZone(round(start), round(start + length), limit) if rng.random() < 0.45 else None


def _draw_story(seconds: float, rng: np.random.Generator) -> AssistStory:
    """A quarter drives by hand; a third has to take over; nobody answers in one of nine of those that are long."""
    kind = str(rng.choice(np.array(["manual", "engaged", "takeover", "mrm"]), p=[0.24, 0.28, 0.36, 0.12]))
    share, answer, outside, is_odd_exit = (float(rng.random()) for _ in range(4))
    if kind == "mrm" and seconds >= 40.0:  # ten seconds of demand, then the manoeuvre up to the end
        return AssistStory(kind, seconds - 18.0 - 4.0 * share, outside_s=seconds, is_odd_exit=is_odd_exit < 0.5)
    if kind in ("mrm", "takeover"):
        request = seconds * (0.15 + 0.5 * share)
        return AssistStory("takeover", request, 1.5 + 4.0 * answer, 6.0 + 6.0 * outside, is_odd_exit < 0.7)
    return AssistStory(kind, is_automated=share < 0.5)


def draw_setting(seed: int, index: int, seconds: float, rng: np.random.Generator) -> Setting:
    """The setting of drive number index of a fleet with this seed."""
    vehicle = FLEET[index % len(FLEET)]
    # heavy trucks keep to the highway; nearly half of the other drives are in town
    road_kind = "urban" if vehicle.kind == "car" and rng.random() < 0.55 else "highway"
    light = str(rng.choice(np.array(["day", "twilight", "night"]), p=[0.55, 0.15, 0.30]))
    rain = float(rng.choice(np.array([0.0, 1.5, 5.0, 12.0]), p=[0.68, 0.16, 0.11, 0.05]))
    lux = float(np.exp(rng.uniform(*np.log(LIGHT_LUX[light])))) * (0.4 if rain and light == "day" else 1.0)
    day = (index // len(FLEET)) % 14
    minute = int(rng.integers(*LIGHT_START_MIN[light]))
    started = datetime(2026, 9, 15, tzinfo=UTC) + timedelta(days=day, minutes=minute, seconds=int(rng.integers(0, 60)))
    nanosecond = int(rng.integers(0, 10**9))
    cruise = float(rng.uniform(*vehicle.cruise_mps)) if road_kind == "highway" else float(rng.uniform(10.5, 14.5))
    latitude, longitude = float(48.1 + rng.uniform(-0.2, 0.2)), float(11.6 + rng.uniform(-0.2, 0.2))
    cruise *= 0.9 if rain > 4.0 else 1.0
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
        cruise_mps=cruise,
        latitude_deg=latitude,
        longitude_deg=longitude,
        has_mdf4=index % 4 == 3,
        has_map=bool(rng.random() < (0.7 if road_kind == "highway" else 0.88)),
        zone=_draw_zone(cruise, seconds, rng),
        assist=_draw_story(seconds, rng),
    )
