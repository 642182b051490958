"""The clocks of a recording: what each sensor stamps, when the recorder stores it, and which messages never arrive."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.setting import Setting

Times = NDArray[np.int64]
Array = NDArray[np.float64]

# topic: (median transport delay s, spread s)
DELAYS = {
    "/localization/odometry": (0.004, 0.001),
    "/sensing/imu": (0.0015, 0.0004),
    "/sensing/gnss/fix": (0.045, 0.006),
    "/perception/objects": (0.085, 0.010),
    "/perception/lanes": (0.055, 0.006),
    "/vehicle/can/0": (0.0012, 0.0004),
    "/sensing/camera/front/image/compressed": (0.035, 0.004),
    "/reference/objects": (0.0, 0.0),
}
CAN_GET_OUT_OF_STEP = ("/sensing/imu", "/sensing/gnss/fix", "/perception/objects", "/vehicle/can/0")


@dataclass(frozen=True)
class StreamClock:
    """stamp = true time + offset_s + drift_ppm * time since start; then delay to the recorder, with gaps and losses."""

    offset_s: float
    drift_ppm: float
    delay_s: float
    spread_s: float
    loss: float
    gap_s: tuple[float, float] | None

    def stamp_ns(self, start_ns: int, t_s: Array) -> Times:
        """What the sensor writes into header.stamp for measurements taken at t_s seconds after start_ns."""
        return start_ns + np.round((t_s + self.offset_s + self.drift_ppm * 1e-6 * t_s) * 1e9).astype(np.int64)

    def log_ns(self, start_ns: int, t_s: Array, rng: np.random.Generator) -> Times:
        """When the recorder stores them; never out of order within the stream."""
        delay = np.zeros(len(t_s))
        if self.delay_s:
            delay = np.maximum(self.delay_s + self.spread_s * rng.standard_normal(len(t_s)), 0.2e-3)
        return np.maximum.accumulate(start_ns + np.round((t_s + delay) * 1e9).astype(np.int64))

    def arrives(self, t_s: Array, rng: np.random.Generator) -> NDArray[np.bool_]:
        """False for messages lost one by one or in the one gap of the stream."""
        kept = rng.random(len(t_s)) >= self.loss
        if self.gap_s is not None:
            kept &= (t_s < self.gap_s[0]) | (t_s >= self.gap_s[1])
        return kept


def draw_clocks(setting: Setting, rng: np.random.Generator) -> dict[str, StreamClock]:
    """One clock per topic. In three drives of ten one stream is out of step by 0.3-3 s and drifts 5-60 ppm."""
    out_of_step = str(rng.choice(np.array(CAN_GET_OUT_OF_STEP))) if rng.random() < 0.3 else None
    gap_topic = str(rng.choice(np.array(list(DELAYS)[:-1]))) if rng.random() < 0.25 else None
    clocks = {}
    for topic, (delay_s, spread_s) in DELAYS.items():
        offset, drift = float(rng.uniform(-0.0018, 0.0018)), float(rng.uniform(-1.0, 1.0))
        far = float(rng.uniform(0.3, 3.0)), float(rng.uniform(5.0, 60.0))
        signs = rng.choice([-1.0, 1.0], 2)
        gap_start = float(rng.uniform(0.1, 0.9)) * setting.seconds
        gap = (gap_start, gap_start + float(rng.uniform(0.3, 0.9)))
        if topic == out_of_step:
            offset, drift = far[0] * float(signs[0]), far[1] * float(signs[1])
        if topic == "/reference/objects":  # made afterwards from everything: no clock of its own, nothing lost
            clocks[topic] = StreamClock(0.0, 0.0, 0.0, 0.0, 0.0, None)
            continue
        delay_s *= float(rng.uniform(0.75, 1.35))
        clocks[topic] = StreamClock(offset, drift, delay_s, spread_s, 0.0015, gap if topic == gap_topic else None)
    return clocks
