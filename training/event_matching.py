"""Which found event answers which true one: one to one, as many as can be, and among those the nearest in time."""

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from training.truth_table import ANYONE

Event = dict[str, Any]
NS_PER_S = 1_000_000_000
# A true event that counts is worth more than any number of ignored ones, and those more than any nearness (0 to 2).
_COUNTS, _IGNORED = 1e6, 1e2


def matched(planted: list[Event], found: list[Event], tolerance_s: float, min_overlap: float) -> list[tuple[int, int]]:
    """Pairs (index of planted, index of found) of one scenario: the maximum matching of least distance.

    Two events can match when drive and actor are the same, and their starts differ by at most the tolerance or their
    intervals overlap by at least `min_overlap` (intersection over union). A planted event may bring its own
    `tolerance_s` and `min_overlap`. Actors are compared where the drive has a reference list.
    """
    pairs: list[tuple[int, int]] = []
    for drive in sorted({event["drive_id"] for event in planted}):
        ours = [i for i, event in enumerate(planted) if event["drive_id"] == drive]
        theirs = [j for j, event in enumerate(found) if event["drive_id"] == drive]
        worth = np.array([[_worth(planted[i], found[j], tolerance_s, min_overlap) for j in theirs] for i in ours])
        if not worth.size:
            continue
        rows, columns = linear_sum_assignment(worth, maximize=True)
        pairs += [(ours[r], theirs[c]) for r, c in zip(rows, columns, strict=True) if worth[r, c] > 0.0]
    return sorted(pairs)


def overlap(one: Event, other: Event) -> float | None:
    """Intersection over union of two intervals in time, 0 to 1; none where one of them is a moment."""
    if any(event["t_end_ns"] is None or event["t_end_ns"] <= event["t_start_ns"] for event in (one, other)):
        return None
    common = min(one["t_end_ns"], other["t_end_ns"]) - max(one["t_start_ns"], other["t_start_ns"])
    union = max(one["t_end_ns"], other["t_end_ns"]) - min(one["t_start_ns"], other["t_start_ns"])
    return float(max(common, 0) / union)


def is_same_actor(planted: Event, found: Event) -> bool:
    """The ego's own events match only each other; ids are compared only where the drive has a reference list."""
    ours, theirs = planted["actor_track_id"], found["actor_track_id"]
    if ours == ANYONE:
        return True
    if ours is None or theirs is None:
        return bool(ours is None and theirs is None)
    return bool(not found["has_reference"] or ours == theirs)


def _worth(planted: Event, found: Event, tolerance_s: float, min_overlap: float) -> float:
    """0 for two that cannot match, else by how much this pair adds to the matching."""
    if not is_same_actor(planted, found):
        return 0.0
    allowed_s = tolerance_s if planted["tolerance_s"] is None else planted["tolerance_s"]
    needed = min_overlap if planted["min_overlap"] is None else planted["min_overlap"]
    apart_s = abs(planted["t_start_ns"] - found["t_start_ns"]) / NS_PER_S
    common = overlap(planted, found)
    if apart_s > allowed_s and (common is None or common < needed):
        return 0.0
    nearness = 1.0 - min(apart_s / max(allowed_s, 1e-3), 1.0) + (common or 0.0)
    return (_IGNORED if planted["is_ignored"] else _COUNTS) + nearness
