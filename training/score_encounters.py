"""Encounters: intervals for which a truth knows the smallest TTC to an actor; compared with the metrics per instant."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from training.truth_table import Event

ENCOUNTER = "encounter"
_HALF_STEP_NS = 50_000_000  # ends lie anywhere between the instants of the 10 Hz grid
Rows = Callable[[str], list[dict[str, Any]]]
_RELATED = """
select drive_id, track_id, t_ns, ttc_s
from intermediate.int_objects__related
where is_event_role and ttc_s < 60
order by drive_id, track_id, t_ns
"""


def measured(encounters: list[Event], rows: Rows) -> list[Event | None]:
    """For each encounter the found side: the same interval with our smallest TTC (s) in it; None where we have none."""
    if not encounters:
        return []
    by_actor: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    wanted = {(event["drive_id"], event["actor_track_id"]) for event in encounters}
    for row in rows(_RELATED):
        if (row["drive_id"], row["track_id"]) in wanted:
            by_actor[row["drive_id"], row["track_id"]].append((row["t_ns"], row["ttc_s"]))
    return [_found(event, by_actor[event["drive_id"], event["actor_track_id"]]) for event in encounters]


def _found(event: Event, instants: list[tuple[int, float]]) -> Event | None:
    first, last = event["t_start_ns"] - _HALF_STEP_NS, event["t_end_ns"] + _HALF_STEP_NS
    inside = [ttc_s for t_ns, ttc_s in instants if first <= t_ns <= last]
    return event | {"min_ttc_s": min(inside)} if inside else None
