"""The picture of an event: the scene from above at six moments, and how close it came below."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from longtail.drawing import birdview, series
from longtail.drawing.palette import ACTOR, EGO, INK, LIMIT, OTHER, QUIET, SEVERE, STYLE
from longtail.drawing.scene import BEFORE_S, Scene, scene

_NUM_MOMENTS = 6
_SPACE = 0.006  # between two moments, share of the width
_SIZE_IN = (11.0, 8.6)
_DPI = 130
_TTC_TOLD_S = 10.0  # a longer one tells nothing
_INITIALS = ("aeb", "fcw", "mrm", "odd")


def plot(event_id: str, path: str | Path = "event.png") -> Path:
    """Draw an event of marts.fct_scenario_events into a PNG and return its path.

    Above: six moments from 3 s before the start, forward is up, the road straightened along the driven path. Below:
    gap, closing speed and time to collision to the actor, or speed and acceleration where there is no actor.

    Raises:
        QueryError: no such event, or its drive is not in silver.
    """
    shown = scene(event_id)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=_SIZE_IN, dpi=_DPI, facecolor="white")
        FigureCanvasAgg(figure)
        halves = figure.add_gridspec(
            2, 1, height_ratios=[2.3, 1.0], left=0.065, right=0.985, top=0.855, bottom=0.075, hspace=0.17
        )
        _moments(figure, halves[0], shown)
        _series(figure, halves[1], shown)
        _heading(figure, shown)
        # No date or version inside: the same event gives the same bytes.
        figure.savefig(target, format="png", metadata={"Software": None})
    return target


def _moments(figure: Figure, place: Any, shown: Scene) -> None:
    space = place.get_position(figure)
    aspect = (space.width / _NUM_MOMENTS - _SPACE) * figure.get_figwidth() / (space.height * figure.get_figheight())
    view = birdview.extent(shown, aspect)
    last = float(shown.t_s[-1])
    # One moment is the start itself; three before it, the others spread over what follows.
    after = np.linspace(0.0, min(last, 6.0), _NUM_MOMENTS - 2)[1:]
    moments = [-BEFORE_S, -BEFORE_S / 2, 0.0, *after]
    grid = place.subgridspec(1, _NUM_MOMENTS, wspace=0.04)
    for index, t_s in enumerate(moments):
        axes = figure.add_subplot(grid[0, index])
        birdview.draw(axes, shown, float(t_s), view)
        if index == 0:
            birdview.label_range(axes)
        else:
            axes.set_yticks([])


def _series(figure: Figure, place: Any, shown: Scene) -> None:
    panels = series.lines(shown)
    peak_s = (int(shown.event["t_peak_ns"]) - int(shown.event["t_start_ns"])) / 1e9
    grid = place.subgridspec(1, len(panels), wspace=0.22)
    for index, line in enumerate(panels):
        axes = figure.add_subplot(grid[0, index])
        series.draw(axes, line, peak_s, is_named=index == 0)
        axes.set_xlim(float(shown.t_s[0]), float(shown.t_s[-1]))


def _heading(figure: Figure, shown: Scene) -> None:
    event = shown.event
    words = str(event["scenario_id"]).split("_")
    name = " ".join(word.upper() if word in _INITIALS else word for word in words)
    name = name[:1].upper() + name[1:]
    severity = str(event["severity"]).replace("_", " ")
    color = LIMIT if event["severity"] in SEVERE else QUIET
    title = figure.text(0.02, 0.965, name, fontsize=19, fontweight="bold", va="center")
    right = title.get_window_extent().x1 / figure.bbox.width
    figure.text(
        right + 0.015,
        0.966,
        severity,
        fontsize=12,
        color="white",
        va="center",
        fontweight="bold",
        bbox={"boxstyle": "round,pad=0.35", "facecolor": color, "edgecolor": "none"},
    )
    facts = figure.text(0.02, 0.925, "", fontsize=11, color=QUIET, va="center")
    parts = _facts(event)
    while parts:  # the last ones are the ones that can be missed
        facts.set_text("   ·   ".join(parts))
        if facts.get_window_extent().x1 < 0.985 * figure.bbox.width:
            break
        parts.pop()
    x = 0.985
    for label, tint in (("others", OTHER), ("actor", ACTOR), ("ego", EGO)):
        if label == "actor" and event.get("actor_track_id") is None:
            continue
        text = figure.text(x, 0.966, label, fontsize=11, color=INK, va="center", ha="right")
        left = text.get_window_extent().x0 / figure.bbox.width
        figure.text(left - 0.006, 0.966, "■", fontsize=13, color=tint, va="center", ha="right")
        x = left - 0.035


def _facts(event: dict[str, Any]) -> list[str]:
    """What to know about the event, the most important first."""
    start = datetime.fromtimestamp(int(event["t_start_ns"]) / 1e9, UTC)
    numbers = [
        ("min_ttc_s", "TTC down to {:.1f} s"),
        ("gap_at_start_m", "gap {:.1f} m at start"),
        ("peak_deceleration_mps2", "braking {:.1f} m/s²"),
    ]
    scenery = [str(event[name]) for name in ("light", "weather", "road_kind") if event.get(name)]
    scenery = [" ".join(reversed(word.split("_"))) if word.startswith("rain_") else word for word in scenery]
    parts = [f"drive {event['drive_id']}", f"{start:%Y-%m-%d %H:%M:%S} UTC"]
    parts.append(", ".join(word.replace("_", " ") for word in scenery if word != "unknown"))
    known = [(form, event[name]) for name, form in numbers if event.get(name) is not None]
    parts += [form.format(value) for form, value in known if not form.startswith("TTC") or value < _TTC_TOLD_S]
    return [part for part in parts if part]
