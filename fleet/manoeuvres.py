"""Closed-form manoeuvres: car following (IDM with the constant-acceleration heuristic) and quintic lateral moves."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STANDSTILL_GAP_M = 2.0
COOLNESS = 0.99
STEP_S = 0.4  # how long a walker takes to get going and to stop


def follow(
    v: float,
    v_desired: float,
    time_gap_s: float,
    a_max: float,
    b_comfort: float,
    gap_m: float | None = None,
    v_lead: float = 0.0,
    a_lead: float = 0.0,
) -> float:
    """Acceleration [m/s2] of a driver behind a lead (gap_m None: free road), speeds in m/s.

    The enhanced IDM of Kesting, Treiber and Helbing (2010): plain IDM would brake without need when a vehicle cuts in
    at the same speed, so its answer is softened towards what the lead's present braking really demands.
    """
    free = a_max * (1.0 - (v / max(v_desired, 0.1)) ** 4)
    if gap_m is None:
        return max(free, -b_comfort)
    gap = max(gap_m, 0.3)
    closing = v - v_lead
    wanted = STANDSTILL_GAP_M + max(0.0, v * time_gap_s + v * closing / (2.0 * math.sqrt(a_max * b_comfort)))
    idm = max(free, -b_comfort) - a_max * (wanted / gap) ** 2
    a_lead = min(a_lead, a_max)
    if v_lead * closing <= -2.0 * gap * a_lead and a_lead < 0.0:
        heuristic = v * v * a_lead / (v_lead * v_lead - 2.0 * gap * a_lead)
    else:
        heuristic = a_lead - (closing * closing / (2.0 * gap) if closing > 0.0 else 0.0)
    if idm >= heuristic:
        return idm
    softened = heuristic + b_comfort * math.tanh((idm - heuristic) / b_comfort)
    return (1.0 - COOLNESS) * max(idm, -12.0) + COOLNESS * softened


def quintic(u: Array) -> Array:
    """Minimum-jerk step from 0 to 1 over u in 0..1; flat outside."""
    u = np.clip(u, 0.0, 1.0)
    return u * u * u * (10.0 + u * (-15.0 + 6.0 * u))


def quintic_rate(u: Array) -> Array:
    """First derivative of quintic by u."""
    u = np.clip(u, 0.0, 1.0)
    return 30.0 * u * u * (1.0 - u) ** 2


def _walk(u: Array, duration_s: float) -> tuple[Array, Array]:
    """Share of a walk done and its derivative by u: constant speed but for the first and the last step."""
    u = np.clip(u, 0.0, 1.0)
    step = min(STEP_S / duration_s, 0.5)
    top = 1.0 / (1.0 - step)
    rate = top * np.clip(np.minimum(u, 1.0 - u) / step, 0.0, 1.0)
    starts, ends = top * u * u / (2.0 * step), 1.0 - top * (1.0 - u) ** 2 / (2.0 * step)
    return np.where(u < step, starts, np.where(u > 1.0 - step, ends, top * (u - step / 2.0))), rate


@dataclass(frozen=True)
class Move:
    """A lateral displacement by delta_m (left positive) from start_s on: a quintic, or a walk at steady speed."""

    start_s: float
    duration_s: float
    delta_m: float
    is_walk: bool = False


@dataclass
class LateralPlan:
    """d over time: a base, moves added on top, and a wander within the lane that follows s, so it stops when s does."""

    base_d_m: float
    wander_m: float = 0.0
    wavelength_m: float = 150.0
    phase_rad: float = 0.0
    moves: list[Move] = field(default_factory=list)

    def d(self, t: float, s: float) -> float:
        """d [m] at time t [s] and road position s [m]."""
        total = self.base_d_m + self.wander_m * math.sin(2.0 * math.pi * s / self.wavelength_m + self.phase_rad)
        for move in self.moves:
            u = min(max((t - move.start_s) / move.duration_s, 0.0), 1.0)
            if move.is_walk:
                total += move.delta_m * float(_walk(np.array(u), move.duration_s)[0])
            else:
                total += move.delta_m * u * u * u * (10.0 + u * (-15.0 + 6.0 * u))
        return total

    def target_d(self, t: float) -> float:
        """d [m] at which the moves begun by time t will end."""
        return self.base_d_m + sum(move.delta_m for move in self.moves if t >= move.start_s)

    def arrays(self, t: Array, s: Array, v: Array) -> tuple[Array, Array]:
        """d [m] and its time derivative [m/s] for arrays of time, road position and speed."""
        angle = 2.0 * np.pi * s / self.wavelength_m + self.phase_rad
        d = self.base_d_m + self.wander_m * np.sin(angle)
        rate = self.wander_m * np.cos(angle) * 2.0 * np.pi / self.wavelength_m * v
        for move in self.moves:
            u = (t - move.start_s) / move.duration_s
            if move.is_walk:
                share, share_rate = _walk(u, move.duration_s)
                d = d + move.delta_m * share
                rate = rate + move.delta_m / move.duration_s * share_rate
            else:
                d = d + move.delta_m * quintic(u)
                rate = rate + move.delta_m / move.duration_s * quintic_rate(u)
        return d, rate


@dataclass(frozen=True)
class Approach:
    """A relative distance to the ego that goes from (r0, rate0) to (r1, rate1) over [start_s, end_s], a quintic."""

    start_s: float
    end_s: float
    r0_m: float
    rate0_mps: float
    r1_m: float
    rate1_mps: float

    def at(self, t: float) -> tuple[float, float, float]:
        """Relative distance [m], its rate [m/s] and second derivative [m/s2]; beyond the end at constant rate."""
        span = self.end_s - self.start_s
        tau = t - self.start_s
        if tau >= span:
            return self.r1_m + self.rate1_mps * (tau - span), self.rate1_mps, 0.0
        u = tau / span
        h = self.r1_m - self.r0_m - self.rate0_mps * span
        w = (self.rate1_mps - self.rate0_mps) * span
        c3, c4, c5 = 10.0 * h - 4.0 * w, -15.0 * h + 7.0 * w, 6.0 * h - 3.0 * w
        r = self.r0_m + self.rate0_mps * tau + u**3 * (c3 + u * (c4 + u * c5))
        rate = self.rate0_mps + u * u * (3 * c3 + u * (4 * c4 + u * 5 * c5)) / span
        second = u * (6 * c3 + u * (12 * c4 + u * 20 * c5)) / (span * span)
        return r, rate, second
