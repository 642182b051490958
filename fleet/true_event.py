"""One true event before it is written: a scenario, who, when in samples, and its parameters."""

from dataclasses import dataclass, field

import numpy as np

from fleet.simulate import RATE_HZ

MERGE = RATE_HZ * 3 // 10  # gaps up to 0.3 s do not end an event


@dataclass
class Event:
    """start and end are samples at RATE_HZ; actor None: the ego alone. Numbers are rounded so that texts are stable.

    is_ignored: at the edge of what can be known (beyond the reference list, at the end of the drive): not scored.
    tolerance_s: how far starts may differ, where one second is too strict.
    """

    scenario_id: str
    actor: int | None
    start: int
    end: int
    parameters: dict[str, float | str | None] = field(default_factory=dict)
    is_ignored: bool = False
    tolerance_s: float | None = None


def event(scenario_id: str, actor: int | None, start: int, end: int, **parameters: float | str) -> Event:
    """An event with its parameters; what is not finite is null."""
    values = {
        name: value if isinstance(value, str) else round(float(value), 4) if np.isfinite(value) else None
        for name, value in parameters.items()
    }
    return Event(scenario_id, actor, int(start), int(end), values)
