"""Over time: gap, closing speed and time to collision of an encounter, or speed and acceleration of the ego alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from longtail import lake
from longtail.drawing.palette import ACTOR, EGO, GRID, INK, LIMIT, MARK, QUIET
from longtail.drawing.scene import Array, Scene
from longtail.query import sql

_THRESHOLDS = "select name, value from intermediate.scenario_thresholds where scenario_id = $scenario_id order by value"
_TTC_NAMES = {"critical_ttc_s": "critical", "max_ttc_s": "limit"}
_BRAKING_NAMES = {
    "trigger_acceleration_mps2": "trigger",
    "discomfort_mps2": "discomfort",
    "emergency_mps2": "emergency",
    "severe_mps2": "severe",
}
_TURNS = ("turning", "u_turn", "unprotected_left")
_CROSSINGS = ("jaywalking", "ped_crossing", "intersection_conflict", "occluded_ped_emerging", "unprotected_left")
_TTC_SHOWN_S = 8.0  # a longer time to collision tells nothing and would flatten what does


@dataclass(frozen=True)
class Line:
    """One panel: values over seconds from the start of the event, and horizontal limits with their names."""

    title: str
    unit: str
    t_s: Array
    values: Array
    color: str
    limits: Sequence[tuple[float, str]] = ()
    top: float | None = None
    is_zero_shown: bool = False


def lines(scene: Scene) -> list[Line]:
    """The panels of a scene: about the actor where there is one, else about the ego vehicle and its lead."""
    limits = thresholds(scene.event["scenario_id"])
    actor = scene.event.get("actor_track_id")
    if actor is not None and scene.track(actor):
        return _about_actor(scene, scene.course(actor), limits["ttc_s"])
    speed = Line("Speed", "m/s", scene.t_s, scene.ego["vx_ego_mps"], EGO, _speed_limit(scene), is_zero_shown=True)
    if scene.event["scenario_id"] in _TURNS:
        return [speed, _heading(scene)]
    braking = Line("Acceleration", "m/s²", scene.t_s, scene.ego["ax_ego_mps2"], EGO, limits["ax_mps2"] or [(0.0, "")])
    lead = _lead(scene)
    if lead is None:
        return [speed, braking]
    met = scene.course(lead)
    return [speed, braking, Line("Gap to the lead", "m", met["t_s"], met["gap_m"], ACTOR, is_zero_shown=True)]


def _about_actor(scene: Scene, met: dict[str, Array], ttc_limits: Sequence[tuple[float, str]]) -> list[Line]:
    """Gap, closing speed and TTC to what is ahead and met; beside or across the path they say nothing: where it is."""
    speed = Line("Ego speed", "m/s", scene.t_s, scene.ego["vx_ego_mps"], EGO, is_zero_shown=True)
    if not np.isfinite(met["gap_m"]).any() or scene.event["scenario_id"] in _CROSSINGS:
        return [
            Line("Ahead", "m", met["t_s"], met["s_m"], ACTOR, is_zero_shown=True),
            Line("To the left", "m", met["t_s"], met["d_m"], ACTOR, [(0.0, "")]),
            _heading(scene) if scene.event["scenario_id"] in _TURNS else speed,
        ]
    close = np.isfinite(met["ttc_s"]) & (met["ttc_s"] <= _TTC_SHOWN_S)
    ttc = Line("Time to collision", "s", met["t_s"], met["ttc_s"], ACTOR, ttc_limits, _TTC_SHOWN_S, True)
    return [
        Line("Gap", "m", met["t_s"], met["gap_m"], ACTOR, is_zero_shown=True),
        Line("Closing speed", "m/s", met["t_s"], met["closing_speed_mps"], ACTOR, [(0.0, "")]),
        ttc if close.any() else speed,
    ]


def _speed_limit(scene: Scene) -> list[tuple[float, str]]:
    """The limit of the map at the start of an overspeed, to draw."""
    limit = scene.ego_at("speed_limit_mps", 0.0)
    if scene.event["scenario_id"] != "overspeed" or not np.isfinite(limit):
        return []
    return [(limit, f"limit {limit:.1f} m/s")]


def _heading(scene: Scene) -> Line:
    """How far the ego has turned since the start of the event, degrees, to the left positive."""
    rate = np.nan_to_num(scene.ego["yaw_rate_radps"])
    turned = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(scene.t_s))])
    at_start = turned[int(np.argmin(np.abs(scene.t_s)))]
    return Line("Turned to the left", "°", scene.t_s, np.degrees(turned - at_start), EGO, [(0.0, "")])


def draw(axes: Axes, line: Line, peak_s: float | None, is_named: bool) -> None:
    """Draw one panel; `peak_s` is marked with a dotted line. `is_named`: write "start" and "peak" beside them."""
    axes.set_title(f"{line.title} ({line.unit})", loc="left", color=INK, pad=14)
    axes.grid(axis="y", color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    values = line.values if line.top is None else np.where(line.values <= line.top, line.values, np.nan)
    axes.plot(line.t_s, values, color=line.color, lw=2.2, solid_capstyle="round")
    axes.axvline(0.0, color=INK, lw=1.0)
    if peak_s is not None and abs(peak_s) > 0.05:
        axes.axvline(peak_s, color=INK, lw=1.0, ls=":")
    _limits(axes, line, values)
    if is_named:
        has_peak = peak_s is not None and abs(peak_s) > 0.3  # closer together the two words would touch
        _name(axes, 0.0, "start", "right" if has_peak else "center")
        if has_peak and peak_s is not None:
            _name(axes, peak_s, "peak", "left")
    axes.set_xlabel("time from start (s)", color=QUIET)
    axes.margins(x=0.02)


def thresholds(scenario_id: str) -> dict[str, list[tuple[float, str]]]:
    """Limits of a scenario definition to draw, as (value, name), by quantity; none before the definitions exist."""
    found: dict[str, list[tuple[float, str]]] = {"ttc_s": [], "ax_mps2": []}
    if not lake.exists("intermediate.scenario_thresholds"):
        return found
    for row in sql(_THRESHOLDS, parameters={"scenario_id": scenario_id}).to_pylist():
        if row["name"] in _TTC_NAMES:
            found["ttc_s"].append((row["value"], f"{_TTC_NAMES[row['name']]} {row['value']:g} s"))
        elif row["name"] in _BRAKING_NAMES:
            found["ax_mps2"].append((-abs(row["value"]), _BRAKING_NAMES[row["name"]]))
    return found


def _limits(axes: Axes, line: Line, values: Array) -> None:
    low, high = axes.get_ylim()
    if line.is_zero_shown:
        low, high = min(0.0, low), max(high, high + 0.06 * (high - min(0.0, low)))
    finite = values[np.isfinite(values)]
    for limit, name in line.limits:
        if name and finite.size and not finite.min() - 4 <= limit <= finite.max() + 4:
            continue
        axes.axhline(limit, color=LIMIT if name else MARK, lw=1.1 if name else 0.8, ls="--" if name else "-", zorder=1)
        low, high = min(low, limit - 0.08 * (high - low)), max(high, limit + 0.08 * (high - low))
        if name:
            place = axes.get_yaxis_transform()
            axes.text(0.015, limit, name, color=LIMIT, fontsize=9, ha="left", va="bottom", transform=place)
    axes.set_ylim(low, high)


def _name(axes: Axes, t_s: float, name: str, side: Literal["left", "center", "right"]) -> None:
    shift = {"left": -2, "center": 0, "right": 2}[side]
    place = axes.get_xaxis_transform()
    axes.annotate(
        name,
        (t_s, 1.0),
        xytext=(shift, 3),
        textcoords="offset points",
        xycoords=place,
        fontsize=9,
        color=QUIET,
        ha=side,
    )


def _lead(scene: Scene) -> str | None:
    """The nearest object straight ahead at the start of an event without an actor."""
    ahead = [row for row in scene.at(0.0) if row["s_m"] > 0 and abs(row["d_m"]) < 1.5]
    nearest = min(ahead, key=lambda row: row["s_m"], default=None)
    return None if nearest is None or nearest["s_m"] > 100 else str(nearest["track_id"])
