"""How far the parameters of found events are from the true ones: gap, closing speed, TTC, DRAC, braking."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from training.shares import Share, share

Event = dict[str, Any]
Pair = tuple[Event, Event]  # planted, found
MAX_TTC_S = 5.0
"""A longer TTC is no conflict: 3 s is the longest target value of the literature (Autey 2012)."""


@dataclass(frozen=True)
class ParameterError:
    """Absolute errors of one parameter over the pairs where both sides know it; `within`: those below `bound`."""

    name: str
    unit: str
    bound: float
    within: Share
    median_error: float
    p95_error: float


@dataclass(frozen=True)
class _Parameter:
    name: str
    unit: str
    bound: float
    found: Callable[[Event], float | None]
    max_true: float = float("inf")


# The bound of TTC is that of the acceptance; the others are what moves a TTC of 1.5 s at 10 m/s by as much.
_PARAMETERS = (
    _Parameter("min_ttc_s", "s", 0.1, lambda e: e.get("min_ttc_s"), MAX_TTC_S),
    _Parameter("min_thw_s", "s", 0.1, lambda e: e.get("min_thw_s")),
    _Parameter("max_drac_mps2", "m/s²", 0.5, lambda e: e.get("max_drac_mps2")),
    _Parameter("gap_m", "m", 1.0, lambda e: e.get("gap_at_start_m")),
    _Parameter("closing_speed_mps", "m/s", 0.67, lambda e: e.get("closing_speed_at_start_mps")),
    _Parameter("peak_deceleration_mps2", "m/s²", 0.5, lambda e: e.get("peak_deceleration_mps2")),
)


def parameter_errors(pairs: list[Pair]) -> list[ParameterError]:
    """One row per parameter that the truth gives (names as in the generated fleet) and a found event has.

    A parameter that the truth has and the found event has not, or the other way round, is not compared: it shows in
    the number of trials. TTC above MAX_TTC_S is left out.
    """
    found = []
    for parameter in _PARAMETERS:
        errors = sorted(
            abs(value - true)
            for planted, event in pairs
            if (true := planted["parameters"].get(parameter.name)) is not None
            and true <= parameter.max_true
            and (value := parameter.found(event)) is not None
        )
        if errors:
            within = share(sum(error < parameter.bound for error in errors), len(errors))
            p95 = errors[min(int(0.95 * len(errors)), len(errors) - 1)]
            found.append(ParameterError(parameter.name, parameter.unit, parameter.bound, within, median(errors), p95))
    return found
